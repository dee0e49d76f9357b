"""One Spark session for all tests, and a lake of its own for each test that wants one."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pyspark.sql import SparkSession
from xdist.scheduler import LoadScopeScheduling

from jobs.lake.store import Store
from jobs.runtime.night import Night
from jobs.runtime.redaction import configure_logging
from jobs.runtime.session import build_session
from jobs.settings import Settings, load_settings
from tests.factories import lake_settings

pytest_plugins = ["tests.postgresql"]

# How long an example takes says what runs beside the tests.
hypothesis_settings.register_profile("anprlake", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("anprlake")

NIGHT = date(2026, 11, 20)
_SLOW = {"cluster", "dags", "e2e", "simulate", "training"}
"""Folders of tests that take seconds each."""
_FIRST = ("e2e", "backfill")
"""Folders of tests that share what takes minutes to make, the longest first."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the tests' own."""
    parser.addoption("--renew-golden", action="store_true", help="write what tests/golden compares with anew")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what starts Spark, Airflow or a network: `make test-fast` leaves it out; what takes longest begins first."""
    for item in items:
        slow = any(part in _SLOW for part in item.path.parts) or "spark" in getattr(item, "fixturenames", ())
        if slow and item.get_closest_marker("slow") is None:
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: _FIRST.index(folder) if (folder := item.path.parent.name) in _FIRST else len(_FIRST))


class _ByFolderOrFile(LoadScopeScheduling):
    """What shares a lake that takes minutes to make goes to one process together, else the tests of a file."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = Path(file).parent.name
        return folder if folder in _FIRST else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Which tests each of the processes of `make test` gets."""
    return _ByFolderOrFile(config, log)


@pytest.fixture(scope="session", autouse=True)
def _no_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Heads and keys of a demo that was run here are none of a test's lake."""
    folder = tmp_path_factory.mktemp("control")
    with pytest.MonkeyPatch.context() as patch:
        for key in ("SIGNING_KEY", "SUPPRESSION_KEY", "HEADS"):
            patch.setenv(f"ANPRLAKE_CONTROL__{key}", str(folder / key.lower()))
        yield


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A small session with two shuffle partitions."""
    configure_logging()
    scratch = tmp_path_factory.mktemp("scratch")
    settings = load_settings(environment={"ANPRLAKE_STORAGE__SCRATCH": str(scratch)})
    session = build_session(settings, "anprlake tests", {"spark.sql.shuffle.partitions": "2"})
    yield session
    session.stop()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a lake below the test's own folder."""
    return lake_settings(tmp_path)


@pytest.fixture
def night(spark: SparkSession, settings: Settings) -> Night:
    """A run for the night of 20 November 2026 on an empty lake."""
    return Night(Store(lambda: spark, settings.storage.root), settings, NIGHT, "test-run")
