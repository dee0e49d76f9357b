"""A small simulated network with known truth, and whole nights on it."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.control.database import open_control
from jobs.lake.store import Store
from jobs.runtime.night import Night, run_job
from jobs.runtime.stages import STAGES
from jobs.settings import Settings
from jobs.simulate import SimulationOptions, simulate
from tests.factories import lake_settings, staff

NIGHT = date(2026, 11, 20)
TODAY = datetime.now(UTC).date()
SMALL = SimulationOptions(
    last_day=NIGHT,
    days=3,
    reads_per_day=500,
    clips=1,
    clip_seconds=10.0,
    fixed_cameras=8,
    convoys=1,
    clones=1,
    hotlist=10,
)


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with landing/ and truth/ of three days."""
    folder = tmp_path_factory.mktemp("simulated")
    simulate(folder / "landing", folder / "truth", SMALL)
    return folder


@pytest.fixture(scope="session")
def truth(simulated: Path) -> Callable[[str], list[dict]]:
    """Rows of a truth file by its name."""
    return lambda name: [json.loads(line) for line in (simulated / "truth" / name).read_text().splitlines()]


def settings_for(folder: Path, landing: Path, **more: str) -> Settings:
    """Settings of a lake in `folder` that takes in `landing`."""
    own = {"STORAGE__LANDING": str(landing), "STORAGE__TOKEN_KEY": str(folder.parent / "token.key")}
    return lake_settings(folder, **(own | more))


def run_night(spark: SparkSession, settings: Settings, run_id: str = "first", night: date = NIGHT) -> Night:
    """All stages of a night, each recorded in `governance.runs`."""
    context = Night(Store(lambda: spark, settings.storage.root), settings, night, run_id)
    for name, job in STAGES.items():
        run_job(context, name, job)
    return context


@pytest.fixture(scope="session")
def first_night(spark: SparkSession, simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The night with everything, run once; tests read it and leave it as it is."""
    folder = tmp_path_factory.mktemp("everything")
    shutil.copytree(simulated / "landing", folder / "landing")
    return run_night(spark, settings_for(folder, folder / "landing"))


@pytest.fixture
def lake(spark: SparkSession, first_night: Night, tmp_path: Path) -> Night:
    """A copy of that lake and its landing folder, to do with as one likes, and people who may decide."""
    root = Path(first_night.store.root).parent
    shutil.copytree(root, tmp_path / "everything")
    shutil.copy(root.parent / "token.key", tmp_path / "token.key")
    settings = settings_for(tmp_path / "everything", tmp_path / "everything/landing")
    with open_control(settings) as control, control.deciding() as connection:
        staff(connection, TODAY)
    return replace(first_night, settings=settings, store=Store(lambda: spark, settings.storage.root))
