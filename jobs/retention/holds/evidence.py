"""What holds keep is copied into the evidence zone before a purge takes it: rows, lines as received, and footage.

A hold that is placed while this is at work is served too: only when there is none that it does not know does the purge
say, under the lock that `hold add` takes, what it destroys.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from py4j.protocol import Py4JJavaError

from jobs.control import responses
from jobs.control.database import Control
from jobs.control.destructions import begin_destroying
from jobs.control.holds import Hold, holds
from jobs.ingest.landing import list_held
from jobs.lake.tables import PLATE_IMAGES, SIGHTINGS
from jobs.retention.expired import CANNOT, FEEDS_PLACE, FOOTAGE_PLACE
from jobs.retention.holds.held_days import FINDINGS
from jobs.retention.holds.keeper import OF_DAYS, Keeper, known_files
from jobs.retention.places import Place, last_day_of
from jobs.runtime.night import Night
from jobs.runtime.redaction import describe

log = logging.getLogger(__name__)


def keep_evidence(night: Night, control: Control, places: Iterable[Place]) -> dict[str, str]:
    """Copy what holds keep of all that has expired, until no hold is left that came meanwhile; then let it go.

    Args:
        night: `process_date` is the day as of which ages are counted.
        control: the control database.
        places: from which what has expired is about to go.

    Returns:
        Why places must stay as they are, by their names: what holds need of them could not be copied.
    """
    known: set[str] = set()
    errors: dict[str, str] = {}
    until = {place.name: last_day_of(night, place) for place in places}
    while True:
        with control.reading() as connection:
            new = [hold for hold in holds(connection, in_force=True) if hold.hold_id not in known]
        if new:
            errors |= _copied(night, new)
        known |= {hold.hold_id for hold in new}
        going = {name: last_day for name, last_day in until.items() if name not in errors}
        with control.deciding() as connection:
            if begin_destroying(connection, going, night.run_id, known):
                return errors


def _copied(night: Night, new: Sequence[Hold]) -> dict[str, str]:
    """Copy what some holds keep; errors by the places that they bear on."""
    keeper = Keeper(night, new)
    errors: dict[str, str] = {}
    parts: tuple[tuple[Callable[[], None], Sequence[str]], ...] = (
        (keeper.findings, [table.full_name for table, _ in FINDINGS]),
        (keeper.days, [*(table.full_name for table in OF_DAYS), responses.PLACE]),
        (keeper.pictures, [PLATE_IMAGES.full_name]),
        (keeper.lines, [FEEDS_PLACE.name]),
        (keeper.footage, [FOOTAGE_PLACE.name]),
    )
    for part, names in parts:
        try:
            part()
        except (*CANNOT, Py4JJavaError) as error:
            told = describe(error)
            log.error("what holds keep of %s cannot be copied: %s", ", ".join(names), told)  # noqa: TRY400 - a traceback may show values
            errors |= dict.fromkeys(names, f"what holds keep of it cannot be copied: {told}")
    return errors


def keep_live(night: Night, some: Sequence[Hold], first: date, last: date) -> None:
    """Copy what holds keep of days that have not expired: rows, pictures, lines and ranges, before it is out of use."""
    keeper = Keeper(night, some)
    days = [day for day in night.store.files_by_day(SIGHTINGS) if first <= day <= last]
    keeper.days(days)
    keeper.pictures(days)
    landing = night.settings.storage.landing
    lying = list(list_held(landing, night.process_date))
    for place, keep in ((FEEDS_PLACE, keeper.lines_of), (FOOTAGE_PLACE, keeper.ranges)):
        keep(known_files(night, place, lying), set(days))
