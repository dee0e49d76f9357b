"""Whether the passage's confidence can be believed: of the reads at 0.9, 90% should be right."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from scipy.optimize import minimize

from ocr.confidence import evidence
from ocr.passage import choose
from ocr.recognise import Reading
from tests.bench.figures import Figure, Report, Table
from tests.bench.rendered_reads import Pair, read_rendered
from tests.bench.rendered_set import CACHE, SEEN_ON, plan, rendered

_EDGES = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1.0)
_SIDE_PX = 640
FIT_SEED = 20_260_202
_RIDGE = 1e-3
_MARGIN_PX = 70


@dataclass(frozen=True)
class Bin:
    """Reads of like confidence: how many, their mean confidence, the share that is right."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


def calibration(report: Report) -> None:
    """All our passages of the rendered set: false ones and second ones of a vehicle count as wrong."""
    folder, truth = rendered(plan())
    pairs = [pair for pair in read_rendered(folder, truth).pairs if pair.read]
    bins = binned(pairs)
    error = sum(each.count * abs(each.right - each.confidence) for each in bins) / len(pairs)
    at_090 = [pair for pair in pairs if 0.85 <= pair.read.confidence < 0.95]
    report.figures += [
        Figure("calibration: mean distance of confidence and share right", f"{error:.3f}"),
        Figure(
            "calibration: of the reads at 0.85 to 0.95, right",
            f"{sum(pair.exact for pair in at_090)} of {len(at_090)}", reach="90%",
        ),
    ]  # fmt: skip
    report.tables.append(
        Table(
            "Reliability of the passage's confidence",
            ("confidence", "reads", "mean confidence", "right"),
            [(f"{b.low:g} to {b.high:g}", b.count, f"{b.confidence:.3f}", f"{b.right:.3f}") for b in bins],
        )
    )
    plot = CACHE / "reliability.png"
    draw(bins, plot)
    report.remarks.append(f"calibration: drawn in {plot}; right is the exact mark")


def fit(report: Report) -> None:
    """Fit the weights of `ocr.confidence` on a rendered set of another seed; they are shown, to be put there."""
    folder, truth = rendered(plan(FIT_SEED))
    pairs = [pair for pair in read_rendered(folder, truth).pairs if pair.read]
    inputs = np.array([_evidence(pair) for pair in pairs])
    right = np.array([pair.exact for pair in pairs], float)

    def cost(weights: np.ndarray) -> float:
        odds = inputs @ weights[:-1] + weights[-1]
        return float(np.mean(np.logaddexp(0, odds) - right * odds) + _RIDGE * np.sum(weights[:-1] ** 2))

    # More evidence never makes a mark less likely; with so few wrong reads a free fit may say so by chance.
    bounds = [(0.0, None)] * inputs.shape[1] + [(None, None)]
    weights = minimize(cost, np.zeros(len(bounds)), method="L-BFGS-B", bounds=bounds).x
    report.remarks.append(f"fit on {len(pairs)} reads, {int(right.sum())} right: {np.round(weights, 3).tolist()}")


def _evidence(pair: Pair) -> np.ndarray:
    readings = [Reading(look.text, look.confidence) for look in pair.read.seen]
    return evidence(*choose(readings, SEEN_ON), readings)


def binned(pairs: Sequence[Pair]) -> list[Bin]:
    """Put reads into bins by confidence; empty bins are left out."""
    bins = []
    for low, high in pairwise(_EDGES):
        inside = [
            pair for pair in pairs
            if low <= pair.read.confidence < high or (high == _EDGES[-1] and pair.read.confidence >= high)
        ]  # fmt: skip
        if inside:
            mean = float(np.mean([pair.read.confidence for pair in inside]))
            bins.append(Bin(low, high, len(inside), mean, sum(pair.exact for pair in inside) / len(inside)))
    return bins


def draw(bins: Sequence[Bin], path: Path) -> None:
    """Draw the reliability plot: a point a bin, larger with more reads, beside the diagonal where all should lie."""
    size = _SIDE_PX + 2 * _MARGIN_PX
    plot = np.full((size, size, 3), 255, np.uint8)

    def at(x: float, y: float) -> tuple[int, int]:
        return round(_MARGIN_PX + x * _SIDE_PX), round(_MARGIN_PX + (1 - y) * _SIDE_PX)

    for tick in np.linspace(0, 1, 11):
        cv2.line(plot, at(tick, 0), at(tick, 1), (230, 230, 230), 1)
        cv2.line(plot, at(0, tick), at(1, tick), (230, 230, 230), 1)
        _text(plot, f"{tick:.1f}", (at(tick, 0)[0] - 12, at(0, 0)[1] + 22))
        _text(plot, f"{tick:.1f}", (at(0, 0)[0] - 40, at(0, tick)[1] + 5))
    cv2.line(plot, at(0, 0), at(1, 1), (120, 120, 120), 1, cv2.LINE_AA)
    points = [at(each.confidence, each.right) for each in bins]
    cv2.polylines(plot, [np.array(points, np.int32)], False, (180, 90, 20), 2, cv2.LINE_AA)
    for each, point in zip(bins, points, strict=True):
        cv2.circle(plot, point, round(3 + 2 * np.log10(each.count + 1)), (180, 90, 20), -1, cv2.LINE_AA)
        _text(plot, f"{each.count}", (point[0] + 10, point[1] + 14))
    _text(plot, "mean confidence of the reads", (size // 2 - 120, size - 16))
    _text(plot, "share that is right; beside each point its number of reads", (_MARGIN_PX, _MARGIN_PX - 20))
    cv2.imwrite(str(path), plot)


def _text(plot: np.ndarray, text: str, at: tuple[int, int]) -> None:
    cv2.putText(plot, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (40, 40, 40), 1, cv2.LINE_AA)
