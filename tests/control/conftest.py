"""Control databases: each test runs on SQLite and, where Debian's PostgreSQL is there, on that too."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from jobs.control.database import Control, open_control
from jobs.settings import Settings
from tests.factories import lake_settings

_NOBODY = {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}
"""PostgreSQL does not run as root."""


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a server's first database, less its name."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="anprlake-pg-", dir="/tmp"))
    folder.chmod(0o777)

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [found[-1].with_name(program), *arguments], check=True, capture_output=True, cwd=folder, **_NOBODY
        )

    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    try:
        run("initdb", "-D", str(folder / "data"), "-U", "anprlake", "-E", "UTF8", "--auth", "trust")
        run("pg_ctl", "-D", str(folder / "data"), "-l", str(folder / "log"), "-o", options, "-w", "start")
        yield f"postgresql+psycopg://anprlake@/{{}}?host={folder}"
        run("pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
