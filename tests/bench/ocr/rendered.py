"""The rendered set: passages captured, plates right, and both by condition."""

from collections.abc import Callable, Sequence

from tests.bench.figures import Figure, Report, Table
from tests.bench.readers import PROCESSES
from tests.bench.rendered_reads import Pair, RenderedReads, read_rendered
from tests.bench.rendered_set import plan
from tests.bench.rendered_set import rendered as rendered_set

_CONDITIONS: dict[str, Callable[[Pair], str]] = {
    "light": lambda pair: "night" if pair.truth.night else "day",
    "lines": lambda pair: f"{pair.truth.rows}",
    "colour": lambda pair: pair.truth.colour,
    "slant": lambda pair: f"{abs(pair.truth.slant_deg):.0f}°",
    "blur, strokes": lambda pair: _band(pair.truth.blur_strokes, (0.25, 0.75)),
    "width, px": lambda pair: _band(pair.truth.width_px, (60, 80, 120, 160)),
    "format": lambda pair: pair.truth.vrm_format,
    "direction": lambda pair: pair.truth.direction,
}


def rendered(report: Report) -> None:
    """The rendered set: captured, right, and both by condition."""
    folder, truth = rendered_set(plan())
    reads = read_rendered(folder, truth, again=True)
    captured = len(reads.captured) / len(reads.true)
    right = _share(reads.captured, lambda pair: pair.exact)
    report.figures += [
        Figure(
            "rendered: passages captured", f"{len(reads.captured)} of {len(reads.true)} ({captured:.1%})",
            reach="98% of 500 or more", reached=captured >= 0.98 and len(reads.true) >= 500,
        ),
        Figure(
            "rendered: captured plates right", f"{sum(pair.exact for pair in reads.captured)} ({right:.1%})",
            reach="97.5%", reached=right >= 0.975,
        ),
        Figure("rendered: with O=0, I=1", f"{_share(reads.captured, lambda pair: pair.right):.1%}"),
        Figure("rendered: passages of ours that are none, or a second one of a vehicle", f"{len(reads.false)}"),
        Figure(f"rendered: speed, {PROCESSES} processes", f"{reads.footage_s / reads.seconds:.2f} x real time"),
    ]  # fmt: skip
    report.tables.append(_by_condition(reads))
    wrong = [f"{pair.truth.vrm} as {pair.read.vrm}" for pair in reads.captured if not pair.exact]
    missed = [pair.truth.vrm for pair in reads.true if not pair.read]
    report.remarks.append(f"rendered: wrong: {', '.join(wrong) or 'none'}; missed: {', '.join(missed) or 'none'}")
    report.remarks.append(
        "rendered: a two-line plate's width is that of a one-line plate beside it; blur is motion within one "
        "exposure, in strokes of a character"
    )


def _by_condition(reads: RenderedReads) -> Table:
    rows = []
    for condition, value_of in _CONDITIONS.items():
        for value in sorted({value_of(pair) for pair in reads.true}, key=_as_listed):
            pairs = [pair for pair in reads.true if value_of(pair) == value]
            captured = [pair for pair in pairs if pair.read]
            exact = sum(pair.exact for pair in captured)
            rows.append(
                (f"{condition}: {value}", len(pairs), f"{len(captured) / len(pairs):.1%}",
                 f"{exact / max(len(captured), 1):.1%}", len(captured) - exact)
            )  # fmt: skip
    head = ("condition", "passages", "captured", "of these right", "wrong")
    return Table("Rendered passages by condition", head, rows)


def _band(value: float, edges: Sequence[float]) -> str:
    lower = [edge for edge in edges if value >= edge]
    upper = [edge for edge in edges if value < edge]
    return f"{lower[-1] if lower else 0:g} to {upper[0]:g}" if upper else f"{lower[-1]:g} or more"


def _as_listed(value: str) -> tuple[float, str]:
    """Bands by their lower edge, names by the alphabet."""
    number = value.split(" ", maxsplit=1)[0].rstrip("°")
    return (float(number), "") if number.replace(".", "").isdigit() else (0.0, value)


def _share(pairs: Sequence[Pair], holds: Callable[[Pair], bool]) -> float:
    return sum(map(holds, pairs)) / max(len(pairs), 1)
