"""What was decided about hot-list entries, with what the lists say of them."""

from typing import TYPE_CHECKING

from jobs.domain.weeding import Weeding
from jobs.lake.store import Store
from jobs.lake.tables import HOTLIST

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection


def weeding(store: Store, look: "Callable[[], AbstractContextManager[Connection | None]]") -> Weeding:
    """Entries about which something was decided; none where there is no control database."""
    from jobs.control.weeding import decisions

    with look() as connection:
        found = decisions(connection) if connection else {}
    return Weeding(found, store.rows_with(HOTLIST, "entry_id", found, "entry_id", "version", "weed_date"))
