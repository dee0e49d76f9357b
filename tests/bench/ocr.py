"""`make bench-ocr`: how right and how fast plates are read, by parts: `python -m tests.bench.ocr [part ...]`."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from ocr.detect import TextDetector, bounding_rect, plate_shaped, size_of
from tests.bench import ocr_accuracy, plate_boxes, readers
from tests.bench.figures import Figure, Report, Table
from tests.bench.ocr_accuracy import DATA
from tests.bench.rendered_reads import PROCESSES, Pair, RenderedReads, read_rendered
from tests.bench.rendered_set import plan, rendered

_CONDITIONS: dict[str, Callable[[Pair], str]] = {
    "light": lambda pair: "night" if pair.truth.night else "day",
    "lines": lambda pair: f"{pair.truth.rows}",
    "colour": lambda pair: pair.truth.colour,
    "slant": lambda pair: f"{abs(pair.truth.slant_deg):.0f}°",
    "blur, strokes": lambda pair: _band(pair.truth.blur_strokes, (0.25, 0.75)),
    "width, px": lambda pair: _band(pair.truth.width_px, (80, 120, 160)),
    "format": lambda pair: pair.truth.mark_format,
    "direction": lambda pair: pair.truth.direction,
}


def main(wanted: list[str]) -> int:
    """Measure the wanted parts (all when none is named), print the table, and return the exit code."""
    parts: dict[str, Callable[[Report], None]] = {"photos": _photos, "rendered": _rendered, "detection": _detection}
    unknown = set(wanted) - parts.keys()
    if unknown:
        sys.stderr.write(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(parts)}\n")
        return 2
    report = Report()
    for name in wanted or list(parts):
        parts[name](report)
    return report.show("bench-ocr", wanted)


def _has(report: Report, name: str) -> bool:
    if (DATA / name).is_dir():
        return True
    report.remarks.append(f"shared/data/{name} is not there: it was not measured")
    return False


def _photos(report: Report) -> None:
    """The 54 photos of openalpr_eu_dev, beside plain PaddleOCR."""
    if not _has(report, "openalpr_eu_dev"):
        return
    ours = ocr_accuracy.openalpr_eu_dev(readers.ours(), DATA / "openalpr_eu_dev")
    plain = ocr_accuracy.plain_openalpr_eu_dev(readers.plain(), DATA / "openalpr_eu_dev")
    for what, mine, other, reach in (
        ("plates with O=0, I=1", ours.right, plain.right, 53),
        ("exactly", ours.exact, plain.exact, None),
    ):
        report.figures.append(
            Figure(
                f"openalpr_eu_dev: {what}", f"{mine} of {ours.plates}", f"plain: {other}", f"{mine / other:.2f}",
                f"{reach} of {ours.plates}" if reach else "", None if reach is None else mine >= reach,
            )
        )  # fmt: skip
    report.figures.append(Figure("openalpr_eu_dev: other reads", f"{len(ours.wrong)}", f"plain: {len(plain.wrong)}"))
    report.figures.append(
        Figure(
            "openalpr_eu_dev: time for 54 photos", f"{ours.seconds:.1f} s", f"plain: {plain.seconds:.1f} s",
            f"{plain.seconds / ours.seconds:.2f}",
        )
    )  # fmt: skip
    report.remarks.append(
        f"openalpr_eu_dev: missed {', '.join(ours.missed) or 'none'}; it is optimistic, for crop width and margins "
        "were chosen on these same photos"
    )


def _rendered(report: Report) -> None:
    """The rendered set: captured, right, and both by condition."""
    folder, truth = rendered(plan())
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


def _detection(report: Report) -> None:
    """Plates found in the valid frames of plates_ro; the other side is PP-OCRv6's text detection."""
    if not _has(report, "plates_ro"):
        return
    text = TextDetector(readers.bundled_models(), threads=1)
    sides = {f"PP-OCRv6 text at {side}": partial(_text_boxes, text, side) for side in (640, 960)}
    rows = []
    for name, find in sides.items():
        counts = plate_boxes.measure(find, DATA / "plates_ro")
        rows += [
            (f"{name}, {light}", found.plates, f"{found.recall:.3f}", f"{found.precision:.3f}",
             f"{found.frames_per_s:.1f}")
            for light, found in counts.items()
        ]  # fmt: skip
    head = ("plates_ro valid", "plates", "recall", "precision", "frames/s, one thread")
    report.tables.append(Table("Plates found, at IoU 0.5", head, rows))


def _text_boxes(detector: TextDetector, side: int, picture) -> list[tuple[tuple[int, int, int, int], float]]:
    """Lines of text that are shaped like a plate."""
    boxes = [box for box in detector.find(picture, side) if plate_shaped(box)]
    return [(bounding_rect([box.quad], size_of(picture)), box.score) for box in boxes]


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[2])
    sys.exit(main(sys.argv[1:]))
