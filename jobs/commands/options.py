"""Options that several commands have; a date is called what it is."""

from datetime import date
from typing import Annotated, Any

import typer


def to_date(text: str) -> date:
    """A date as people and Airflow write it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; allowed is YYYY-MM-DD") from None


def date_option(name: str, what: str) -> Any:  # noqa: ANN401 - as typer.Option itself
    """An option that takes a date."""
    return typer.Option(name, parser=to_date, metavar="YYYY-MM-DD", help=what)


ProcessDate = Annotated[date, date_option("--process-date", "the night: the day whose arrivals are taken in")]
RunId = Annotated[str, typer.Option("--run-id", help="name of the run in every row that it writes")]
