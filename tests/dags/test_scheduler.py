"""The dates that a real scheduler gives to the commands, and purges that wait for an approval.

spark-submit is a script that notes what it was told, and anprlake one that knows of two purges which need approval.
"""

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.airflow_commands import SCRIPT

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 240
OF_PURGES = "/api/v2/dags/anpr_retention/dagRuns"
NOTED = re.compile(r"cli\.py (\S+) --\S+ (\S+) --run-id ([a-z]+)__")


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Airflow:
    """Airflow with the project's environment, and with scripts in place of the commands."""

    def __init__(self, folder, **scripts):
        self.folder, self.port, self.running, self.token = folder, free_port(), [], ""
        (folder / "bin").mkdir()
        for name, script in scripts.items():
            command = folder / "bin" / name.replace("_", "-")
            command.write_text(f"#!/bin/sh\n{script}\n")
            command.chmod(0o755)

    def start(self, command, lines=""):
        script = f"""
            . conf/airflow/environment.sh
            export AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION=False AIRFLOW__API__PORT={self.port}
            export AIRFLOW__CORE__EXECUTION_API_SERVER_URL=http://127.0.0.1:{self.port}/execution/
            export AIRFLOW__API__WORKERS=1 AIRFLOW__CORE__PARALLELISM=2 PATH="{self.folder}/bin:$PATH"
            exec {command}"""
        environment = os.environ | {"AIRFLOW_HOME": str(self.folder / "home")}
        with (self.folder / "log").open("a") as log:
            process = subprocess.Popen(
                ["bash", "-ec", script], env=environment, cwd=ROOT, text=True, start_new_session=True,
                stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        process.stdin.write(lines)
        process.stdin.close()
        return process

    def run(self, command, lines=""):
        assert self.start(command, lines).wait() == 0, self.log()

    def serve(self, *commands):
        self.running += [self.start(f"airflow {command}") for command in commands]

    def wait(self, done):
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end and not done():
            assert all(process.poll() is None for process in self.running), self.log()
            time.sleep(0.5)

    def answers(self):
        with socket.socket() as port:
            return port.connect_ex(("127.0.0.1", self.port)) == 0

    def ask(self, path, method="GET", **content):
        """What the page's own interface answers."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            data=json.dumps(content).encode() if content else None,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
            return json.load(response)

    def log_in(self):
        self.token = self.ask("/auth/token")["access_token"]

    def waiting(self):
        """The approvals that nobody has given: what is shown of each, by run."""
        details = self.ask(f"{OF_PURGES}/~/hitlDetails?response_received=false")["hitl_details"]
        return {detail["task_instance"]["dag_run_id"]: detail for detail in details}

    def answer(self, run, option):
        path = f"{OF_PURGES}/{run}/taskInstances/approval/-1/hitlDetails"
        self.ask(path, "PATCH", chosen_options=[option])

    def states(self, run):
        """The state of each task of a purge."""
        tasks = self.ask(f"{OF_PURGES}/{run}/taskInstances")["task_instances"]
        return {task["task_id"]: task["state"] for task in tasks}

    def stop(self):
        for process in reversed(self.running):
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)

    def log(self):
        return (self.folder / "log").read_text()[-3000:]


def noted(folder):
    """Task, date and kind of run of every call so far."""
    calls = folder / "calls"
    return {match.groups() for match in NOTED.finditer(calls.read_text())} if calls.exists() else set()


@pytest.fixture(scope="module")
def days():
    """The day `n` days ago, as of `now` and of some hours before it."""
    now = datetime.now(UTC)
    yield lambda ago, hours=0: str((now - timedelta(days=ago, hours=hours)).date())
    if datetime.now(UTC).date() != now.date():
        pytest.skip("a day ended meanwhile")


PLAN = "plan 0123456789abcdef: it would remove 9.9% of all rows"


@pytest.fixture(scope="module")
def airflow(tmp_path_factory, days):
    """A scheduler and what it needs, with these runs to make; the purges of 40 and 50 days ago need an approval."""
    folder = tmp_path_factory.mktemp("scheduler")
    brake = f"""
        [ "$1 $2" = "retention brake" ] || exit 1
        case "$4" in {days(40)} | {days(50)}) echo "{PLAN}" ;; *) exit 99 ;; esac"""
    airflow = Airflow(folder, spark_submit=f'echo "$*" >> {folder}/calls', anprlake=brake)
    backfill = "backfill create --reprocess-behavior completed --dag-id"
    airflow.run(
        f"python -c '{SCRIPT}'",
        f"""
        db migrate
        pools set anpr_lake_writers 4 "more than one slot, as nothing is written"
        dags reserialize
        dags trigger anpr_retention --run-id agreed__ --conf '{{"process_date": "{days(40)}"}}'
        dags trigger anpr_retention --run-id rejected__ --conf '{{"process_date": "{days(50)}"}}'
        {backfill} anpr_nightly --from-date {days(10)} --to-date {days(8)}
        {backfill} anpr_retention --from-date {days(10)} --to-date {days(10)}
        dags trigger anpr_nightly
        dags trigger anpr_nightly --run-id typed__ --logical-date {days(20)}
        dags trigger anpr_retention
        dags trigger anpr_nightly --run-id given__ --conf '{{"process_date": "{days(30)}"}}'
        dags trigger anpr_retention --run-id given__ --conf '{{"process_date": "{days(30)}"}}'
        """,
    )
    try:
        airflow.serve("api-server")
        airflow.wait(airflow.answers)
        airflow.log_in()
        airflow.serve("dag-processor", "scheduler", "triggerer")
        yield airflow
    finally:
        airflow.stop()


@pytest.fixture(scope="module")
def scheduled(airflow, days):
    """What the scheduler has run of itself, at most until `WAIT_S` after its start."""
    airflow.wait(lambda: expected(days) <= noted(airflow.folder) and len(airflow.waiting()) == len(NEED_APPROVAL))
    return noted(airflow.folder)


@pytest.fixture(scope="module")
def approvals(airflow, scheduled):  # noqa: ARG001 - after it
    """The approvals as they were shown, and the tasks' states before and after somebody answered."""
    shown = airflow.waiting()
    before = {run: airflow.states(run) for run in NEED_APPROVAL}
    for run, option in NEED_APPROVAL.items():
        airflow.answer(run, option)
    airflow.wait(lambda: all(airflow.states(run)["purge"] in {"success", "upstream_failed"} for run in NEED_APPROVAL))
    return shown, before, {run: airflow.states(run) for run in NEED_APPROVAL}


