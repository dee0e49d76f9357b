"""One Spark session for all tests, and a lake of its own for each test that wants one."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.lake.store import Store
from jobs.runtime.night import Night
from jobs.runtime.redaction import configure_logging
from jobs.runtime.session import build_session
from jobs.settings import Settings, load_settings

NIGHT = date(2026, 11, 20)
_SLOW = {"cluster", "dags", "e2e", "simulate", "training"}
"""Folders of tests that take seconds each."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the tests' own."""
    parser.addoption("--renew-golden", action="store_true", help="write what tests/golden compares with anew")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what starts Spark, Airflow or a network: `make test-fast` leaves it out."""
    for item in items:
        slow = any(part in _SLOW for part in item.path.parts) or "spark" in getattr(item, "fixturenames", ())
        if slow and item.get_closest_marker("slow") is None:
            item.add_marker(pytest.mark.slow)


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
    places = {"ROOT": "lake", "LANDING": "landing", "SCRATCH": "scratch", "TOKEN_KEY": "token.key"}
    return load_settings(environment={f"ANPRLAKE_STORAGE__{key}": str(tmp_path / name) for key, name in places.items()})


@pytest.fixture
def night(spark: SparkSession, settings: Settings) -> Night:
    """A run for the night of 20 November 2026 on an empty lake."""
    return Night(Store(lambda: spark, settings.storage.root), settings, NIGHT, "test-run")
