"""How a DAG of this lake runs one `anprlake` command: the one place that says so."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator

POOL = "anpr_lake_writers"
DEFAULTS = {
    "owner": "data-engineering",
    "retries": 2,
    "retry_delay": timedelta(minutes=5),
    "execution_timeout": timedelta(hours=12),
}
# The day whose arrivals are taken in: given when triggered by hand, else the start of the run's data interval.
PROCESS_DATE = "{{ params.process_date or (data_interval_start | ds) }}"

_COMMAND = Path(__file__).resolve().parents[1] / "jobs" / "cli.py"


def lake_task(stage: str, date_option: str = "--process-date", **options: Any) -> SparkSubmitOperator:  # noqa: ANN401 - options of Airflow's BaseOperator
    """A task that runs `anprlake <stage>` for the run's process date through spark-submit.

    Its retries take the same pool slot, so that two writers of one table never overlap.
    """
    return SparkSubmitOperator(
        task_id=stage,
        conn_id="spark_default",
        application=str(_COMMAND),
        application_args=[stage, date_option, PROCESS_DATE, "--run-id", "{{ run_id }}"],
        name=f"anprlake {stage}",
        verbose=False,
        pool=POOL,
        **options,
    )
