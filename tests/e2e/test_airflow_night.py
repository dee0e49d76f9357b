"""The night and the purge as Airflow runs them, one spark-submit a task, and what is left in its records."""

import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.domain.variables import AHEAD_VARIABLE
from tests.airflow_commands import SCRIPT
from tests.lake_contents import contents, files_as_text, rows_at

from .conftest import NIGHT
from .test_leaks import leaks, secrets  # noqa: F401 - a fixture

ROOT = Path(__file__).resolve().parents[2]


def airflow(environment: dict[str, str], *commands: str) -> str:
    """Run commands of Airflow with the project's own environment and return all that they printed."""
    script = f". conf/airflow/environment.sh; exec python -c '{SCRIPT}'"
    return succeed(["bash", "-c", script], environment, "\n".join(commands))


def succeed(command: list[str], environment: dict[str, str], lines: str = "") -> str:
    """Run a command, which may read some lines, and return all that it printed."""
    done = subprocess.run(
        command,
        env=environment,
        cwd=ROOT,
        input=lines.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    output = done.stdout.decode("utf-8", errors="replace")
    assert done.returncode == 0, output[-3000:]
    return output


@pytest.fixture(scope="module")
def airflow_night(simulated, first_night, tmp_path_factory):
    """Both DAGs run on a copy of the simulated landing folder, the purge as of the day on which all has expired."""
    folder = tmp_path_factory.mktemp("airflow_night")
    shutil.copytree(simulated / "landing", folder / "landing")
    places = {"ROOT": "lake", "LANDING": "landing", "SCRATCH": "scratch"}
    environment = os.environ | {f"ANPRLAKE_STORAGE__{key}": str(folder / name) for key, name in places.items()}
    environment["ANPRLAKE_STORAGE__TOKEN_KEY"] = first_night.settings.storage.token_key
    environment |= {f"ANPRLAKE_CONTROL__{key}": str(folder / key.lower()) for key in ("SIGNING_KEY", "HEADS")}
    environment |= {"AIRFLOW_HOME": str(folder / "airflow_home"), AHEAD_VARIABLE: "1"}
    environment["ANPRLAKE_ANALYTICS__WINDOWS_A_NIGHT"] = "1"  # each takes seconds, and another test's night builds all
    prepare = ("db migrate", "pools import conf/airflow/pools.json")
    night = airflow(environment, *prepare, f"""dags test anpr_nightly --conf '{{"process_date": "{NIGHT}"}}'""")
    reads = contents(str(folder / "lake"), _table("reads"))
    last = NIGHT + timedelta(days=730)
    agreed = succeed([sys.executable, "-m", "tests.agreement", str(last)], environment)
    purge = airflow(environment, f"""dags test anpr_retention --conf '{{"process_date": "{last}"}}'""")
    return folder, reads, f"{night}\n{agreed}\n{purge}"


def _table(name):
    from jobs.lake import tables

    return next(table for table in tables.CATALOGUE if table.full_name == f"restricted.{name}")


def test_the_dag_gives_the_same_reads_as_all_stages_in_one_session(airflow_night, first_night):
    _, reads, _ = airflow_night
    assert reads == contents(first_night.store.root, _table("reads"))


OF_OTHER_DATES = {"cameras", "hotlist", "hotlist_versions", "control", "quality.html"}


def test_two_years_later_nothing_is_left_but_the_proof(airflow_night, secrets):  # noqa: F811 - the fixture
    folder, _, _ = airflow_night
    for zone in ("restricted", "analytic"):
        for table in sorted((folder / "lake" / zone).iterdir()):
            if table.name not in OF_OTHER_DATES:
                assert rows_at(table) == [], table
                assert [path for path in table.rglob("*.parquet") if "_delta_log" not in path.parts] == []
    assert [path for path in (folder / "landing").rglob("*") if path.is_file()] == []
    ledger = rows_at(folder / "lake/governance/retention_ledger")
    assert sum(row["rows_removed"] for row in ledger) > 0
    page = (folder / "lake/governance/compliance.html").read_text()
    assert "No table holds data older than" in page
    assert "rows is as it was written, by 1 signed head(s)" in page
    assert not leaks(page, secrets)


def test_airflow_records_and_prints_no_plate_place_or_key(airflow_night, secrets):  # noqa: F811 - the fixture
    folder, _, printed = airflow_night
    assert "jobs.runtime.night" in printed
    assert leaks(printed, secrets) == []
    texts = list(files_as_text(folder / "airflow_home"))
    assert texts
    assert {str(path): leaks(text, secrets) for path, text in texts if leaks(text, secrets)} == {}


def test_no_working_file_is_left(airflow_night):
    folder, _, _ = airflow_night
    assert [path for path in (folder / "scratch").rglob("*") if path.is_file()] == []
