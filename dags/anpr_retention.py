"""Retention: what has expired goes.

Runs at 06:00 UTC, after the night. `purge` removes whole expired days of every table and the files as received, takes
the files off the disk (VACUUM), writes a sealed entry a table into `governance.retention_ledger`, and renews the
compliance page.

| task | does | when it fails |
|---|---|---|
| `purge` | removes what has expired on the process date | clear it at once: data past its date is held unlawfully; a purge that is run again goes on where it was |

**Look first**: `anprlake purge --as-of 2026-11-20 --dry-run` shows the same without doing it.

**As of another day**: trigger it with the parameter `process_date`. Ages are counted from that day.
"""

from datetime import UTC, datetime

from airflow.sdk import Param, dag
from airflow.timetables.interval import CronDataIntervalTimetable
from lake_task import DEFAULTS, lake_task


@dag(
    schedule=CronDataIntervalTimetable("0 6 * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    default_args=DEFAULTS,
    params={"process_date": Param(None, type=["null", "string"], format="date", description="as of, YYYY-MM-DD")},
    tags=["anpr", "retention"],
    doc_md=__doc__,
)
def anpr_retention() -> None:
    """One task: the purge."""
    lake_task("purge", "--as-of")


anpr_retention()
