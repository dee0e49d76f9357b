"""Whether a lake is the newest there is: an older copy would answer what was erased since.

After each purge, erasure and correction the log says at which version every table then is. A table that is at a lower
one was put back from a copy.
"""

from sqlalchemy import Connection

from jobs.control.database import looking
from jobs.control.heads import OlderCopyError, require_newest_log
from jobs.control.log import Entry, append, last_entry
from jobs.lake.damage import DamagedTableError
from jobs.lake.store import Store
from jobs.lake.tables import CATALOGUE, Table
from jobs.settings import Settings

LAKE_STATE = "lake_state"


def state_of(store: Store) -> dict[str, tuple[str, int, str | None]]:
    """Id, version and digest of its commit of all tables that can be read, by name.

    One that was made anew has another id; one that was put back and written to since has another commit there.
    """
    found = {}
    for table in CATALOGUE:
        try:
            if store.exists(table):
                name, version = store.identity(table)
                found[table.full_name] = (name, version, store.commit_digest(table, version))
        except DamagedTableError:  # that is the doctor's business
            continue
    return found


def note_state(connection: Connection, store: Store, *, is_mended: bool = False) -> None:
    """Have the log say at which version the tables are, now that something has gone for good.

    Not of an older copy, before it is mended: all that the log knows of was removed from it again.
    """
    if older_tables(connection, store) and not is_mended:
        return
    append(connection, [Entry(LAKE_STATE, {"tables": state_of(store)})])


def older_tables(connection: Connection, store: Store) -> list[str]:
    """Names of tables that are not what the log has seen them to be, or came of it."""
    payload = last_entry(connection, LAKE_STATE)
    then = payload["tables"] if payload else {}
    known = [table for table in CATALOGUE if table.full_name in then]
    return [table.full_name for table in known if _is_older(store, table, *then[table.full_name])]


def _is_older(store: Store, table: Table, known: str, version: int, digest: str | None) -> bool:
    then = store.commit_digest(table, version)
    if then is not None and then == digest:  # the usual case, asked by every command: no table is opened for it
        return False
    try:
        if not store.exists(table):
            return False
        name, now = store.identity(table)
    except DamagedTableError:
        return False
    if name != known:
        return False
    return now < version or (then is not None and digest is not None and then != digest)


def require_newest(settings: Settings, store: Store, *, but_tables: bool = False) -> None:
    """Nothing is told of a lake that was put back from a copy, until it has been purged and its erasures done again.

    Args:
        settings: of the lake.
        store: its tables.
        but_tables: the database alone: of what brings the tables up to date.

    Raises:
        OlderCopyError: one of the two is an older copy.
    """
    with looking(settings) as connection:
        require_newest_log(connection, settings)
        if but_tables or connection is None:
            return
        if older := older_tables(connection, store):
            raise OlderCopyError(
                f"{', '.join(older)} is an older copy than the log knows: what was removed since would be there again; "
                "anprlake purge --as-of today removes it, and does the erasures again"
            )
