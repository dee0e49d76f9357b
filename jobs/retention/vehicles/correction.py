"""A sighting that was read wrong gets its right mark, on somebody's order (Data Protection Act 2018, section 46).

What a hold keeps of it is copied as it was before: evidence says what the lake said when it was used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
from sqlalchemy import Connection

from jobs.consolidate.corrections import apply_corrections
from jobs.control.corrections import Correction, CorrectionError, find, place, require_order
from jobs.control.database import open_control
from jobs.control.holds import Hold, holds
from jobs.control.log import lock
from jobs.control.suppressions import suppressed, suppressions
from jobs.lake.data_files import DataFile, DataFiles
from jobs.lake.tables import HELD_SIGHTINGS, SIGHTINGS
from jobs.retention.holds.evidence import keep_live
from jobs.retention.holds.held_days import held_of_days
from jobs.retention.vehicles.marks import VehiclesError, vehicles_of
from jobs.runtime.night import Night
from jobs.settings.ingest import VrmSettings


def right_mark(content: bytes, settings: VrmSettings) -> str:
    """The mark that somebody gives in a file; arguments as of `vehicles_of`.

    Raises:
        VehiclesError: it is no whole mark, or not one.
    """
    marks = vehicles_of(content, settings)
    if len(marks) > 1:
        raise VehiclesError(f"the list has {len(marks)} marks: a sighting has one")
    return next(iter(marks))


def correct(night: Night, correction: Correction) -> list[str]:
    """Give a sighting its right mark; run again after it was ended, it goes on.

    Args:
        night: `process_date` is today.
        correction: what is ordered.

    Returns:
        The holds for which the sighting was kept as it was.

    Raises:
        CorrectionError: there is no such sighting in use, it has that mark, or one of the two vehicles is suppressed.
        FreeTextError, PeopleError: the reason names something, or who orders it may not.
    """
    with open_control(night.settings) as control, control.reading() as connection:
        require_order(connection, correction, datetime.now(UTC).date())
        before = find(connection, correction.sighting_id)
        is_ended = before is not None and before == correction
        _require_free(night, connection, correction, _mark(night, correction), is_ended=is_ended)
    kept = [] if is_ended else _placed(night, correction)
    apply_corrections(night, [correction.capture_date])
    return kept


def _mark(night: Night, correction: Correction) -> str | None:
    """The mark of a sighting as it is; None where it is not in use."""
    if not (files := night.store.files_of_days(SIGHTINGS, [correction.capture_date])):
        return None
    look = _MarkOf(night.store.data_files(SIGHTINGS), correction.sighting_id)
    return next((one for one in night.store.each(files, look) if one), None)


@dataclass(frozen=True)
class _MarkOf:
    """The mark of a sighting, where a data file has it."""

    files: DataFiles
    sighting_id: str

    def __call__(self, file: DataFile) -> str | None:
        named = pa.array([self.sighting_id])
        found: list[str] = self.files.select(file, ["sighting_id", "vrm"], "sighting_id", named)["vrm"].to_pylist()
        return found[0] if found else None


def _require_free(
    night: Night, connection: Connection, correction: Correction, mark: str | None, *, is_ended: bool
) -> None:
    """`is_ended`: this very correction was ended on the way, maybe after the table had it."""
    if mark is None:
        if _is_restricted(night, connection, correction):
            raise CorrectionError("the sighting is of a vehicle that is restricted from use: lift that first")
        raise CorrectionError(f"there is no such sighting on {correction.capture_date}")
    if mark == correction.vrm and not is_ended:
        raise CorrectionError("the sighting has that mark already")
    if kept_out := suppressed(connection, night.settings.control.suppression_key):
        both = pa.array([mark, correction.vrm], pa.string())
        old, new = kept_out.mask(both, pa.array([correction.capture_date] * 2, pa.date32())).tolist()
        if old or new:
            what = "sighting is of" if old else "right mark is that of"
            raise CorrectionError(f"the {what} a vehicle that is erased, or restricted from use, on that day")


def _is_restricted(night: Night, connection: Connection, correction: Correction) -> bool:
    restricting = {one.hold_id for one in suppressions(connection) if one.hold_id}
    held = night.store.rows_with(HELD_SIGHTINGS, "sighting_id", [correction.sighting_id], "hold_id", "capture_date")
    return any(row["hold_id"] in restricting and row["capture_date"] == correction.capture_date for row in held)


def _placed(night: Night, correction: Correction) -> list[str]:
    """Write it down once all holds in force have their copies: one that comes first wins."""
    known, kept = set[str](), list[str]()
    expires_on = correction.capture_date + timedelta(days=night.settings.retention.limits.reads.days)
    while True:
        with open_control(night.settings) as control, control.reading() as connection:
            new = [hold for hold in holds(connection, in_force=True) if hold.hold_id not in known]
        kept += _kept(night, new, correction.sighting_id, correction.capture_date)
        known |= {hold.hold_id for hold in new}
        with open_control(night.settings) as control, control.deciding() as connection:
            lock(connection)
            if {hold.hold_id for hold in holds(connection, in_force=True)} <= known:
                place(connection, correction, expires_on, datetime.now(UTC))
                return kept


def _kept(night: Night, new: Sequence[Hold], sighting_id: str, day: date) -> list[str]:
    """The holds that keep the sighting, with its copy made."""
    held = held_of_days(night.store, new, [day]) if new else []
    numbers = {
        number for one in held for number, some in one.sightings.items() if sighting_id in {s.sighting_id for s in some}
    }
    keeping = [hold for number, hold in enumerate(new) if number in numbers]
    if keeping:
        keep_live(night, keeping, day, day)
    return [hold.hold_id for hold in keeping]
