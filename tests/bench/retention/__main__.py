"""`make bench-retention`: the log of decisions and deletions, by size and under attack."""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench.figures import Report
from tests.bench.retention.log import log

_PARTS: dict[str, Callable[[Path, Report], None]] = {"log": log}


def main(wanted: list[str]) -> int:
    """Measure the wanted parts (all when none is named), print the tables, and return the exit code."""
    report = Report()
    with tempfile.TemporaryDirectory(prefix="anprlake-bench-") as folder:
        for name in wanted or list(_PARTS):
            (Path(folder) / name).mkdir()
            _PARTS[name](Path(folder) / name, report)
    return report.show("bench-retention", wanted)


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[3])
    sys.exit(main(sys.argv[1:]))
