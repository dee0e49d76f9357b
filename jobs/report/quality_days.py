"""What the quality gate said of the last days, from `governance.quality_results`: of each day its newest run."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

from jobs.domain.errors import LakeError
from jobs.lake.store import Rows, Store
from jobs.lake.tables import QUALITY_RESULTS, READS, RUNS
from jobs.quality.gate import Outcome


class NothingCheckedError(LakeError):
    """No result lies in the days that were asked for; the message says how there come to be some."""


@dataclass
class QualityDay:
    """What the checks said of one day.

    Attributes:
        published: rows of `restricted.reads`.
        checked: whether there is any result.
        failed: what did not hold, the gravest first, then by its line.
    """

    day: date
    published: int
    checked: bool = False
    failed: list[Outcome] = field(default_factory=list)

    @property
    def gate(self) -> str:
        """What became of the day."""
        if not self.checked:
            return "unchecked"
        return "refused" if self.by_severity["critical"] else "passed"

    @property
    def by_severity(self) -> Counter[str]:
        """Failures by severity."""
        return Counter(one.severity for one in self.failed)

    @property
    def by_check(self) -> Counter[str]:
        """Failures by name of check or type of expectation."""
        return Counter(one.expectation for one in self.failed)


def quality_days(store: Store, count: int, last: date | None = None, running: str | None = None) -> list[QualityDay]:
    """The last days in order, those without any result too.

    Args:
        store: the lake.
        count: number of days.
        last: the last of them; the newest night that has a result when None.
        running: a run that is not in `governance.runs` yet: it counts as the newest.

    Raises:
        NothingCheckedError: there is no result in these days.
    """
    nights = [night for night in store.rows_by_day(QUALITY_RESULTS) if night]
    last = last or max(nights, default=None)
    days = [last - timedelta(days=number) for number in reversed(range(count))] if last else []
    # No night knows of a day after it.
    nights = [night for night in nights if days and night >= days[0]]
    results = [row for night in nights for row in store.rows(QUALITY_RESULTS, process_date=night)]
    held = store.rows_by_day(READS)
    found = {day: QualityDay(day, held.get(day, 0)) for day in days}
    for row in _newest(store, [row for row in results if _day(row) in found], running):
        day = found[_day(row)]
        day.checked = True
        if not row["success"]:
            values: dict[str, Any] = {one.name: row.get(one.name) for one in fields(Outcome)}
            day.failed.append(Outcome(**values))
    if not any(day.checked for day in found.values()):
        raise NothingCheckedError("there are no quality results of these days: they come with `anprlake validate`")
    for day in found.values():
        day.failed.sort(key=lambda one: (one.severity, str(one)))  # critical, info, warning: as the alphabet has it
    return list(found.values())


def _day(row: dict[str, Any]) -> date:
    """The day that a result is about; of a table without days the night."""
    day: date = row["checked_date"] or row["process_date"]
    return day


def _newest(store: Store, results: Rows, running: str | None) -> Iterator[dict[str, Any]]:
    """Of each suite and day the results of the run that began last."""
    began = {row["run_id"]: row["started_at"] for row in store.rows(RUNS, "run_id", "started_at")}
    began |= {running: datetime.max.replace(tzinfo=UTC)} if running else {}
    unknown = datetime.min.replace(tzinfo=UTC)

    def age(row: dict[str, Any]) -> tuple[date, datetime, str]:
        return row["process_date"], began.get(row["run_id"], unknown), row["run_id"]

    def about(row: dict[str, Any]) -> tuple[str, date | None, date]:
        return row["suite"], row["checked_date"], _day(row)

    newest: dict[tuple[str, date | None, date], tuple[date, datetime, str]] = {}
    for row in results:
        newest[about(row)] = max(age(row), newest.get(about(row), age(row)))
    return (row for row in results if age(row) == newest[about(row)])
