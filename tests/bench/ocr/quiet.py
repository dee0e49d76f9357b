"""An hour of quiet footage: speed beside bare decoding, passages lost, false passages."""

import time
from pathlib import Path

import cv2
import numpy as np

from tests.bench import readers
from tests.bench.figures import Figure, Report
from tests.bench.quiet_footage import HOUR_S, quiet_footage
from tests.bench.rendered_reads import described, matched
from tests.bench.rendered_set import SEEN_ON


def quiet(report: Report) -> None:
    """Bare decoding before and after, so that both sides get the same of a machine with other work on it."""
    path, truth = quiet_footage(HOUR_S)
    reader = readers.ours()
    before = _decode(path)
    began = _now()
    read = reader.read_video(path, SEEN_ON)
    seconds, cpu = _now() - began
    bare, bare_cpu = (before + _decode(path)) / 2
    pairs = list(matched(truth, [described(passage) for passage in read.passages]))
    lost = [pair.truth.vrm for pair in pairs if pair.truth and not pair.read]
    false = [pair.read.vrm for pair in pairs if not pair.truth]
    share = sum(passage.last_s - passage.first_s for passage in truth) / HOUR_S
    report.figures += [
        Figure(
            f"quiet hour, {share:.1%} with a plate in view: speed", f"{HOUR_S / seconds:.0f} x real time",
            f"cv2 read() of every frame: {HOUR_S / bare:.0f} x", f"{bare / seconds:.2f}", "0.5", bare / seconds >= 0.5,
        ),
        Figure(
            "quiet hour: the same in CPU time", f"{cpu:.0f} s", f"cv2 read(): {bare_cpu:.0f} s", f"{bare_cpu / cpu:.2f}"
        ),
        Figure(
            "quiet hour: passages lost", f"{len(lost)} of {len(truth)}", reach="0", reached=not lost,
        ),
        Figure("quiet hour: plates right", f"{sum(pair.exact for pair in pairs)} of {len(truth)}"),
        Figure("quiet hour: false passages", f"{len(false)}", reach="at most 1", reached=len(false) <= 1),
    ]  # fmt: skip
    report.remarks.append(f"quiet hour: lost {', '.join(lost) or 'none'}; false {', '.join(false) or 'none'}")


def _now() -> np.ndarray:
    """The clock and this process's CPU time, in seconds: other work on the machine adds little to the second."""
    return np.array([time.perf_counter(), time.process_time()])


def _decode(path: Path) -> np.ndarray:
    """Seconds by clock and CPU that OpenCV takes to decode every frame into a picture, and nothing else."""
    video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    began = _now()
    while video.read()[0]:
        pass
    spent = _now() - began
    video.release()
    return spent
