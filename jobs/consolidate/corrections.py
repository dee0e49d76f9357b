"""Sightings that were read wrong get their right marks, in place: what was received and each mark of before stay."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jobs.control.corrections import Correction, finish, to_apply
from jobs.control.database import open_control
from jobs.control.lake_state import note_state
from jobs.control.suppressions import suppressed
from jobs.ingest.vrms import vrm_format
from jobs.lake.data_files import DataFile, DataFiles, NewFile
from jobs.lake.tables import PLATE_IMAGES, SIGHTINGS
from jobs.runtime.night import Night

RULE = "corrected"
"""What `vrm_rule` says of a mark that somebody gave."""
_CHAIN = ("vrm", "vrm_format", "vrm_rule", "vrm_candidates")


def apply_corrections(night: Night, days: Collection[date]) -> int:
    """Have the table say what was decided of sightings of some days, and of all where that was ended on the way.

    A sighting whose right mark may not come back, for its vehicle was erased or is restricted, goes.

    Returns:
        How many sightings said otherwise.
    """
    with night.look() as connection:
        found = to_apply(connection, days) if connection else []
        if not found or connection is None:
            return 0
        kept_out = suppressed(connection, night.settings.control.suppression_key)
    marks, on = pa.array([one.vrm for one in found], pa.string()), pa.array([one.capture_date for one in found])
    out = kept_out.mask(marks, on).tolist() if kept_out else [False] * len(found)
    right = {one.sighting_id: None if is_out else one.vrm for one, is_out in zip(found, out, strict=True)}
    written = _written(night, right, {one.capture_date for one in found})
    _commit(night, written)
    if written or not all(one.is_done for one in found):
        _told(night, found)
    return sum(one.rows for one in written)


@dataclass(frozen=True)
class Corrected:
    """A data file that said otherwise.

    Attributes:
        anew: as it should be, not committed; none where nothing is left.
        rows: that said otherwise.
        gone: ids of the sightings that are not in it.
    """

    file: DataFile
    anew: tuple[NewFile, ...]
    rows: int
    gone: frozenset[str]


@dataclass(frozen=True)
class Corrector:
    """Writes data files of sightings anew with the right marks.

    Attributes:
        right: marks by the id of the sighting; None for one that is to go.
    """

    files: DataFiles
    right: Mapping[str, str | None]

    def __call__(self, file: DataFile) -> Corrected | None:
        """What came of a file; None where it says what it should, and stays."""
        known = self.files.select(file, ["sighting_id", "vrm"], "sighting_id", pa.array(self.right, pa.string()))
        wrong = {row["sighting_id"] for row in known.to_pylist() if self.right[row["sighting_id"]] != row["vrm"]}
        if not wrong:
            return None
        gone = frozenset(name for name in wrong if self.right[name] is None)
        rows = self.files.read(file, self.files.schema.names)
        rows = rows.filter(pc.invert(pc.is_in(rows["sighting_id"], pa.array(gone, pa.string()))))
        anew = self.files.write(self._corrected(rows, wrong)) if rows.num_rows else []
        return Corrected(file, tuple(anew), len(wrong), gone)

    def _corrected(self, rows: pa.Table, wrong: Collection[str]) -> pa.Table:
        chains = rows.select(["sighting_id", "confidence", *_CHAIN]).to_pylist()
        marked = [row | self._chain(row) if row["sighting_id"] in wrong else row for row in chains]
        for name in _CHAIN:
            field = rows.schema.field(name)
            values = pa.array([row[name] for row in marked], field.type)
            rows = rows.set_column(rows.schema.get_field_index(name), field, values)
        return rows

    def _chain(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The mark with the one of before among the other readings; footage has that there already."""
        vrm, others = self.right[row["sighting_id"]], row["vrm_candidates"] or []
        before = {"vrm": row["vrm"], "score": row["confidence"], "rule": row["vrm_rule"]}
        if (before["vrm"], before["rule"]) not in [(one["vrm"], one["rule"]) for one in others]:
            others = [*others, before]
        (kind,) = vrm_format(pa.array([vrm])).to_pylist()
        return {"vrm": vrm, "vrm_format": kind, "vrm_rule": RULE, "vrm_candidates": others}


def _written(night: Night, right: Mapping[str, str | None], days: Collection[date]) -> list[Corrected]:
    files = night.store.files_of_days(SIGHTINGS, days)
    if not files:
        return []
    return [one for one in night.store.each(files, Corrector(night.store.data_files(SIGHTINGS), right)) if one]


def _commit(night: Night, written: Sequence[Corrected]) -> None:
    """Pictures of what goes are found by its rows, so they go first."""
    if not written:
        return
    if gone := frozenset[str]().union(*(one.gone for one in written)):
        night.store.delete_rows(PLATE_IMAGES, "sighting_id", gone)
        if night.store.exists(PLATE_IMAGES):
            night.store.vacuum(PLATE_IMAGES)
    paths, anew = {one.file.path for one in written}, [file for one in written for file in one.anew]
    night.store.remove_files(SIGHTINGS, paths, anew)
    night.store.vacuum(SIGHTINGS)


def _told(night: Night, found: Sequence[Correction]) -> None:
    with open_control(night.settings) as control, control.deciding() as connection:
        finish(connection, [one.sighting_id for one in found], datetime.now(UTC))
        note_state(connection, night.store)
