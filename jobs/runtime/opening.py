"""Opening a lake: its settings, its log, its tables, its lock, and Spark when it is needed."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from importlib import import_module
from threading import Thread

from pyspark.sql import SparkSession

from jobs.control.lake_state import require_newest
from jobs.lake.lock import only_writer
from jobs.lake.store import Store
from jobs.runtime.night import Night
from jobs.runtime.permissions import set_umask
from jobs.runtime.redaction import configure_logging
from jobs.runtime.session import build_session
from jobs.settings import Settings, load_settings


@contextmanager
def open_store(app_name: str, *, gated: bool = False, older_tables: bool = False) -> Iterator[tuple[Store, Settings]]:
    """The tables; settings first, so that a wrong one is told before any work.

    Args:
        app_name: what Spark calls the session, if one is needed.
        gated: what is written goes through Great Expectations.
        older_tables: also of a lake that was put back from a copy: for what mends that.

    Raises:
        OlderCopyError: lake or control database are a copy of before.
    """
    settings = load_settings()
    set_umask(settings.storage.umask)
    configure_logging()
    with ExitStack() as stack:

        def session() -> SparkSession:
            if gated:
                # It takes as long to import as Spark takes to start: one core each.
                Thread(target=import_module, args=("great_expectations",), daemon=True).start()
            spark = build_session(settings, f"anprlake {app_name}")
            stack.callback(spark.stop)
            return spark

        store = Store(session, settings.storage.root)
        require_newest(settings, store, but_tables=older_tables)
        yield store, settings


@contextmanager
def open_night(
    app_name: str,
    process_date: date,
    run_id: str = "",
    *,
    writes: bool = True,
    gated: bool = False,
    older_tables: bool = False,
) -> Iterator[Night]:
    """A run for a night; one that writes is the only one to do so, from here to its end.

    Raises:
        SettingsError: the retention profile is not in force yet on that day.
    """
    with open_store(app_name, gated=gated, older_tables=older_tables) as (store, settings), ExitStack() as stack:
        if writes:
            settings.retention.require_in_force(process_date)
            who, wait_seconds = f"{app_name} {process_date}", settings.writers.wait_seconds
            stack.enter_context(only_writer(settings.storage.root, who, wait_seconds))
        yield Night(store, settings, process_date, run_id or uuid.uuid4().hex)
