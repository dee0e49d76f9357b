"""How right the reader is on public footage and photos, and how fast: counts for the benchmarks."""

import csv
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import cv2

from ocr.reader import PlateReader
from ocr.vrm import drawn_alike, normalise
from tests.bench.figures import Report
from tests.bench.plain_paddle import PlainPaddle

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
"""Public data that is no part of the project: where it is missing, its figures are not measured."""


def there(name: str, report: Report) -> bool:
    """Say whether a data set is there; where it is not, the report says that it was not measured."""
    if (DATA / name).is_dir():
        return True
    report.remarks.append(f"shared/data/{name} is not there: it was not measured")
    return False


@dataclass(frozen=True)
class Accuracy:
    """Counts of one data set: of `plates` true ones `right` were read with O=0 and I=1, `exact` without.

    `wrong` lists what was read and is no true plate, `missed` true plates that were not read; `seconds` the
    time it took, `footage_s` the length of the footage (0 for photos).
    """

    plates: int
    right: int
    exact: int
    passages: int
    seconds: float
    footage_s: float = 0.0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


def toll_cctv(reader: PlateReader, data_dir: Path) -> Accuracy:
    """Read `cars.mp4` of `data_dir`, a busy toll gate with three readable plates."""
    truth = {normalise(row["vrm"]) for row in _rows(data_dir / "truth.csv")}
    start = time.perf_counter()
    read = reader.read_video(data_dir / "cars.mp4")
    seconds = time.perf_counter() - start
    found = [passage.vrm for passage in read.passages]
    return Accuracy(
        plates=len(truth),
        right=len({drawn_alike(vrm) for vrm in truth} & {drawn_alike(vrm) for vrm in found}),
        exact=len(truth & set(found)),
        passages=len(found),
        seconds=seconds,
        footage_s=read.info.duration_s,
        wrong=[vrm for vrm in found if drawn_alike(vrm) not in {drawn_alike(t) for t in truth}],
        missed=sorted(vrm for vrm in truth if drawn_alike(vrm) not in {drawn_alike(f) for f in found}),
    )


def rendered(reader: PlateReader, truth: Mapping[Path, Collection[str]], seen_on: date) -> Accuracy:
    """Read rendered clips; `truth` has the marks whose plates each file shows.

    A mark counts as right when its own file gives it as a passage's VRM.
    """
    right = exact = passages = 0
    seconds = footage_s = 0.0
    wrong: list[str] = []
    missed: list[str] = []
    for path, vrms in truth.items():
        start = time.perf_counter()
        read = reader.read_video(path, seen_on)
        seconds += time.perf_counter() - start
        footage_s += read.info.duration_s
        found = [passage.vrm for passage in read.passages]
        passages += len(found)
        read_alike = {drawn_alike(vrm) for vrm in found}
        exact += len(set(vrms) & set(found))
        right += sum(drawn_alike(vrm) in read_alike for vrm in vrms)
        missed += [vrm for vrm in vrms if drawn_alike(vrm) not in read_alike]
        wrong += [vrm for vrm in found if drawn_alike(vrm) not in {drawn_alike(vrm) for vrm in vrms}]
    plates = sum(len(vrms) for vrms in truth.values())
    return Accuracy(plates, right, exact, passages, seconds, footage_s, wrong, missed)


def openalpr_eu_dev(reader: PlateReader, data_dir: Path) -> Accuracy:
    """Read the 54 photos of `data_dir`: to measure with, never to train on (AGPL)."""
    return _photos(lambda path: [passage.vrm for passage in reader.read_photo(path)], data_dir)


def plain_openalpr_eu_dev(plain: PlainPaddle, data_dir: Path) -> Accuracy:
    """The same photos through plain PaddleOCR: every text of a photo is a read."""
    return _photos(lambda path: plain.read(cv2.imread(str(path))), data_dir)


def _photos(read: Callable[[Path], list[str]], data_dir: Path) -> Accuracy:
    rows = _rows(data_dir / "truth.csv")
    right = exact = passages = 0
    wrong: list[str] = []
    missed: list[str] = []
    start = time.perf_counter()
    for row in rows:
        truth = normalise(row["vrm"])
        found = read(data_dir / "images" / row["image"])
        passages += len(found)
        exact += truth in found
        is_read = drawn_alike(truth) in {drawn_alike(vrm) for vrm in found}
        right += is_read
        wrong += [vrm for vrm in found if drawn_alike(vrm) != drawn_alike(truth)]
        missed += [] if is_read else [truth]
    return Accuracy(len(rows), right, exact, passages, time.perf_counter() - start, 0.0, wrong, missed)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
