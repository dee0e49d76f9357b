"""What Spark's Python workers are prepared with on their host, before the first of them is forked."""

import os
import socket
import subprocess
import sys
from pathlib import Path

_STARTED = """
import os, pyspark.daemon
pyspark.daemon.manager = lambda: print(f"{os.umask(0):03o}", "AB12CDE")
from jobs.runtime.worker_daemon import main
main()
"""


def test_workers_make_private_files_print_no_plate_and_what_dead_ones_left_is_removed(tmp_path):
    ended = subprocess.Popen(["true"])
    ended.wait()
    left, living = (tmp_path / f"{socket.gethostname()}-{pid}" for pid in (ended.pid, os.getpid()))
    for folder in (left, living):
        folder.mkdir()
        (folder / "copy.mp4").write_bytes(b"x")
    environment = os.environ | {
        "ANPRLAKE_STORAGE__UMASK": "027", "ANPRLAKE_STORAGE__SCRATCH": str(tmp_path),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }  # fmt: skip
    printed = subprocess.check_output([sys.executable, "-c", _STARTED], env=environment, text=True)
    assert printed == "027 <redacted>\n"
    assert list(tmp_path.iterdir()) == [living]
