"""When Airflow runs what: whole UTC days, each some hours after its end.

A cron schedule of 02:00 has intervals from 02:00 to 02:00: a backfill up to a day would leave out that day, whose
logical date lies after its midnight. Here the logical date of a run is its night, without a time.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from airflow.plugins_manager import AirflowPlugin
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from pendulum import DateTime, instance

_DAY = timedelta(days=1)


def night_of(logical_date: datetime | None, run_after: datetime) -> date:
    """The night of a run, also of one by hand, which may have any logical date or none.

    A logical date without a time is the night itself, as schedule and backfill give it; else it is the last whole
    day before the logical date, or before the run.
    """
    if logical_date and logical_date.astimezone(UTC).time() == time.min:
        return logical_date.astimezone(UTC).date()
    return (logical_date or run_after).astimezone(UTC).date() - _DAY


class Nights(Timetable):
    """A run for each UTC day, `delay` after its end; without catch-up only the last of those that were missed."""

    def __init__(self, delay: timedelta) -> None:
        self._delay = delay
        self.description = f"for every UTC day, {delay} after its end"

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> "Nights":
        """What `serialize` gave."""
        return cls(timedelta(seconds=data["delay"]))

    def serialize(self) -> dict[str, Any]:
        """For Airflow's database."""
        return {"delay": self._delay.total_seconds()}

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        """The night of a run by hand that has a logical date, which Airflow calls `run_after` here."""
        return _whole(night_of(run_after, run_after))

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The first day that no run was made for and that the restriction allows, its ends included."""
        made_until = last_automated_data_interval and last_automated_data_interval.end
        days = [at.astimezone(UTC).date() for at in (restriction.earliest, made_until) if at]
        if not restriction.catchup:
            days.append((datetime.now(UTC) - self._delay).date() - _DAY)
        if not days:
            return None
        interval = _whole(max(days))
        if restriction.latest and interval.start > restriction.latest:
            return None
        return DagRunInfo(run_after=interval.end + self._delay, data_interval=interval)


def _whole(day: date) -> DataInterval:
    start = instance(datetime.combine(day, time.min, UTC))
    return DataInterval(start, start + _DAY)


class NightsPlugin(AirflowPlugin):
    """Tells Airflow of the timetable, so that its database may name it."""

    name = "anpr_nights"
    timetables = [Nights]  # noqa: RUF012 - Airflow's own way
