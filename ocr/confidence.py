"""How sure a passage's mark is, as a chance: of the reads at 0.9, about 90% are right.

A logistic model of what is known of the looks. The recogniser's own confidence is near 1 even for wrong reads, so what
counts is how many looks agree and how far behind the next mark is; the share that agrees told nothing beyond that. The
weights were fitted by `python -m tests.bench.ocr fit` on rendered footage of another seed than the one that
`make bench-ocr` measures with.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ocr.recognise import Reading
from ocr.vote import Verdict
from ocr.vrm import UNRECOGNISED, Candidate, classify

_WEIGHTS = (0.944, 0.896, 3.086, 0.534)
_BIAS = -3.469
"""Of 572 reads, 563 were right: few errors to learn from."""
_NEVER_SURE = 0.02
"""The recogniser's confidence counts as at least this far from certain."""


def confidence(verdict: Verdict, ranked: Sequence[Candidate], readings: Sequence[Reading]) -> float:
    """Return the chance (0 to 1) that the first candidate is the vehicle's mark."""
    sure = float(np.dot(_WEIGHTS, evidence(verdict, ranked, readings))) + _BIAS
    return round(1.0 / (1.0 + math.exp(-sure)), 4)


def evidence(verdict: Verdict, ranked: Sequence[Candidate], readings: Sequence[Reading]) -> npt.NDArray[np.float64]:
    """Return the model's four inputs.

    Log of the number of looks that agree, log odds of the recogniser's mean confidence, whether the mark is of a known
    format, and the distance of its score to the next mark's.
    """
    own = float(np.mean([reading.confidence for reading in readings]))
    behind = ranked[0].score - (ranked[1].score if len(ranked) > 1 else 0.0)
    return np.array(
        [
            math.log(max(verdict.agreeing, 1)),
            _log_odds(own),
            float(classify(ranked[0].vrm) != UNRECOGNISED),
            behind,
        ]
    )


def _log_odds(share: float) -> float:
    certain = min(max(share, _NEVER_SURE), 1 - _NEVER_SURE)
    return math.log(certain / (1 - certain))
