"""Where what people decide is kept, and how its log is sealed."""

from typing import Annotated

from pydantic import AfterValidator, Field

from jobs.settings.section import Days, Section
from jobs.settings.storage import LocalPath, Place


def _database(value: str) -> str:
    if value and not value.startswith("postgresql+psycopg://"):
        raise ValueError(f"{value.partition(':')[0]!r}…: allowed is nothing, or postgresql+psycopg://<host>/<database>")
    return value


class ControlSettings(Section):
    """The control database, keys of heads and of suppressions, where heads are kept, how often people are reviewed."""

    database: Annotated[str, AfterValidator(_database)]
    signing_key: LocalPath
    suppression_key: LocalPath
    heads: Annotated[Place, Field()]
    people_review_days: Days
