"""The control database: where many may write at once, and nobody waits for a night.

Embedded in the lake's restricted zone with SQLite, or PostgreSQL by its URL alone.
"""

import logging
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError, OperationalError

from jobs.domain.errors import LakeError
from jobs.settings import Settings

log = logging.getLogger(__name__)

_WAIT_S = 60
_WRITES = "anprlake_writes"


class ControlError(LakeError):
    """The control database cannot be used; the message says why and what to do, and nothing that it holds."""


class Control:
    """An open control database, of the newest schema."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A look at one state of it."""
        with _told(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def deciding(self) -> Iterator[Connection]:
        """A transaction that writes, all of it or nothing."""
        with _told(), self._engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
            yield connection

    @contextmanager
    def outside_transactions(self) -> Iterator[Connection]:
        """For what a database does to itself."""
        with _told(), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection


@contextmanager
def open_control(settings: Settings) -> Iterator[Control]:
    """Open it; made where there is none, and brought to the newest schema.

    Raises:
        ControlError: it cannot be reached or is none, or the lake lies where SQLite cannot.
    """
    engine = _engine(settings)
    try:
        with _told():
            _migrate(engine)
        yield Control(engine)
    finally:
        engine.dispose()


@contextmanager
def looking(settings: Settings) -> Iterator[Connection | None]:
    """A look at one state of it; None where nobody has decided anything yet: a look makes no file.

    Raises:
        ControlError: it cannot be reached or is none.
    """
    file = _file(settings)
    if not settings.control.database and (file is None or not file.exists()):
        yield None
        return
    with open_control(settings) as control, control.reading() as connection:
        yield connection


def _file(settings: Settings) -> Path | None:
    """SQLite's file; None where the lake is on no disk of this machine."""
    root = settings.storage.root
    return None if "://" in root else Path(root) / "restricted/control/control.db"


def _engine(settings: Settings) -> Engine:
    if settings.control.database:
        return create_engine(settings.control.database, pool_pre_ping=True)
    file = _file(settings)
    if file is None:
        raise ControlError("control.database: the lake is on no disk of this machine: name a PostgreSQL database")
    file.parent.mkdir(parents=True, exist_ok=True)
    _keep_private(file, settings.storage.umask)
    engine = create_engine(f"sqlite:///{file}")
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _keep_private(file: Path, umask: str) -> None:
    """A copy that was put back may have come with the permissions of whoever made it."""
    for part in file.parent.glob(f"{file.name}*"):  # SQLite's journals, too
        try:
            mode = stat.S_IMODE(part.stat().st_mode)
            allowed = mode & ~int(umask, 8)
            if mode == allowed:
                continue
            part.chmod(allowed)
        except FileNotFoundError:  # a journal, which goes with the last that has the database open
            continue
        log.warning("%s could be used by others than storage.umask allows: it is %03o now", part.name, allowed)


def _prepare(connection: Any, _: object) -> None:  # noqa: ANN401 - SQLite's own, which has no stubs here
    """What was removed is overwritten; transactions begin where `_begin` says, and not where Python's driver thinks."""
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {_WAIT_S * 1000}", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON",
        "secure_delete = ON",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """One that will write takes the lock at once: two that read first and then write would block each other."""
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    writes = options.get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _told() -> Iterator[None]:
    """Errors of the database in one line, without the values of its statements."""
    try:
        yield
    except OperationalError as error:
        # SQLite's own words name no value; those of a server may.
        words = f": {error.orig}" if isinstance(error.orig, sqlite3.OperationalError) else ""
        raise ControlError(f"control.database cannot be used: {type(error.orig).__name__}{words}") from None
    except DatabaseError as error:
        raise ControlError(f"control.database is damaged, or none: {type(error.orig).__name__}") from None


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    head = ScriptDirectory.from_config(config).get_current_head()
    with engine.connect() as connection, connection.begin():
        known = MigrationContext.configure(connection).get_current_revision()
    if known == head:
        return
    with engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
        if connection.dialect.name == "postgresql":  # the others wait, and then find it done
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('anprlake'))"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
