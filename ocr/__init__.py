"""Reads number plates from archived video files and from photos; knows nothing of Spark or of the lake."""

import os

# ONNX Runtime's wheels for Linux tell their maker of each model that is loaded, under a lasting identifier of the
# machine, unless this is set before it is first imported: by every process, an executor's worker included.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
