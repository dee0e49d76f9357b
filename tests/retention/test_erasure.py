"""One vehicle out of a small lake: its rejected rows with their lines, and what a finding that is held rests on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.control.database import open_control
from jobs.control.holds import Hold, Scope
from jobs.ingest.job import ingest
from jobs.lake.tables import CONVOYS, QUARANTINE, READS, SIGHTINGS
from jobs.retention import erasure
from jobs.retention.erasure import HeldError, Request, erase
from jobs.retention.placing import place_hold
from tests.factories import FIXED_HEADER, feed, land, register, staff
from tests.retention.conftest import NIGHT, read

TODAY = datetime.now(UTC).date()
MINE, OTHER = "AB12CDE", "WX34YZA"
PATH = f"{NIGHT}/fixed/reads.csv"


@pytest.fixture
def landed(night):
    """A vehicle that was read, and read by a camera that nobody knows; another one that was too."""
    assert night.token_key
    with open_control(night.settings) as control, control.deciding() as connection:
        staff(connection, TODAY)
    land(night, f"{NIGHT}/cameras/cameras.csv", register("F001"))
    rejected = feed((f"{NIGHT}T09:00:00", "ab12 cde"), (f"{NIGHT}T09:01:00", OTHER), camera="NOWHERE")
    good = feed((f"{NIGHT}T08:00:00", MINE), (f"{NIGHT}T08:01:00", OTHER))
    land(night, PATH, good + rejected.removeprefix(f"{FIXED_HEADER}\n"))
    ingest(night)
    return night


def request():
    return Request(frozenset({MINE}), NIGHT, NIGHT, "the owner asked for it", "3")


def left(night):
    lines = (Path(night.settings.storage.landing) / PATH).read_text().splitlines()
    return [line.split(",")[2] if line else "" for line in lines[1:]], {
        row["line_no"] for row in night.store.rows(QUARANTINE)
    }


def test_rejected_rows_go_with_the_lines_that_gave_them(landed):
    assert left(landed) == ([MINE, OTHER, "ab12 cde", OTHER], {4, 5})
    outcome = erase(landed, request())
    assert left(landed) == (["", OTHER, "", OTHER], {5})
    assert (outcome.rows["restricted.quarantine"], outcome.lines) == (1, 2)
    assert [row["vrm"] for row in landed.store.rows(SIGHTINGS)] == [OTHER]


def test_ended_before_the_lines_are_empty_it_is_run_again_and_finds_them(landed, monkeypatch):
    def ended(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(erasure, "blank", ended)
        with pytest.raises(KeyboardInterrupt):
            erase(landed, request())
    erase(landed, request())
    assert left(landed) == (["", OTHER, "", OTHER], {5})


def test_what_a_held_finding_rests_on_is_not_erased(landed):
    (mine,) = [row["sighting_id"] for row in landed.store.rows(SIGHTINGS) if row["vrm"] == MINE]
    landed.store.append_rows(READS, [read("r1", NIGHT, MINE) | {"sighting_ids": [mine]}])
    finding = {
        "finding_id": "f", "members": [MINE, OTHER], "days": [NIGHT], "cameras": ["F001"], "observed": 1.0,
        "expected": 0.1, "p_value": 0.01, "median_headway": 2.0, "read_ids": ["r1"], "parameters": "{}",
        "window_end": NIGHT, "data_version": 1, "process_date": NIGHT, "run_id": "r", "capture_date": NIGHT,
    }  # fmt: skip
    landed.store.replace_days(CONVOYS, landed.store.frame(CONVOYS, [finding]), [NIGHT])
    hold = Hold("case", "why", "3", TODAY + timedelta(days=9), Scope(findings=frozenset({"f"})))
    placed = place_hold(landed.store, landed.settings, hold, ahead=False)
    assert placed.sightings == 1
    with pytest.raises(HeldError, match=f"1 of {placed.hold_id}"):
        erase(landed, request())
