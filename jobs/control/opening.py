"""The control database of a command: its settings, its permissions, its log on the console."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from jobs.control.database import open_control
from jobs.control.heads import OlderCopyError, require_newest_log
from jobs.runtime.permissions import set_umask
from jobs.runtime.redaction import configure_logging
from jobs.settings import Settings, load_settings

log = logging.getLogger(__name__)


def control_settings() -> Settings:
    """The settings, in force for the files and the log of this process too."""
    settings = load_settings()
    set_umask(settings.storage.umask)
    configure_logging()
    return settings


@contextmanager
def deciding() -> Iterator[Connection]:
    """A transaction that writes."""
    settings = control_settings()
    with open_control(settings) as control, control.deciding() as connection:
        require_newest_log(connection, settings)
        yield connection


@contextmanager
def reading(settings: Settings | None = None) -> Iterator[Connection]:
    """A look at one state; what is older than a head that was kept is shown, with a warning."""
    settings = settings or control_settings()
    with open_control(settings) as control, control.reading() as connection:
        try:
            require_newest_log(connection, settings)
        except OlderCopyError as error:
            log.warning("what follows is not what was decided: %s", error)
        yield connection
