"""Two people agree on a purge, by the commands that people type."""

import io
import re
import sys
from collections.abc import Callable
from contextlib import redirect_stdout

from jobs.cli import main

_PEOPLE = (("1", "grantor", []), ("2", "analyst", ["--by", "1"]), ("3", "authoriser", ["--by", "1"]))


def agree(anprlake: Callable[..., str], as_of: str) -> None:
    """Have a purge of everything approved; `anprlake` runs a command and returns what it printed."""
    for number, role, by in _PEOPLE:
        anprlake("people", "add", number, "--rank", "inspector", "--role", role, "--until", "2099-01-01", *by)
    told = anprlake("retention", "request", "--as-of", as_of, "--by", "2", "--reason", "rehearsal of a last purge")
    asked = re.search("^plan ([0-9a-f]{16}),", told, re.MULTILINE)
    assert asked, told
    anprlake("retention", "approve", asked[1], "--by", "3")


def _anprlake(*arguments: str) -> str:
    printed = io.StringIO()
    with redirect_stdout(printed):
        try:
            main(list(arguments))
        except SystemExit as ended:
            if ended.code:
                raise
    sys.stdout.write(printed.getvalue())
    return printed.getvalue()


if __name__ == "__main__":  # in a process of its own, on the lake of its environment
    agree(_anprlake, sys.argv[1])
