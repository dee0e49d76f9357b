"""A PostgreSQL server for tests, of Debian's package."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_NOBODY = {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}
"""PostgreSQL does not run as root."""


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URLs of its databases: put the name into it with `format`."""
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
