"""Hot-lists: each file is a version that ends the one before; broken entries are quarantined with a reason."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from jobs.ingest.hotlist import FIELDS, broken_rule, ingest_hotlist
from jobs.lake.tables import HOTLIST, QUARANTINE

NIGHT = date(2026, 11, 20)


def row(vrm="AB12 CDE", weed_date="2026-12-01", reason="INTEL: drugs"):
    return dict.fromkeys(FIELDS, "") | {"vrm": vrm, "weed_date": weed_date, "reason": reason}


def line(**changes):
    return ",".join(row(**changes).values())


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (row(), None),
        (row(vrm="AB1? C*"), None),
        (row(weed_date=" 2026-12-18 "), None),
        (row(weed_date="2026-12-19"), "weed_date_too_far"),
        (row(weed_date="2020-01-01"), None),  # expired: it is kept, and never matches
        (row(weed_date=" "), "weed_date_missing"),
        (row(weed_date="01/12/2026"), "weed_date_malformed"),
        (row(vrm=""), "vrm_missing"),
        (row(vrm=" -é"), "vrm_missing"),
        (row(vrm="*"), "vrm_matches_everything"),
        (row(vrm="??? ?*"), "vrm_matches_everything"),
        ({"line_no": 1, "payload": "x"}, "malformed"),
    ],
)
def test_each_rule_has_its_code(entry, reason):
    assert broken_rule(entry, NIGHT, 28) == reason


def land(night, day, name, *lines):
    folder = Path(night.settings.storage.landing) / day / "hotlist"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes("\r\n".join([",".join(FIELDS), *lines, ""]).encode("utf-8-sig"))


def held(night):
    rows = night.store.read(HOTLIST).collect()
    assert len({one.entry_id for one in rows}) == len(rows)
    return sorted((one.valid_from.day, one.vrm, one.valid_to and one.valid_to.day) for one in rows)


def test_versions_end_each_other_and_broken_entries_are_quarantined(night):
    land(
        night, "2026-11-10", "a.csv", line(), line(vrm="wx34*", reason="POST: theft"),
        line(vrm="KL56MNO", reason="other"), line(vrm="*"), "broken", "y" * 200_000 + line(),
    )  # fmt: skip
    summary = ingest_hotlist(night)
    assert (summary.rows_received, summary.rows_stored, summary.rows_quarantined) == (6, 3, 3)
    assert held(night) == [(10, "AB12CDE", None), (10, "KL56MNO", None), (10, "WX34*", None)]
    purposes = {one.vrm: (one.purpose, one.priority) for one in night.store.read(HOTLIST).collect()}
    assert purposes == {
        "AB12CDE": ("intelligence", 1), "WX34*": ("post_incident", 2), "KL56MNO": ("roads_policing", 3),
    }  # fmt: skip
    rejected = night.store.read(QUARANTINE).orderBy("line_no").collect()
    assert [(one.line_no, one.reason) for one in rejected] == [
        (5, "vrm_matches_everything"), (6, "malformed"), (7, "malformed"),
    ]  # fmt: skip
    assert max(len(one.payload) for one in rejected) == night.settings.ingest.payload_chars
    assert ingest_hotlist(night).files == 0

    # Two corrections on one day, of which the last stays; then the first list once more.
    land(night, "2026-11-15", "a.csv", line(vrm="B2"))
    land(night, "2026-11-15", "b.csv", line(vrm="C3"))
    land(night, "2026-11-18", "back.csv", line(vrm="B2"))
    land(night, "2026-11-21", "tomorrow.csv", line(vrm="D4"))
    assert ingest_hotlist(night).files == 3
    first = [(10, "AB12CDE", 15), (10, "KL56MNO", 15), (10, "WX34*", 15)]
    assert held(night) == [*first, (15, "B2", 15), (15, "C3", 18), (18, "B2", None)]
    assert ingest_hotlist(replace(night, process_date=NIGHT + timedelta(days=1))).rows_stored == 1
    assert held(night) == [*first, (15, "B2", 15), (15, "C3", 18), (18, "B2", 21), (21, "D4", None)]
