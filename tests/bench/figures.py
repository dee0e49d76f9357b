"""How a benchmark shows what it measured: one row a figure, both sides, ratio, reach, reached or not."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil

RESULTS = Path(__file__).with_name("RESULTS.md")
_HEAD = ("what", "ours", "other side", "ratio", "reach", "reached")


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
    other: str = ""
    ratio: str = ""
    reach: str = ""
    reached: bool | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of its row."""
        verdict = {True: "yes", False: "NO", None: "shown"}[self.reached]
        return self.what, self.ours, self.other, self.ratio, self.reach, verdict


@dataclass(frozen=True)
class Table:
    """A table of its own below the figures: what was measured, by condition or by part."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[object]]

    def __str__(self) -> str:
        """A Markdown table under its title."""
        return f"{self.title}:\n\n{_markdown(self.head, (map(str, row) for row in self.rows))}\n"


@dataclass
class Report:
    """What one run of a benchmark has to show."""

    figures: list[Figure] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def show(self, name: str, wanted: Sequence[str]) -> int:
        """Print it, add it to RESULTS.md, and return the exit code: 1 when a figure falls short.

        Args:
            name: the Makefile's target, `bench-ocr` for `python -m tests.bench.ocr`.
            wanted: the parts that were asked for, none for all.
        """
        asked = [figure for figure in self.figures if figure.reached is not None]
        reached = sum(bool(figure.reached) for figure in asked)
        memory = psutil.virtual_memory().total / 2**30
        command = " ".join(["python -m", name.replace("bench-", "tests.bench."), *wanted]) if wanted else f"make {name}"
        lines = [
            f"\n## {name}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            f"\n{psutil.cpu_count()} cores, {memory:.0f} GB, Python {sys.version.split()[0]}; command: `{command}`\n",
            _markdown(_HEAD, (figure.cells for figure in self.figures)),
            "", *(f"- {remark}" for remark in self.remarks), "",
            *map(str, self.tables), f"{reached} of {len(asked)} reached", "",
        ]  # fmt: skip
        # Several runs of a benchmark stand one below the other: the newest is the last.
        with RESULTS.open("a", encoding="utf-8") as results:
            results.write("\n".join(lines))
        sys.stdout.write("\n".join(lines[2:]))
        return 0 if reached == len(asked) else 1


def _markdown(head: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    rule = "|".join(["", *["---"] * len(head), ""])
    first, *rest = (f"| {' | '.join(cells)} |" for cells in [head, *rows])
    return "\n".join([first, rule, *rest])


Part = Callable[[Path, Report], None]
"""A part of a benchmark: works in a folder of its own, and adds what it measured."""


def run_parts(name: str, parts: Mapping[str, Part], wanted: list[str]) -> int:
    """Measure the wanted parts (all when none is named), print the tables, and return the exit code."""
    report = Report()
    os.chdir(RESULTS.parents[2])
    with tempfile.TemporaryDirectory(prefix="anprlake-bench-") as folder:
        for part in wanted or list(parts):
            (Path(folder) / part).mkdir()
            parts[part](Path(folder) / part, report)
    return report.show(name, wanted)
