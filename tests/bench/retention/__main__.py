"""`make bench-retention`: the log of decisions and deletions, by size and under attack."""

import sys

from tests.bench.figures import Part, run_parts
from tests.bench.retention.log import log

_PARTS: dict[str, Part] = {"log": log}


if __name__ == "__main__":
    sys.exit(run_parts("bench-retention", _PARTS, sys.argv[1:]))
