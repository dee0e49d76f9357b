"""The dates that a real scheduler gives to the commands; spark-submit is a script that notes what it was told."""

import os
import re
import signal
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 240
NOTED = re.compile(r"cli\.py (\S+) --\S+ (\S+) --run-id ([a-z]+)__")


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


# Commands of Airflow, a line each, in one process: each takes some seconds to start.
COMMANDS = """
import shlex, sys
from airflow.cli.cli_parser import get_parser
for line in filter(str.strip, sys.stdin):
    arguments = get_parser().parse_args(shlex.split(line))
    arguments.func(arguments)
"""


class Airflow:
    """Airflow with the project's environment, and with a spark-submit that only notes its arguments."""

    def __init__(self, folder):
        self.folder, self.port, self.running = folder, free_port(), []
        submit = folder / "bin/spark-submit"
        submit.parent.mkdir()
        submit.write_text(f'#!/bin/sh\necho "$*" >> {folder}/calls\n')
        submit.chmod(0o755)

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


@pytest.fixture(scope="module")
def scheduled(tmp_path_factory, days):
    """What the scheduler has run, at most until `WAIT_S` after its start, when it had these runs to make."""
    folder = tmp_path_factory.mktemp("scheduler")
    airflow, backfill = Airflow(folder), "backfill create --reprocess-behavior completed --dag-id"
    airflow.run("airflow db migrate")
    airflow.run(
        f"python -c '{COMMANDS}'",
        f"""
        pools set anpr_lake_writers 4 "more than one slot, as nothing is written"
        dags reserialize
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
        airflow.serve("dag-processor", "scheduler")
        airflow.wait(lambda: expected(days) <= noted(folder))
    finally:
        airflow.stop()
    return noted(folder)


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
