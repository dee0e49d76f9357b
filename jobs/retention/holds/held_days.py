"""What holds keep of days that are there, looked at and not copied; and the reads of the findings that they name."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from jobs.control.holds import Hold
from jobs.lake.store import Store
from jobs.lake.tables import CLONES, CONVOYS, HELD_CLONES, HELD_CONVOYS, READS, SIGHTINGS
from jobs.retention.holds.holding import DayFiles, HeldDay, Keeping

FINDINGS = ((CONVOYS, HELD_CONVOYS), (CLONES, HELD_CLONES))


def held_of_days(store: Store, holds: Sequence[Hold], days: Iterable[date]) -> list[HeldDay]:
    """What some holds keep of some days."""
    sightings, reads = store.files_by_day(SIGHTINGS), store.files_by_day(READS)
    work = [DayFiles(day, sightings[day], reads.get(day, []), {}) for day in sorted(days)]
    return store.each(work, keeping(store, holds))


def keeping(store: Store, holds: Sequence[Hold]) -> Keeping:
    """What executors need to know of some holds."""
    named = {name for hold in holds for name in hold.scope.findings}
    reads = defaultdict[int, set[str]](set)
    for table in (table for pair in FINDINGS for table in pair):
        for row in store.rows_with(table, "finding_id", named):
            for number in naming(holds, row["finding_id"]):
                reads[number].update(row["read_ids"])
    return Keeping(holds, reads, store.data_files(SIGHTINGS), store.data_files(READS))


def naming(holds: Sequence[Hold], finding_id: str) -> list[int]:
    """Numbers of the holds that name a finding, or hold everything."""
    scopes = enumerate(hold.scope for hold in holds)
    return [number for number, scope in scopes if scope.everything or finding_id in scope.findings]
