"""What the cameras' feeds report of the passages: missed, misread, duplicate and late rows."""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from jobs.simulate.cameras import Cameras
from jobs.simulate.options import SimulationOptions
from jobs.simulate.plates import plate_groups
from jobs.simulate.roads import FloatArray, IntArray
from jobs.simulate.traffic import DAY_S, Passages, midnight_s
from jobs.simulate.vehicles import StrArray

CONFUSIONS = {
    "8": "B3", "B": "8", "5": "S", "S": "5", "2": "Z", "Z": "2", "0": "OD", "O": "0D", "D": "0", "G": "6C",
    "6": "G", "V": "Y", "Y": "V", "W": "M", "M": "NW", "N": "M", "1": "I7", "I": "1", "7": "1", "3": "8",
    "C": "G", "F": "E", "E": "F", "P": "R", "R": "P", "K": "X", "X": "K", "Q": "O", "U": "V", "L": "I",
    "T": "I", "H": "N", "J": "I", "A": "4", "4": "A", "9": "8",
}  # fmt: skip
"""Characters that readers usually take one for another."""
FILES_PER_DAY = 4
LATE_FILE = FILES_PER_DAY + 1
"""Number of the file for what is sent after the day's own files."""
_SECOND_REPORT = 0.4
_SPACED, _LOWER = 0.04, 0.01


@dataclass(frozen=True)
class Reports:
    """Columns of equal length, one element for each good row that a feed sends.

    `passage` indexes the passages, `feed` names the sender, `at_ms` is the time that it gives, `raw` the text
    that it read, `misread` whether that is wrong, `second` whether another force's camera reports it,
    `arrival` the day (number) and `file_no` the file in which the row arrives, `original` the index of the
    row that this one repeats, or its own.
    """

    passage: IntArray
    feed: StrArray
    at_ms: IntArray
    raw: StrArray
    confidence: FloatArray
    misread: npt.NDArray[np.bool_]
    second: npt.NDArray[np.bool_]
    arrival: IntArray
    file_no: IntArray
    original: IntArray

    def __len__(self) -> int:
        return len(self.passage)

    def take(self, index: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> "Reports":
        """Some of the rows."""
        return Reports(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


def report(passages: Passages, vrm: StrArray, cameras: Cameras, options: SimulationOptions) -> Reports:
    """Draw the rows that the feeds send of the passages; `vrm` is the mark at each passage."""
    random = np.random.default_rng([options.seed, 41])
    own = np.flatnonzero(random.random(len(passages)) >= options.missed)
    shared = np.flatnonzero(cameras.shared[passages.camera] != "")
    other = shared[random.random(len(shared)) < _SECOND_REPORT]
    passage = np.concatenate([own, other])
    second = np.repeat([False, True], [len(own), len(other)])
    camera = passages.camera[passage]
    at_ms = passages.at_ms[passage] + random.integers(-450, 451, size=len(passage)) * second
    # A clock that runs ahead must not carry a read past the last day, on which it arrives.
    at_ms = np.minimum(at_ms, int(midnight_s(options.last_day) + DAY_S) * 1000 - 1)
    misread = random.random(len(passage)) < options.misread
    seen = np.where(misread, 0.76, 0.94) + random.normal(0, 1, len(passage)) * np.where(misread, 0.1, 0.035)
    arrival, file_no = _arrivals(at_ms, options, random)
    drawn = Reports(
        passage=passage,
        feed=np.where(second, cameras.shared[camera], cameras.feed[camera]),
        at_ms=at_ms,
        raw=_raw_texts(vrm[passage], misread, random),
        confidence=np.clip(np.round(seen, 3), 0.3, 0.999),
        misread=misread,
        second=second,
        arrival=arrival,
        file_no=file_no,
        original=np.arange(len(passage)),
    )
    return _with_duplicates(drawn, options, random)


def _arrivals(at_ms: IntArray, options: SimulationOptions, random: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Day and file of each row's arrival; some rows come a day or two late, none after the last day."""
    into = at_ms // 1000 - int(midnight_s(options.first_day))
    day = np.clip(into // DAY_S, 0, options.days - 1)
    file_no = np.clip((into - day * DAY_S) // (DAY_S // FILES_PER_DAY), 0, FILES_PER_DAY - 1) + 1
    late = random.random(len(at_ms)) < options.late
    arrival = np.where(late, np.minimum(day + random.integers(1, 3, size=len(at_ms)), options.days - 1), day)
    return arrival, np.where(arrival > day, LATE_FILE, file_no)


def _with_duplicates(rows: Reports, options: SimulationOptions, random: np.random.Generator) -> Reports:
    """Add rows sent twice: in the same file, in the next file, or a day later."""
    chosen = np.flatnonzero(random.random(len(rows)) < options.duplicate)
    copies = rows.take(chosen)
    how = random.integers(3, size=len(chosen))
    arrival = np.where(how == 2, np.minimum(copies.arrival + 1, options.days - 1), copies.arrival)  # noqa: PLR2004 - the third way
    file_no = np.where((how == 1) | (arrival > copies.arrival), LATE_FILE, copies.file_no)
    columns = {field.name: getattr(copies, field.name) for field in fields(Reports)}
    columns |= {"arrival": arrival, "file_no": file_no}
    return Reports(**{name: np.concatenate([getattr(rows, name), column]) for name, column in columns.items()})


def _raw_texts(vrm: StrArray, misread: npt.NDArray[np.bool_], random: np.random.Generator) -> StrArray:
    """The text as read: some wrong, some with a space between the groups or in small letters."""
    raw = vrm.astype("U9")
    for index in np.flatnonzero(misread):
        raw[index] = misread_text(str(raw[index]), random)
    for index in np.flatnonzero(random.random(len(raw)) < _SPACED):
        raw[index] = " ".join(plate_groups(str(raw[index])))
    lower = np.flatnonzero(random.random(len(raw)) < _LOWER)
    raw[lower] = np.char.lower(raw[lower])
    return raw


def misread_text(vrm: str, random: np.random.Generator) -> str:
    """The mark with one character taken for another; every letter and digit has one it is taken for."""
    place = int(random.integers(len(vrm)))
    others = CONFUSIONS[vrm[place]]
    return vrm[:place] + others[int(random.integers(len(others)))] + vrm[place + 1 :]
