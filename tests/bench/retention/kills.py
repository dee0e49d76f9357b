"""Purges killed at random moments: the next one ends as if nothing had been, and the ledger accounts for every row."""

import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from jobs.control.database import open_control
from jobs.control.holds import Hold, Scope, place
from jobs.lake.tables import EVIDENCE_TABLES, READS, RETENTION_LEDGER
from jobs.retention.purge.brake import approve, plan_of, request
from jobs.retention.purge.job import plan
from tests.bench.figures import Figure, Report
from tests.bench.figures import Table as Shown
from tests.bench.lake.kills import LAST, run_killed, whole_night
from tests.bench.lake.lakes import Lakes
from tests.factories import staff
from tests.lake_contents import contents, rows_at, unlike

_KILLS = 30
_AS_OF = LAST - timedelta(days=1) + timedelta(days=730)
"""The day on which the first two days of capture and all that landed have expired."""
_COMMAND = ("purge", "--as-of", str(_AS_OF), "--ahead")


@dataclass(frozen=True)
class _Left:
    """What a purge leaves: tables, what is held, and how many rows went from each place by the ledger."""

    tables: dict[str, list[str]]
    removed: Counter[str]


def kills(work: Path, report: Report) -> None:
    """SIGKILL to a purge after a part of its time, then another purge, each time on the same lake with a hold."""
    lakes = whole_night(work)
    held = _hold(lakes)
    _agree(lakes)
    lakes.spark.stop()
    rows = _killed(lakes)
    report.tables.append(Shown("Purges killed at random", ("kill", "after s", "unlike after the next purge"), rows))
    wrong = sum(row[2] != "nothing" for row in rows)
    report.figures.append(
        Figure(
            f"kill -9 at {_KILLS} random moments of a purge that keeps {held} reads, then again",
            f"{wrong} unlike one that was not killed, the rows in the ledger included", reach="0", reached=wrong == 0,
        )
    )  # fmt: skip


def _hold(lakes: Lakes) -> int:
    """Hold some vehicles of days that expire; how many reads they have."""
    night = lakes.night("whole", LAST, "hold")
    going = [row for row in night.store.rows(READS) if row["capture_date"] < LAST]
    vehicles = frozenset(sorted({row["vrm"] for row in going})[:20])
    today = datetime.now(UTC).date()
    hold = Hold("case", "why", "3", today + timedelta(days=90), Scope(vehicles))
    with open_control(night.settings) as control, control.deciding() as connection:
        staff(connection, today)
        place(connection, hold, datetime.now(UTC))
    return sum(row["vrm"] in vehicles for row in going)


def _agree(lakes: Lakes) -> None:
    """Two people agree on the purge."""
    night = lakes.night("whole", _AS_OF, "agree")
    expired = plan(night)
    with open_control(night.settings) as control, control.deciding() as connection:
        agreed = plan_of(night, connection, expired)
        request(connection, agreed, "2", "kills of purges")
        approve(connection, agreed.name, "3")


def _killed(lakes: Lakes) -> list[tuple[int, str, str]]:
    lakes.copy("whole", "undisturbed")
    begun = time.monotonic()
    run_killed(lakes, "undisturbed", _COMMAND)
    whole_s, expected = time.monotonic() - begun, _left(lakes, "undisturbed")
    rows = []
    for number, after_s in enumerate(sorted(np.random.default_rng(_KILLS).uniform(0.2, 1.0, _KILLS) * whole_s), 1):
        lakes.copy("whole", "killed")
        run_killed(lakes, "killed", _COMMAND, after_s)
        run_killed(lakes, "killed", _COMMAND)
        found = _left(lakes, "killed")
        names = unlike(found.tables, expected.tables) + ["ledger"] * (+found.removed != +expected.removed)
        rows.append((number, f"{after_s:.0f}", ", ".join(names) or "nothing"))
        sys.stderr.write(f"{rows[-1]}\n")  # half an hour: somebody waits
    return rows


def _left(lakes: Lakes, name: str) -> _Left:
    root = lakes.work / name / "lake"
    held = {table.full_name: contents(root, table, {"held_at", "held_path"}) for table in EVIDENCE_TABLES}
    removed = Counter[str]()
    for row in rows_at(root / "governance" / RETENTION_LEDGER.name):
        removed[row["table_name"]] += row["rows_removed"]
    return _Left(lakes.contents(name) | held, removed)
