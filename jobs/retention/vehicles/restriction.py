"""A vehicle restricted from use: what tables have of it lies in the evidence zone alone, under a hold, until lifted.

Files as received and rejected rows, which nobody uses, stay where they are until they expire.

Where its accuracy is contested, or a case needs what else would be erased (Data Protection Act 2018, section 47).
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pyarrow as pa

from jobs.consolidate.corrections import apply_corrections
from jobs.control import suppressions
from jobs.control.by_day import names_by_day
from jobs.control.database import open_control
from jobs.control.holds import Hold, Scope, holds, place
from jobs.control.schema import CORRECTIONS
from jobs.domain.retention import cutoff
from jobs.ingest.landed_again import read_restricted_again
from jobs.lake.store import Rows
from jobs.lake.tables import HELD_IMAGES, HELD_SIGHTINGS, PLATE_IMAGES, SIGHTINGS, Table
from jobs.retention.holds.evidence import keep_live
from jobs.retention.holds.holding import stamp
from jobs.retention.vehicles.erasure import erase, erase_again
from jobs.retention.vehicles.order import Outcome, Request
from jobs.runtime.night import Night


def restrict(night: Night, request: Request, case: str, review_on: date) -> Outcome:
    """Keep what there is of vehicles under a hold, and take it out of use.

    Raises:
        PeopleError: who orders it may not.
        HoldError: the review is past.
        LakeError: it could not be kept, and nothing was taken out.
    """
    since = datetime.combine(request.first, time.min, UTC)
    until = datetime.combine(request.last, time.max, UTC)
    scope = Scope(request.vehicles, since=since, until=until)
    hold = Hold(case, request.reason, request.by, review_on, scope)
    with open_control(night.settings) as control, control.deciding() as connection:
        in_force = holds(connection, in_force=True)
        same = [one for one in in_force if (one.scope, one.case_ref) == (scope, case)]
        name = same[0].hold_id if same else place(connection, hold, datetime.now(UTC))
    hold, others = replace(hold, hold_id=name), [one for one in in_force if one.hold_id != name]
    keep_live(night, [hold, *others], request.first, request.last)
    _keep_what_others_keep(night, hold, request)
    return erase(night, replace(request, hold_id=name))


def _keep_what_others_keep(night: Night, hold: Hold, request: Request) -> None:
    """Copies of what is out of use already, under another hold, so that either may end without the other."""
    store = night.store
    held = [
        row for row in store.rows_with(HELD_SIGHTINGS, "vrm", request.vehicles)
        if request.first <= row["capture_date"] <= request.last
    ]  # fmt: skip
    pictures = store.rows_with(HELD_IMAGES, "sighting_id", {row["sighting_id"] for row in held})
    for held_table, table, rows in ((HELD_SIGHTINGS, SIGHTINGS, held), (HELD_IMAGES, PLATE_IMAGES, pictures)):
        live = {tuple(row[name] for name in table.key): {n: row[n] for n in table.column_names} for row in rows}
        store.append_new_rows(held_table, [row | stamp(hold, row) for row in live.values()])


def suppress_again(night: Night, *, only_unfinished: bool = False) -> int:
    """Erase and restrict again what a copy of the lake, or of landing, has brought back, and correct what it has wrong.

    Args:
        night: this run.
        only_unfinished: what was ended on the way alone; of an erasure of which no sighting is left nobody can tell
            whether landing has something, so it stays unfinished until somebody gives the marks again.

    Returns:
        How many rows that were.
    """
    with night.look() as connection:
        in_force = suppressions.suppressions(connection) if connection else []
        held = {hold.hold_id: hold for hold in holds(connection, in_force=True)} if connection else {}
        corrected = list(names_by_day(connection, CORRECTIONS)) if connection else []
    rows = 0 if only_unfinished else apply_corrections(night, corrected)
    for one in in_force:
        if only_unfinished and one.is_done:
            continue
        if hold := held.get(one.hold_id or ""):
            keep_live(night, [hold], one.first, one.last)
        rows += sum(erase_again(night, one).rows.values())
    return rows


def lift(night: Night, name: str, by: str, reason: str) -> int:
    """Bring back what a restriction kept, and have files read again that came meanwhile; its hold stays until released.

    Returns:
        How many sightings came back.

    Raises:
        PeopleError: who lifts it may not.
        SuppressionError: there is no such restriction.
    """
    now = datetime.now(UTC)
    with open_control(night.settings) as control, control.deciding() as connection:
        lifted = suppressions.restriction(connection, name, by, reason, now)
        others = suppressions.suppressed(connection, night.settings.control.suppression_key, but=name)
    sightings = _held(night, HELD_SIGHTINGS, SIGHTINGS, lifted)
    if others and sightings:
        vrms, days = (pa.array([row[name] for row in sightings]) for name in ("vrm", "capture_date"))
        kept_out = others.mask(vrms, days)
        sightings = [row for row, is_out in zip(sightings, kept_out, strict=True) if not is_out]
    names = {row["sighting_id"] for row in sightings}
    pictures = [row for row in _held(night, HELD_IMAGES, PLATE_IMAGES, lifted) if row["sighting_id"] in names]
    night.store.append_new_rows(PLATE_IMAGES, pictures)
    night.store.append_new_rows(SIGHTINGS, sightings)
    read_restricted_again(night, lifted.first, lifted.last)
    # At last: ended before, it is still in force, and is lifted again.
    with open_control(night.settings) as control, control.deciding() as connection:
        suppressions.lift(connection, name, by, reason, now)
    return len(sightings)


def _held(night: Night, held: Table, table: Table, lifted: suppressions.Suppression) -> Rows:
    """Rows that a hold has, as they were before, but for those that have expired since."""
    last_gone = cutoff(night.settings.retention.limits, table.retention, night.process_date)
    kept = night.store.rows_with(held, "hold_id", [lifted.hold_id or ""])
    return [
        {name: row[name] for name in table.column_names} for row in kept
        if last_gone < row["capture_date"] and lifted.first <= row["capture_date"] <= lifted.last
    ]  # fmt: skip