NEED_APPROVAL = {"agreed__": "Approve", "rejected__": "Reject"}


def expected(days):
    nights = {("backfill", days(10)), ("backfill", days(9)), ("backfill", days(8)), ("manual", days(1))}
    nights |= {("typed", days(20)), ("given", days(30)), ("scheduled", days(1, hours=2))}
    purges = {("backfill", days(9)), ("manual", days(0)), ("given", days(30)), ("scheduled", days(0, hours=6))}
    return {("ingest", day, kind) for kind, day in nights} | {("purge", day, kind) for kind, day in purges}


def test_each_run_of_the_night_is_for_the_night_that_was_asked_for(scheduled, days):
    """Both ends of a backfill; the last whole night by schedule and by hand; a given one."""
    assert {call for call in scheduled if call[0] == "ingest"} == {c for c in expected(days) if c[0] == "ingest"}


def test_each_purge_is_as_of_the_day_on_which_it_runs(scheduled, days):
    assert {call for call in scheduled if call[0] == "purge"} == {c for c in expected(days) if c[0] == "purge"}


def test_a_purge_that_needs_an_approval_shows_its_plan_and_waits(scheduled, approvals):
    shown, before, _ = approvals
    assert set(shown) == set(NEED_APPROVAL)
    assert all(detail["subject"].endswith(PLAN) for detail in shown.values())
    assert all("anprlake retention request --as-of 2" in detail["body"] for detail in shown.values())
    waiting = {"brake": "success", "approval": "deferred", "purge": None}
    assert before == dict.fromkeys(NEED_APPROVAL, waiting)
    assert not {kind for _, _, kind in scheduled} & {"agreed", "rejected"}


def test_the_purge_runs_once_it_is_approved_and_never_once_it_is_rejected(airflow, approvals, days):
    _, _, after = approvals
    assert after["agreed__"] == {"brake": "success", "approval": "success", "purge": "success"}
    assert after["rejected__"] == {"brake": "success", "approval": "failed", "purge": "upstream_failed"}
    called = {call for call in noted(airflow.folder) if call[2] in {"agreed", "rejected"}}
    assert called == {("purge", days(40), "agreed")}


@pytest.mark.usefixtures("scheduled")
def test_where_no_approval_is_needed_nobody_is_asked(airflow):
    assert airflow.states("given__") == {"brake": "skipped", "approval": "skipped", "purge": "success"}
