"""`make bench-retention`: the log, purges of whole days, the residue scan, one vehicle, and what holds cost."""

import sys

from tests.bench.figures import Part, run_parts
from tests.bench.retention.kills import kills
from tests.bench.retention.log import log
from tests.bench.retention.purges import first, one_day
from tests.bench.retention.vehicles import erasure, holds, scan

_PARTS: dict[str, Part] = {
    "log": log, "one_day": one_day, "first": first, "scan": scan, "erasure": erasure, "holds": holds, "kills": kills,
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(run_parts("bench-retention", _PARTS, sys.argv[1:]))
