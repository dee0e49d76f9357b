"""The log of decisions and deletions: its head is signed each hour, and put where nobody of this machine can change it.

What came after the newest head that lies off the machine is protected by nothing (README, "Who decides").

| task | does | when it fails |
|---|---|---|
| `head` | `anprlake log head`: signs the log as it is, and writes the head to `control.heads` | its error names what cannot be written, or that the signing key is missing or another one: put that back from its backup, or take a new one (`anprlake log new-key --by <staff number of a grantor>`), and clear the task |

**By hand**: `anprlake log head`; `anprlake log verify` works the log out anew from its rows, against every head that was kept.
"""

from datetime import UTC, datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import dag
from lake_task import DEFAULTS


@dag(
    schedule="@hourly",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    default_args=DEFAULTS,
    tags=["anpr", "retention"],
    doc_md=__doc__,
)
def anpr_log() -> None:
    """One task, which needs no Spark and waits for no night."""
    BashOperator(task_id="head", bash_command="anprlake log head")


anpr_log()
