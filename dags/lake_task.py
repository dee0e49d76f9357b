"""How a DAG of this lake runs one `anprlake` command: the one place that says so."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import Param

POOL = "anpr_lake_writers"
DEFAULTS = {
    "owner": "data-engineering",
    "retries": 2,
    "retry_delay": timedelta(minutes=5),
    "execution_timeout": timedelta(hours=12),
}
_DATE = {"type": ["null", "string"], "format": "date"}
FOR_NIGHT = {"process_date": Param(None, **_DATE, description="the night, YYYY-MM-DD")}
AS_OF = {"process_date": Param(None, **_DATE, description="as of, YYYY-MM-DD")}
# The day whose arrivals are taken in: given when triggered by hand, else the run's own.
NIGHT = "{{ params.process_date or night_of(dag_run.logical_date, dag_run.run_after) }}"
TODAY = "{{ params.process_date or (dag_run.run_after | ds) }}"

_COMMAND = Path(__file__).resolve().parents[1] / "jobs" / "cli.py"


def lake_task(stage: str, *date: str, **options: Any) -> SparkSubmitOperator:  # noqa: ANN401 - options of Airflow's BaseOperator
    """A task that runs `anprlake <stage>` through spark-submit, with the option `date` and its value.

    Its retries take the same pool slot, so that two writers of one table never overlap.
    """
    return SparkSubmitOperator(
        task_id=stage,
        conn_id="spark_default",
        application=str(_COMMAND),
        application_args=[stage, *date, "--run-id", "{{ run_id }}"],
        name=f"anprlake {stage}",
        verbose=False,
        pool=POOL,
        **options,
    )
