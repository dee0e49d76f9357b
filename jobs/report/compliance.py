"""The compliance page: that nothing is older than it may be, with the ledger of what was removed as proof."""

from typing import Any

from jobs.domain.retention import cutoff, maximum_days
from jobs.lake.tables import CATALOGUE, RETENTION_LEDGER, RetentionClass, Table
from jobs.report.pages import write_page
from jobs.retention.purge import FIRST_HASH, entry_hash
from jobs.runtime.night import Night

_PAGE = "compliance.html"


def write_compliance_page(night: Night) -> str:
    """Write the page into the governance zone.

    Returns:
        Where it lies.
    """
    ledger = sorted(night.store.rows(RETENTION_LEDGER), key=lambda entry: entry["entry_no"])
    return write_page(
        night.store.root, _PAGE,
        as_of=night.process_date, profile_name=night.settings.retention.profile,
        profile=night.settings.retention.limits,
        tables=[_table(night, table) for table in CATALOGUE if night.store.exists(table)],
        ledger=[row for row in ledger if row["rows_removed"] or row["files_removed"]],
        entries=len(ledger), chain_is_whole=chain_is_whole(ledger),
    )  # fmt: skip


def chain_is_whole(ledger: list[dict[str, Any]]) -> bool:
    """Whether every ledger entry, by number, has the hash of its content and names the hash of the one before.

    The ledger's own first entries expire too: then one of those that are left must say that they were removed.
    """
    if not ledger:
        return True
    number, previous = 1, FIRST_HASH
    if any(entry["table_name"] == RETENTION_LEDGER.full_name and entry["rows_removed"] for entry in ledger):
        number, previous = ledger[0]["entry_no"], ledger[0]["previous_hash"]
    for expected_no, entry in enumerate(ledger, start=number):
        linked = entry["entry_no"] == expected_no and entry["previous_hash"] == previous
        if not linked or entry["entry_hash"] != entry_hash(entry):
            return False
        previous = entry["entry_hash"]
    return True


def _table(night: Night, table: Table) -> dict[str, object]:
    """A line of the page: how old the oldest day is, how old it may be, and whether that holds."""
    held = night.store.rows_by_day(table)
    days = [day for day in held if day]
    oldest, newest = min(days, default=None), max(days, default=None)
    line: dict[str, object] = {"table": table, "rows": sum(held.values()), "oldest": oldest, "newest": newest}
    if table.retention is RetentionClass.OWN_DATES:
        return line | {"maximum": None, "age": None, "kept": True}
    limits = night.settings.retention.limits
    age = (night.process_date - oldest).days if oldest else None
    kept = oldest is None or oldest > cutoff(limits, table.retention, night.process_date)
    return line | {"maximum": maximum_days(limits, table.retention), "age": age, "kept": kept}
