"""Broken lines through the parser and the rules of every feed, many more than the tests have time for."""

from pathlib import Path

from tests.bench.figures import Figure, Report
from tests.ingest.test_any_line import GOOD, check_any_line

_EXAMPLES = 5_000


def any_line(_: Path, report: Report) -> None:
    """A row that is lost, or is neither good nor has a reason, ends the benchmark with the line that did it."""
    for feed, header in GOOD:
        lines = check_any_line(feed, header, _EXAMPLES)
        report.figures.append(
            Figure(
                f"broken lines of the feed {feed}, {header or 'no header'}: rows lost or without a reason",
                f"0 of {lines:,} lines", reach="0", reached=True,
            )
        )  # fmt: skip
