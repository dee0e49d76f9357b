"""Every DAG: it loads fast and light, says what to do when it fails, and never writes beside another."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.commands.retention import NOTHING_TO_APPROVE
from jobs.runtime.stage_names import Stage

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "dags"
STAGES = list(Stage)

_LOAD = """
import sys, time, json
from airflow.models.dagbag import DagBag
heavy = ("pyspark", "cv2", "paddle", "paddleocr", "great_expectations")
import airflow.providers.apache.spark.operators.spark_submit, airflow.sdk
import airflow.providers.standard.operators.bash, airflow.providers.standard.operators.empty
import airflow.providers.standard.operators.hitl
before = set(sys.modules)
began = time.process_time()
bag = DagBag(sys.argv[1], include_examples=False)
seconds = time.process_time() - began
print(json.dumps({
    "seconds": seconds, "errors": {str(k): str(v) for k, v in bag.import_errors.items()},
    "heavy": sorted({m.split(".")[0] for m in set(sys.modules) - before} & set(heavy)),
    "dags": {d.dag_id: {
        "doc": d.doc_md or "", "tags": sorted(d.tags), "catchup": d.catchup, "params": list(d.params),
        "timetable": type(d.timetable).__name__, "summary": d.timetable.summary,
        "tasks": {t.task_id: {
            "pool": t.pool, "retries": t.retries, "owner": t.owner, "downstream": sorted(t.downstream_task_ids),
            "trigger": t.trigger_rule.value, "arguments": getattr(t, "application_args", None),
            "application": getattr(t, "application", None), "bash": getattr(t, "bash_command", None),
            "skipped_by": list(getattr(t, "skip_on_exit_code", [])), "subject": getattr(t, "subject", None),
            "body": getattr(t, "body", None), "waits": str(getattr(t, "response_timeout", None)),
            "fails_on_reject": getattr(t, "fail_on_reject", None), "defaults": getattr(t, "defaults", None),
        } for t in d.tasks},
    } for d in bag.dags.values()},
}))
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """What Airflow makes of the DAG folder, in a process of its own, and without a database: none is asked."""
    home = tmp_path_factory.mktemp("airflow")
    environment = os.environ | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "conf/airflow/plugins"),
    }
    command = [sys.executable, "-c", _LOAD, str(DAGS)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, cwd=DAGS)
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_the_dags_load_without_errors(loaded):
    assert loaded["errors"] == {}
    assert set(loaded["dags"]) == {"anpr_nightly", "anpr_retention", "anpr_compliance", "anpr_log"}


def test_parsing_takes_less_than_two_seconds(loaded):
    assert loaded["seconds"] < 2


def test_no_dag_imports_spark_or_a_model(loaded):
    assert loaded["heavy"] == []


def test_the_stages_follow_one_another(loaded):
    tasks = loaded["dags"]["anpr_nightly"]["tasks"]
    for stage, following in zip(STAGES, [*STAGES[1:], "night_closed"], strict=True):
        assert following in tasks[stage]["downstream"]


def test_recovery_runs_only_after_a_failure_and_never_turns_the_night_green(loaded):
    tasks = loaded["dags"]["anpr_nightly"]["tasks"]
    assert tasks["recover"]["trigger"] == "one_failed"
    assert all("recover" in tasks[stage]["downstream"] for stage in STAGES)
    assert tasks["night_closed"]["trigger"] == "none_failed"
    assert "night_closed" in tasks["analyse"]["downstream"]


def test_every_task_that_writes_takes_the_one_slot_of_the_writers_pool(loaded):
    pools = json.loads((ROOT / "conf/airflow/pools.json").read_text())
    writers = [t for d in loaded["dags"].values() for t in d["tasks"].values() if t["arguments"]]
    assert {task["pool"] for task in writers} == {"anpr_lake_writers"}
    assert pools["anpr_lake_writers"]["slots"] == 1


def test_every_task_is_one_command_for_an_explicit_date(loaded):
    for dag in loaded["dags"].values():
        for name, task in dag["tasks"].items():
            if task["arguments"]:
                assert task["arguments"][0] == name
                assert task["arguments"][1] == ("--as-of" if name in {"purge", "report"} else "--process-date")
                assert "params.process_date or" in task["arguments"][2]
                assert Path(task["application"]) == ROOT / "jobs/cli.py"


def test_every_dag_has_a_runbook_tags_owner_retries_and_whole_days(loaded):
    for name, dag in loaded["dags"].items():
        assert "when it fails" in dag["doc"], name
        assert "anpr" in dag["tags"]
        is_of_a_day = name != "anpr_log"
        assert (dag["timetable"] == "Nights") == (name in {"anpr_nightly", "anpr_retention"})
        assert ("process_date" in dag["params"]) == is_of_a_day
        assert not dag["catchup"]
        commands = [task for task in dag["tasks"].values() if task["arguments"] or not is_of_a_day]
        assert commands
        assert all(task["retries"] >= 1 and task["owner"] == "data-engineering" for task in commands)


@pytest.mark.parametrize("name", ["anpr_nightly", "anpr_retention"])
def test_the_runbook_names_every_task(loaded, name):
    dag = loaded["dags"][name]
    assert all(f"`{task}`" in dag["doc"] for task in dag["tasks"])


def test_the_purge_comes_after_the_brake_and_its_approval_and_runs_unless_one_of_them_failed(loaded):
    tasks = loaded["dags"]["anpr_retention"]["tasks"]
    brake, approval, purge = tasks["brake"], tasks["approval"], tasks["purge"]
    assert (brake["downstream"], approval["downstream"]) == (["approval"], ["purge"])
    assert (brake["trigger"], approval["trigger"], purge["trigger"]) == ("all_success", "all_success", "none_failed")


def test_the_brake_reads_and_the_approval_waits_without_the_slot_of_the_writers(loaded):
    tasks = loaded["dags"]["anpr_retention"]["tasks"]
    assert (tasks["brake"]["pool"], tasks["approval"]["pool"]) == ("default_pool", "default_pool")
    assert tasks["brake"]["bash"] == f"anprlake retention brake --as-of {tasks['purge']['arguments'][2]}"
    assert tasks["brake"]["skipped_by"] == [NOTHING_TO_APPROVE]


def test_an_approval_that_is_rejected_or_never_comes_fails_and_is_not_asked_for_again(loaded):
    approval = loaded["dags"]["anpr_retention"]["tasks"]["approval"]
    assert (approval["fails_on_reject"], approval["waits"], approval["defaults"]) == (True, "7 days, 0:00:00", None)
    assert approval["retries"] == 0
    assert "xcom_pull(task_ids='brake')" in approval["subject"]
    assert "anprlake retention approve" in approval["body"]


def test_the_head_of_the_log_is_signed_each_hour_and_waits_for_no_writer(loaded):
    (task,) = loaded["dags"]["anpr_log"]["tasks"].values()
    assert (task["bash"], task["pool"]) == ("anprlake log head", "default_pool")
    assert loaded["dags"]["anpr_log"]["timetable"] == "CronTriggerTimetable"


def test_the_compliance_report_is_made_each_week_as_of_the_day_on_which_it_runs(loaded):
    dag = loaded["dags"]["anpr_compliance"]
    (task,) = dag["tasks"].values()
    assert task["arguments"][:2] == ["report", "--as-of"]
    assert "dag_run.run_after" in task["arguments"][2]
    assert dag["timetable"] == "CronTriggerTimetable"
    assert dag["summary"] == "0 7 * * 1"
