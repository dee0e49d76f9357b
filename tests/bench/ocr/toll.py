"""The busy toll gate, toll_cctv: plates read and speed on both cores, beside plain PaddleOCR on both cores."""

from collections import Counter
from pathlib import Path

from tests.bench import ocr_accuracy, readers
from tests.bench.figures import Figure, Report
from tests.bench.ocr_accuracy import DATA

_EVERY = 4
"""Plain PaddleOCR sees every fourth frame, and is said to take four times as long for all of them."""


def toll(report: Report) -> None:
    """One range of the video for each process; plain PaddleOCR's processes take turns with the frames."""
    if not ocr_accuracy.there("toll_cctv", report):
        return
    folder = DATA / "toll_cctv"
    with readers.both_cores(readers.AS_IT_IS) as pool:
        before = readers.cpu_seconds(pool)
        ours = ocr_accuracy.toll_cctv(readers.SplitReader(pool), folder)
        cpu = readers.cpu_seconds(pool) - before
    with readers.both_cores(readers.PLAIN) as pool:
        before = readers.cpu_seconds(pool)
        firsts = [_EVERY * i for i in range(readers.PROCESSES)]
        results = list(pool.map(_read_plain, [folder / "cars.mp4"] * len(firsts), firsts))
        plain_cpu = (readers.cpu_seconds(pool) - before) * _EVERY
    texts = sum((texts for texts, _ in results), Counter())
    speed = ours.footage_s / ours.seconds
    plain_speed = ours.footage_s / (max(seconds for _, seconds in results) * _EVERY)
    found = ours.plates - len([vrm for vrm in ours.missed if vrm not in texts])
    report.figures += [
        Figure(
            "toll_cctv: plates read", f"{ours.right} of {ours.plates}", f"plain: {found} among {len(texts)} texts",
            reach="3 of 3", reached=ours.right == ours.plates,
        ),
        Figure(
            "toll_cctv: false passages", f"{len(ours.wrong)} of {ours.passages}", reach="0", reached=not ours.wrong
        ),
        Figure(
            "toll_cctv: speed, 2 processes", f"{speed:.2f} x real time", reach="6 x real time", reached=speed >= 6,
        ),
        Figure(
            "toll_cctv: beside plain PaddleOCR, 2 processes", f"{speed:.2f} x real time",
            f"plain: {plain_speed:.3f} x (every frame)", f"{speed / plain_speed:.1f}", "20",
            speed / plain_speed >= 20,
        ),
        Figure(
            "toll_cctv: the same in CPU time", f"{cpu:.1f} s", f"plain: {plain_cpu:.0f} s (every frame)",
            f"{plain_cpu / cpu:.1f}",
        ),
    ]  # fmt: skip
    report.remarks.append(f"toll_cctv: plain PaddleOCR's time is that of every {_EVERY}th frame, times {_EVERY}")


def _read_plain(path: Path, first: int) -> tuple[Counter[str], float]:
    texts, seconds, _ = readers.current().read_video(path, _EVERY * readers.PROCESSES, first)
    return texts, seconds
