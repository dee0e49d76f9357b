"""Retention: what has expired goes.

Runs at 06:00 UTC, after the night, as of the day on which it runs. `purge` removes whole expired days of every table
and the files as received, takes the files off the disk (VACUUM), says so in the control database's log
and in its copy, `governance.retention_ledger`, signs the log and renews the compliance report.

| task | does | when it fails |
|---|---|---|
| `brake` | `anprlake retention brake`: whether the purge needs the approval of a second person; skipped where it needs none, or has it | its error names what cannot be read (`anprlake doctor`); mend that and clear it |
| `approval` | shows the plan and waits, at most seven days; skipped with `brake` | somebody has rejected it, or nobody has answered: nothing went. Data past its date is held: see that two people decide, and clear it, or from `brake` on |
| `purge` | copies what holds keep, removes what has expired on that day, looks for what may have been left, and certifies both | its error names each place of which something is left, all else is gone; mend that (`anprlake doctor`), and clear the task at once: data past its date is held unlawfully; a purge that is run again goes on where it was, and accounts for what went before. Where the scan found something, the certificate that the error names says what and where: remove that, and clear the task |

**A purge that waits**: what lets it go is a record in the control database, by two people: `anprlake retention request --as-of DAY`, then
`anprlake retention approve PLAN` by an authoriser. Approve on the page only ends the waiting: the purge looks for that record, and without it, or
where more would go than they agreed on, fails with one line that says so: clear the run from `brake` on. Reject ends the run. Each day's run has a plan of its own, so of several
that wait answer the one that was agreed on first; the others' purges then take what is left, or are rejected.

**Look first**: `anprlake retention plan --as-of 2026-11-20` shows what would go without doing it, and whether that needs an approval.

**By hand**: `airflow dags trigger anpr_retention`, as of today; with `--conf '{"process_date": "2026-11-20"}'` ages are
counted from that day.
"""

from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import dag
from airflow.sdk.bases.operator import chain
from airflow.task.trigger_rule import TriggerRule
from lake_task import AS_OF, DEFAULTS, TODAY, lake_task
from nights import Nights

_PLAN = "{{ ti.xcom_pull(task_ids='brake') }}"
_BODY = f"""What lets it go is a record in the control database, and not this page. One person asks for it,
`anprlake retention request --as-of {TODAY} --by STAFFNO --reason REASON`, and an authoriser, who is another one, approves the plan:
`anprlake retention approve PLAN --by STAFFNO`.

Then Approve has the purge look for that record; where there is none, or more would go, it removes nothing and fails. Reject fails this run."""


@dag(
    schedule=Nights(delay=timedelta(hours=6)),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    default_args=DEFAULTS,
    params=AS_OF,
    tags=["anpr", "retention"],
    doc_md=__doc__,
)
def anpr_retention() -> None:
    """The purge, once nobody has to approve it any more."""
    brake = BashOperator(
        task_id="brake", bash_command=f"anprlake retention brake --as-of {TODAY}", skip_on_exit_code=99
    )
    approval = ApprovalOperator(
        task_id="approval",
        subject=f"The purge as of {TODAY} needs the approval of a second person: {_PLAN}",
        body=_BODY,
        fail_on_reject=True,
        response_timeout=timedelta(days=7),
        execution_timeout=None,
        retries=0,  # an answer is one
    )
    chain(brake, approval, lake_task("purge", "--as-of", TODAY, trigger_rule=TriggerRule.NONE_FAILED))


anpr_retention()
