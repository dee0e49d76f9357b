"""`make bench-lake`: nights of a force, its week, the nation, growth, a first load, two years, clocks, kills, more."""

import sys

from tests.bench.figures import Part, run_parts
from tests.bench.lake.any_line import any_line
from tests.bench.lake.clocks import clocks
from tests.bench.lake.exits import exits
from tests.bench.lake.first_load import first_load
from tests.bench.lake.kills import kills, kills_at_random, kills_of_purge
from tests.bench.lake.near_duplicates import near_duplicates
from tests.bench.lake.nights import force, growth, week
from tests.bench.lake.thirty_nights import thirty_nights
from tests.bench.lake.two_years import two_years

_PARTS: dict[str, Part] = {
    "near_duplicates": near_duplicates,
    "clocks": clocks,
    "force": force,
    "week": week,
    "growth": growth,
    "first_load": first_load,
    "exits": exits,
    "any_line": any_line,
    "kills": kills,
    "kills_of_purge": kills_of_purge,
    "kills_at_random": kills_at_random,
    "thirty_nights": thirty_nights,
    "two_years": two_years,
}


if __name__ == "__main__":
    sys.exit(run_parts("bench-lake", _PARTS, sys.argv[1:]))
