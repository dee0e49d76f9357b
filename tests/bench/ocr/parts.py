"""What each part of the reader adds: accuracy and time with it switched off, and by the number of looks."""

from collections.abc import Callable, Sequence

import numpy as np

from ocr.passage import choose
from ocr.track import Look, Track
from tests.bench import readers
from tests.bench.figures import Report, Table
from tests.bench.rendered_reads import Pair, ReadPassage, RenderedReads, read_rendered
from tests.bench.rendered_set import SEEN_ON, plan, rendered

_EVERY = 5
"""One clip in five: the cross of conditions has no period of five, so all of them are there."""
_LOOKS = (1, 2, 3, 5, 8)
_VARIANTS = (
    readers.AS_IT_IS, readers.GATE_OFF, readers.DETECTOR_OFF, readers.FEWER_LOOKS, readers.MORE_LOOKS,
)  # fmt: skip


def parts(report: Report) -> None:
    """Parts of the pictures' side are switched off and the clips read again; vote and rules from the looks kept."""
    folder, truth = rendered(plan())
    clips = sorted({passage.clip for passage in truth})[::_EVERY]
    some = [passage for passage in truth if passage.clip in clips]
    runs = {name: read_rendered(folder, some, name, again=True) for name in _VARIANTS}
    head = ("reader", "captured", "of these right", "false or double", f"x real time, {readers.PROCESSES} processes")
    rows = [_row(name, run) for name, run in runs.items()]
    report.tables.append(Table(f"What each part adds, on {len(clips)} of the rendered clips", head, rows))
    whole = read_rendered(folder, truth)
    rows = [_row(readers.AS_IT_IS, whole), *(_row(name, whole, vrm) for name, vrm in _WITHOUT.items())]
    report.tables.append(Table("What vote and rules add, on all of them", head, rows))
    report.tables.append(_by_looks(whole))
    report.remarks.append("the gate earns its cost where little moves: the quiet hour's speed beside bare decoding")


def best_look(read: ReadPassage) -> Look:
    """The look that shows the plate best, by confidence and size."""
    return max(read.seen, key=lambda look: look.weight)


def vrm_of(looks: Sequence[Look]) -> str:
    """The mark that vote and rules choose from some looks, at least one, as from those of a track."""
    return choose(Track(looks=list(looks)).readings, SEEN_ON)[1][0].vrm


def _voted_text(read: ReadPassage) -> str:
    return choose(Track(looks=list(read.seen)).readings, SEEN_ON)[0].text


_WITHOUT: dict[str, Callable[[ReadPassage], str]] = {
    "vote off: the best look, by the rules": lambda read: vrm_of([best_look(read)]),
    "rules off: the voted text": _voted_text,
    "vote and rules off: the best look's text": lambda read: best_look(read).text,
}


def _row(name: str, run: RenderedReads, vrm: Callable[[ReadPassage], str] | None = None) -> tuple[object, ...]:
    right = sum(pair.exact if vrm is None else vrm(pair.read) == pair.truth.vrm for pair in run.captured)
    speed = f"{run.footage_s / run.seconds:.2f}" if vrm is None else ""
    share = f"{len(run.captured) / len(run.true):.1%}"
    return name, share, f"{right / max(len(run.captured), 1):.1%}", len(run.false), speed


def _by_looks(run: RenderedReads) -> Table:
    """For each number, the passages with so many looks or more: right by that many of them, and by all."""
    rows = []
    for number in _LOOKS:
        pairs = [pair for pair in run.captured if len(pair.read.seen) >= number]
        if pairs:
            few = sum(vrm_of(_spread(pair.read.seen, number)) == pair.truth.vrm for pair in pairs)
            every = sum(_right_by_all(pair) for pair in pairs)
            rows.append((number, len(pairs), f"{few / len(pairs):.1%}", f"{every / len(pairs):.1%}"))
    return Table(
        "How accuracy changes with the number of looks, on the whole rendered set",
        ("looks, evenly spread", "passages with as many", "right by these looks", "right by all their looks"), rows,
    )  # fmt: skip


def _right_by_all(pair: Pair) -> bool:
    return vrm_of(pair.read.seen) == pair.truth.vrm


def _spread(looks: Sequence[Look], number: int) -> list[Look]:
    """So many of the looks, evenly spread; one is the middle one."""
    at = np.linspace(0, len(looks) - 1, number + 2)[1:-1] if number == 1 else np.linspace(0, len(looks) - 1, number)
    return [looks[round(i)] for i in at]
