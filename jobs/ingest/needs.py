"""What came before the things that it needs: which these are, and whether they have come since.

A rejected row whose camera is not in the register, or not in use on the day, or whose partner has no licence, names
what it needs; its file is read again once that is there. Needs are texts: `camera F001 2026-11-20`, `licence 11-1`.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jobs.domain.cameras import Register
from jobs.lake.arrays import one_chunk
from jobs.lake.data_files import DAY

SIDECAR = "sidecar"
AGAIN = "again"
"""The need of a file that is to be read again whatever it lacked: always met."""
_CAMERA, _LICENCE = "camera", "licence"
_OF_CAMERAS = pa.array(["camera_unknown", "camera_not_in_use"])
_OF_LICENCES = pa.array(["source_unlicensed"])


def camera_need(camera_id: str, day: date) -> str:
    """What a row, or a video, of a camera on a day of capture needs."""
    return f"{_CAMERA} {camera_id} {day}"


def needs(rows: pa.Table) -> pa.Array:
    """What each row needs, by its reason, camera_id, source_id and capture_date; null where nothing would help it."""
    reason, day = one_chunk(rows, "reason"), one_chunk(rows, DAY).cast(pa.string())
    cameras = pc.binary_join_element_wise(_CAMERA, one_chunk(rows, "camera_id"), day, " ")
    licences = pc.binary_join_element_wise(_LICENCE, one_chunk(rows, "source_id"), " ")
    none = pa.scalar(None, pa.string())
    return pc.if_else(
        pc.is_in(reason, _OF_CAMERAS), cameras, pc.if_else(pc.is_in(reason, _OF_LICENCES), licences, none)
    )


class Met:
    """What there is by now: the register, and the licences in force on a day of arrival."""

    def __init__(self, cameras: Iterable[dict[str, Any]], licences: Mapping[date, Iterable[str]]) -> None:
        """Take rows of `restricted.cameras`, and by day of arrival the sources whose licence is in force."""
        self._cameras = [dict(row) for row in cameras]
        self._registers: dict[str | None, Register] = {}
        self._licences = {day: set(sources) for day, sources in licences.items()}

    def is_met(self, need: str, kind: str | None, arrived_on: date) -> bool:
        """Whether a need of a file is met.

        Args:
            need: as a catalogue has it; what it cannot tell is not met.
            kind: of the cameras that may meet it; None is any.
            arrived_on: when the file arrived.
        """
        what, _, rest = need.partition(" ")
        if what == AGAIN:
            return True
        if what == _LICENCE:
            return rest in self._licences.get(arrived_on, ())
        camera_id, _, day = rest.rpartition(" ")
        return what == _CAMERA and self._register(kind).in_use(camera_id, date.fromisoformat(day))

    def _register(self, kind: str | None) -> Register:
        if kind not in self._registers:
            self._registers[kind] = Register(row for row in self._cameras if kind in (None, row["kind"]))
        return self._registers[kind]
