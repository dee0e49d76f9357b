"""The compliance report, each week: `governance/compliance.html`, and the same as data in `compliance.json`.

Runs on Mondays at 07:00 UTC, after the night and the purge, as of that day. Each purge renews the report too; this run is for
the weeks in which none did.

| task | does | when it fails |
|---|---|---|
| `report` | `anprlake report`: ages by table and place, purges with their certificates, holds, weeding, approvals, quality, hits that came to nothing, and each clause with the tests that prove it | its error names what is missing: the signing key or the control database; put that back and clear the task. What is wrong with the lake fails nothing: the page says so at its top, in red |

**What the page says in red**: data older than allowed, or still there after a purge: `dags/anpr_retention.py`. A damaged table: `anprlake doctor`.
The log is BROKEN: pause `anpr_retention` until it is known who changed it; `anprlake log verify` names the row. A certificate that is
not as it was signed: take that file from its backup, and look who has written it.

**Clauses that are not proved**: `report.tests` names the test report of this build, which `make test` leaves; without it nothing is proved.

**By hand**: `anprlake report`, or `airflow dags trigger anpr_compliance --conf '{"process_date": "2026-11-20"}'` with ages counted from that day.
"""

from datetime import UTC, datetime

from airflow.sdk import dag
from lake_task import AS_OF, DEFAULTS, TODAY, lake_task


@dag(
    schedule="0 7 * * 1",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    default_args=DEFAULTS,
    params=AS_OF,
    tags=["anpr", "retention"],
    doc_md=__doc__,
)
def anpr_compliance() -> None:
    """One task: the report."""
    lake_task("report", "--as-of", TODAY)


anpr_compliance()
