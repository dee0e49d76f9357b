"""How a benchmark shows what it measured: one row a figure, both sides, ratio, reach, reached or not."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

RESULTS = Path(__file__).with_name("RESULTS.md")
_HEAD = "| what | ours | other side | ratio | reach | reached |\n|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes:
        ours: what was measured, in words.
        other: the other side, measured in the same run.
        ratio: ours over other, in words.
        reach: what is asked for.
        reached: whether it is; None where the issue asks only for the figure.
    """

    what: str
    ours: str
    other: str
    ratio: str
    reach: str
    reached: bool | None

    def __str__(self) -> str:
        """A Markdown row."""
        verdict = {True: "yes", False: "NO", None: "shown"}[self.reached]
        return f"| {self.what} | {self.ours} | {self.other} | {self.ratio} | {self.reach} | {verdict} |"


def show(name: str, figures: Sequence[Figure], remarks: Sequence[str]) -> int:
    """Print the table, add it to RESULTS.md, and return the exit code: 1 when a figure falls short."""
    asked = [figure for figure in figures if figure.reached is not None]
    reached = sum(bool(figure.reached) for figure in asked)
    table = "\n".join([_HEAD, *map(str, figures)])
    memory = psutil.virtual_memory().total / 2**30
    lines = [
        f"\n## {name}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"\n{psutil.cpu_count()} cores, {memory:.0f} GB, Python {sys.version.split()[0]}; command: `make {name}`\n",
        table, "", *(f"- {remark}" for remark in remarks), "", f"{reached} of {len(asked)} reached", "",
    ]  # fmt: skip
    # Several runs of a benchmark stand one below the other: the newest is the last.
    with RESULTS.open("a", encoding="utf-8") as results:
        results.write("\n".join(lines))
    sys.stdout.write("\n".join(lines[2:]))
    return 0 if reached == len(asked) else 1
