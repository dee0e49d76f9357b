"""Control databases: each test runs on SQLite and, where Debian's PostgreSQL is there, on that too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from jobs.control.database import Control, open_control
from jobs.settings import Settings
from tests.factories import lake_settings


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a lake whose control database is not made yet."""
    url = ""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
        name = f"t{abs(hash(request.node.nodeid)):x}"
        engine = create_engine(server.format("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        url = server.format(name)
    return lake_settings(tmp_path, CONTROL__DATABASE=url)


@pytest.fixture
def control(settings: Settings) -> Iterator[Control]:
    """An open one."""
    with open_control(settings) as opened:
        yield opened
