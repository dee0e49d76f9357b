"""Retention: what has expired goes.

Runs at 06:00 UTC, after the night, as of the day on which it runs. `purge` removes whole expired days of every table
and the files as received, takes the files off the disk (VACUUM), says so in the control database's log
and in its copy, `governance.retention_ledger`, signs the log and renews the compliance report.

| task | does | when it fails |
|---|---|---|
| `purge` | copies what holds keep, removes what has expired on that day, looks for what may have been left, and certifies both | its error names each place of which something is left, all else is gone; mend that (`anprlake doctor`), and clear the task at once: data past its date is held unlawfully; a purge that is run again goes on where it was, and accounts for what went before. Where the scan found something, the certificate that the error names says what and where: remove that, and clear the task |

**Look first**: `anprlake retention plan --as-of 2026-11-20` shows the same without doing it, and whether it needs the approval of
a second person: then the task fails with one line that says so, and is cleared once `anprlake retention request` and `approve` were
run.

**By hand**: `airflow dags trigger anpr_retention`, as of today; with `--conf '{"process_date": "2026-11-20"}'` ages are
counted from that day.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import Param, dag
from lake_task import DEFAULTS, TODAY, lake_task
from nights import Nights


@dag(
    schedule=Nights(delay=timedelta(hours=6)),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    default_args=DEFAULTS,
    params={"process_date": Param(None, type=["null", "string"], format="date", description="as of, YYYY-MM-DD")},
    tags=["anpr", "retention"],
    doc_md=__doc__,
)
def anpr_retention() -> None:
    """One task: the purge."""
    lake_task("purge", "--as-of", TODAY)


anpr_retention()
