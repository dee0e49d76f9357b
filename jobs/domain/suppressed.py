"""Vehicles of which nothing may come back for a time: what executors know of them is keyed tokens and spans of days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.domain.tokens import token, tokens_of

_KIND = "suppressed"


def suppressed_token(key: bytes, vrm: str) -> str:
    """What stands for a mark among the suppressions."""
    return token(key, _KIND, vrm)


@dataclass(frozen=True)
class Suppressed:
    """What may not come back.

    Attributes:
        key: of the tokens.
        spans: first and last days of capture, by token.
    """

    key: bytes
    spans: Mapping[str, Sequence[tuple[date, date]]]

    def mask(self, vrm: pa.Array, days: pa.Array) -> npt.NDArray[np.bool_]:
        """Which rows may not come back, by their marks and days of capture; none of a row that lacks either."""
        tokens = tokens_of(self.key, _KIND, vrm.fill_null(""))
        found = np.asarray(pc.is_in(tokens, pa.array(list(self.spans), pa.string())))
        for place in np.flatnonzero(found).tolist():
            day = days[place].as_py()
            spans = self.spans[tokens[place].as_py()]
            found[place] = day is not None and any(first <= day <= last for first, last in spans)
        return found
