"""The command `anprlake`, for people and for spark-submit alike, which is given this file by its path."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING

import typer
from typer.exceptions import TyperException

from jobs.commands import (
    backfill,
    certificate,
    check,
    hold,
    hotlist,
    log,
    look,
    night,
    people,
    read,
    report,
    retention,
    simulate,
    upkeep,
    vehicle,
)
from jobs.domain.errors import LakeError

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
for _group in (
    simulate,
    check,
    night,
    backfill,
    hotlist,
    upkeep,
    vehicle,
    look,
    read,
    people,
    log,
    retention,
    hold,
    certificate,
    report,
):
    app.add_typer(_group.app)

_WRONG_USE = 2


@app.callback()
def guard() -> None:
    """The ANPR evidence and retention lake: one command a stage."""
    sys.excepthook = _redacted_hook  # here, because Typer puts its own in place before it calls a command


def _redacted_hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Uncaught errors: where they came from and what kind they are, without the values that their texts may hold."""
    from jobs.runtime.redaction import describe, places

    sys.stderr.writelines(f"  {place}\n" for place in places(trace))
    sys.stderr.write(f"anprlake: {describe(error) if isinstance(error, Exception) else kind.__name__}\n")


def main(arguments: list[str] | None = None) -> None:
    """Run the command; wrong arguments or settings end with one line and exit code 2, failed work with 1."""
    try:
        code = app(arguments, standalone_mode=False)
    except TyperException as error:
        message: Callable[[], str] = getattr(error, "format_message", error.__str__)
        _end(message(), getattr(error, "exit_code", _WRONG_USE))
    except LakeError as error:
        from jobs.runtime.redaction import redact

        text = str(error)  # what is told of wrong use is what the person said
        _end(text if error.exit_code == _WRONG_USE else redact(text), error.exit_code)
    except OSError as error:
        from jobs.runtime.redaction import reason_of_machine

        reason = reason_of_machine(error)
        if reason is None:
            raise
        _end(reason, 1)
    else:
        sys.exit(code or 0)


def _end(message: str, code: int) -> None:
    sys.stderr.write(f"anprlake: {' '.join(message.split())}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
