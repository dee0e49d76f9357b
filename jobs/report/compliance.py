"""The compliance page: that nothing is older than it may be, with what was removed and the head of the log as proof."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from jobs.control.heads import verify_log
from jobs.control.holds import holds
from jobs.control.log import LogError
from jobs.domain.retention import cutoff, maximum_days
from jobs.lake.damage import DamagedTableError
from jobs.lake.tables import CATALOGUE, RETENTION_LEDGER, Table
from jobs.report.holds import scope_of, state_of
from jobs.report.pages import write_page
from jobs.runtime.night import Night

_PAGE = "compliance.html"


def write_compliance_page(night: Night, note: str) -> str:
    """Write the page into the governance zone.

    Args:
        night: as of which ages are told.
        note: the signed head of the log.

    Returns:
        Where it lies.
    """
    ledger = sorted(night.store.rows(RETENTION_LEDGER), key=lambda entry: entry["log_position"])
    try:
        log, broken = verify_log(night.settings, [note]), None
    except LogError as error:
        log, broken = None, str(error)
    return write_page(
        night.store.root, _PAGE,
        as_of=night.process_date, profile_name=night.settings.retention.profile,
        profile=night.settings.retention.limits,
        tables=list(_lines(night)),
        ledger=[row for row in ledger if row["rows_removed"] or row["files_removed"] or row["error"]],
        incomplete=_incomplete(ledger), log=log, broken=broken, note=note, holds=list(_holds(night)),
    )  # fmt: skip


def _holds(night: Night) -> Iterator[dict[str, object]]:
    """A line for each legal hold: scope in counts, and whether its review is overdue, which ends nothing."""
    today = datetime.now(UTC).date()
    with night.look() as connection:
        for one in holds(connection) if connection else ():
            told = {"hold": one, "scope": scope_of(one), "state": state_of(one, today)}
            yield told | {"overdue": one.is_overdue(today)}


def _incomplete(ledger: list[dict[str, Any]]) -> list[str]:
    """Places of which something is still there after the last purge that looked at them."""
    newest = {row["table_name"]: row["error"] for row in ledger}
    return [place for place, error in newest.items() if error]


def _lines(night: Night) -> Iterator[dict[str, object]]:
    """A line of the page for each table."""
    for table in CATALOGUE:
        try:
            if night.store.exists(table):
                yield _line(night, table)
        except DamagedTableError:
            yield {"table": table, "kept": None} | dict.fromkeys(("rows", "oldest", "newest", "maximum", "age"))


def _line(night: Night, table: Table) -> dict[str, object]:
    """How old the oldest day is, how old it may be, and whether that holds; None where nobody can tell."""
    held = night.store.rows_by_day(table)
    days = [day for day in held if day]
    oldest, newest = min(days, default=None), max(days, default=None)
    line: dict[str, object] = {"table": table, "rows": sum(held.values()), "oldest": oldest, "newest": newest}
    limits = night.settings.retention.limits
    maximum = maximum_days(limits, table.retention)
    age = (night.process_date - oldest).days if oldest and maximum else None
    kept = not (maximum and oldest) or oldest > cutoff(limits, table.retention, night.process_date)
    return line | {"maximum": maximum, "age": age, "kept": kept}
