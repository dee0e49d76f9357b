"""Vehicles of which nothing may come back for a time: what executors know of them is keyed tokens and spans of days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.domain.tokens import token, tokens_of

_KIND = "suppressed"
Spans = Mapping[str, Sequence[tuple[date, date]]]
"""First and last days of capture, by token."""


def suppressed_token(key: bytes, vrm: str) -> str:
    """What stands for a mark among the suppressions."""
    return token(key, _KIND, vrm)


@dataclass(frozen=True)
class Suppressed:
    """What may not come back.

    Attributes:
        key: of the tokens.
        erased: of these nothing may come back at all.
        restricted: these stay out of use until that ends.
    """

    key: bytes
    erased: Spans
    restricted: Spans = field(default_factory=dict)

    def mask(self, vrm: pa.Array, days: pa.Array) -> npt.NDArray[np.bool_]:
        """Which rows may not come back, by their marks and days of capture; none of a row that lacks either."""
        erased, restricted = self.masks(vrm, days)
        either: npt.NDArray[np.bool_] = erased | restricted
        return either

    def masks(self, vrm: pa.Array, days: pa.Array) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """The same, of what was erased, and of what is restricted."""
        tokens = tokens_of(self.key, _KIND, vrm.fill_null(""))
        return _within(self.erased, tokens, days), _within(self.restricted, tokens, days)


def _within(spans: Spans, tokens: pa.Array, days: pa.Array) -> npt.NDArray[np.bool_]:
    found = np.asarray(pc.is_in(tokens, pa.array(list(spans), pa.string())))
    for place in np.flatnonzero(found).tolist():
        day, of_token = days[place].as_py(), spans[tokens[place].as_py()]
        found[place] = day is not None and any(first <= day <= last for first, last in of_token)
    return found
