"""Options that several commands have; a date is called what it is."""

import os
from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer

from jobs.domain.variables import AHEAD_VARIABLE

_OLDEST = date(1970, 1, 1)


def to_date(text: str) -> date:
    """A date as people and Airflow write it."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; allowed is YYYY-MM-DD") from None
    return _of_our_time(day)


def _of_our_time(day: date) -> date:
    """A day that is far enough from the ends of the calendar to count from."""
    if not _OLDEST <= day <= date(date.max.year - 1, 1, 1):
        raise typer.BadParameter(f"{day} is not within {_OLDEST} and {date.max.year - 1}-01-01")
    return day


def to_time(text: str) -> datetime:
    """A time with its zone, as ISO 8601 has it; in UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time; allowed is 2026-11-20T08:00Z and the like") from None
    if at.tzinfo is None:
        raise typer.BadParameter(f"{text!r} has no zone: Z is UTC")
    _of_our_time(at.date())
    return at.astimezone(UTC)


def to_night(text: str) -> date:
    """The date of a night that has come: one ahead refuses as expired what landing holds, and reads it never again."""
    night = to_date(text)
    if has_not_come(night):
        raise typer.BadParameter(
            f"{night} has not come: what arrived by today would be judged, and refused, as of then"
        )
    return night


def has_not_come(day: date) -> bool:
    """Whether a day lies ahead, in UTC, and this is no rehearsal."""
    return day > datetime.now(UTC).date() and not os.environ.get(AHEAD_VARIABLE)


def date_option(name: str, what: str) -> Any:  # noqa: ANN401 - as typer.Option itself
    """An option that takes a date."""
    return typer.Option(name, parser=to_date, metavar="YYYY-MM-DD", help=what)


def night_option(name: str, what: str) -> Any:  # noqa: ANN401 - as typer.Option itself
    """An option that takes the date of a night, which is not ahead."""
    return typer.Option(name, parser=to_night, metavar="YYYY-MM-DD", help=what)


ProcessDate = Annotated[date, night_option("--process-date", "the night: the day whose arrivals are taken in")]
RunId = Annotated[str, typer.Option("--run-id", help="name of the run in every row that it writes")]
