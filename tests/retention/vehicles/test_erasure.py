"""One vehicle out of a small lake: its rejected rows with their lines, and what a finding that is held rests on."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.control import suppressions
from jobs.control.database import looking, open_control
from jobs.control.heads import public_keys, sign_now
from jobs.control.holds import Hold, HoldError, Scope, ask_release, release
from jobs.ingest.job import ingest
from jobs.lake.store import Store
from jobs.lake.tables import CONVOYS, FEED_FILES, HELD_LINES, HELD_SIGHTINGS, QUARANTINE, READS, SIGHTINGS
from jobs.report.compliance.purges import erasures
from jobs.retention.certificate import verified
from jobs.retention.expired import LINES_PLACE
from jobs.retention.holds.evidence import keep_evidence
from jobs.retention.holds.placing import place_hold
from jobs.retention.places import places
from jobs.retention.proof import ResidueError, proven_erasure
from jobs.retention.vehicles import erasure
from jobs.retention.vehicles import landed as landed_files
from jobs.retention.vehicles.erasing import holds_one
from jobs.retention.vehicles.erasure import HeldError, erase
from jobs.retention.vehicles.order import Request
from jobs.retention.vehicles.restriction import lift, restrict
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


def test_so_do_lines_that_gave_none_for_they_were_sent_twice_or_have_just_come_or_somebody_touched_the_file(landed):
    again = feed((f"{NIGHT}T08:00:00", MINE), (f"{NIGHT}T08:05:00", OTHER), ("2026-11-18T08:00:00", MINE))
    land(landed, f"{NIGHT}/fixed/again.csv", again)
    ingest(landed)
    land(landed, f"{NIGHT}/fixed/unread.csv", feed((f"{NIGHT}T08:09:00", "ab12 cde"), (f"{NIGHT}T08:09:00", OTHER)))
    land(landed, f"{NIGHT}/unheard-of/x.txt", f"seen: {MINE}")
    folder = Path(landed.settings.storage.landing) / f"{NIGHT}/fixed"
    os.utime(folder / "reads.csv", (1, 1))
    outcome = erase(landed, request())
    assert left(landed)[0] == ["", OTHER, "", OTHER]
    texts = (folder / "again.csv").read_text().splitlines()
    assert [MINE in line for line in texts[1:]] == [False, False, True]  # of another day than what is to go
    assert "ab12 cde" not in (folder / "unread.csv").read_text()
    assert (outcome.lines, outcome.elsewhere) == (4, 1)
    ingest(replace(landed, run_id="next"))
    assert {row["vrm"] for row in landed.store.rows(SIGHTINGS, days=[NIGHT])} == {OTHER}
    assert len(landed.store.rows(FEED_FILES)) == 3


def message(*vrms):
    return "~".join(
        vrm and f"{vrm}|11|1|12|{NIGHT}T08:{minute}:00Z|54.9|-1.6|||||93|true||"
        for minute, vrm in enumerate(vrms, start=10)
    )


def test_of_a_partners_message_one_record_goes_and_the_others_stay(landed):
    path = Path(landed.settings.storage.landing) / f"{NIGHT}/partner/m.bof2"
    land(landed, f"{NIGHT}/partner/m.bof2", message(OTHER, MINE, "KL56MNO") + "\n")
    summary = ingest(landed)
    assert summary.rows_stored == 3
    erase(landed, request())
    assert path.read_text() == message(OTHER, "", "KL56MNO") + "\n"
    before = {row["sighting_id"] for row in landed.store.rows(SIGHTINGS)}
    assert ingest(replace(landed, run_id="next")).rows_received == 0
    assert {row["sighting_id"] for row in landed.store.rows(SIGHTINGS)} == before


def test_a_short_mark_is_no_part_of_a_time_or_of_another_mark():
    line = f"NOWHERE,{NIGHT}T10:01:00Z,AB12CDE,0.9,towards,1"
    assert [name for name in ("T1", "T10", "12", "AB12CD", "B12CDE", "AB12CDE") if holds_one(line, [name])] == [
        "AB12CDE"
    ]
    for text in ("ab12 cde", "AB-12.CDE", '"AB12CDE"', "x AB 12 CDE|"):
        assert holds_one(text, ["AB12CDE"])


def test_rejected_rows_of_other_days_stay(landed):
    outcome = erase(landed, replace(request(), first=NIGHT - timedelta(days=9), last=NIGHT - timedelta(days=1)))
    assert (dict(outcome.rows), outcome.lines, left(landed)[1]) == ({}, 0, {4, 5})


def put_back(night, *names):
    return [row for row in night.store.rows(SIGHTINGS) if row["vrm"] in names]


def test_restricted_is_what_another_hold_keeps_too_and_its_lines_stay_as_they_came(landed):
    before, lines = put_back(landed, MINE), left(landed)
    place_hold(landed.store, landed.settings, hold_of(frozenset({MINE})), ahead=False)
    outcome = restrict(landed, request(), "complaint 17", TODAY + timedelta(days=30))
    assert (put_back(landed, MINE), left(landed)) == ([], lines)
    held = landed.store.rows(HELD_SIGHTINGS)
    assert {row["hold_id"] for row in held} == {"hold00001", "hold00002"}
    assert {MINE in row["line"] for row in landed.store.rows(HELD_LINES)} == {True}
    assert lift(landed, outcome.names[0], "4", "it was right") == 1
    assert put_back(landed, MINE) == before


def test_what_is_restricted_twice_comes_back_with_the_second_lift(landed):
    before = put_back(landed, MINE)
    first, second = (restrict(landed, request(), case, TODAY + timedelta(days=30)).names for case in ("one", "two"))
    assert lift(landed, first[0], "4", "it was right") == 0
    assert put_back(landed, MINE) == []
    assert lift(landed, second[0], "4", "it was right") == 1
    assert put_back(landed, MINE) == before


def test_what_comes_while_it_is_restricted_waits_for_the_lift_in_landing(landed):
    (name,) = restrict(landed, request(), "complaint 17", TODAY + timedelta(days=30)).names
    land(landed, f"{NIGHT}/fixed/late.csv", feed((f"{NIGHT}T10:00:00", MINE), (f"{NIGHT}T10:01:00", OTHER)))
    late = replace(landed, run_id="late")
    ingest(late)
    waiting = [row for row in late.store.rows(QUARANTINE) if row["reason"] == "restricted"]
    assert [(row["line_no"], row["payload"]) for row in waiting] == [(2, "")]
    assert LINES_PLACE.look(late, NIGHT - timedelta(days=90)).rows == 0  # the line is kept
    ingest(replace(landed, run_id="nothing new"))
    assert len([row for row in late.store.rows(SIGHTINGS) if row["vrm"] == MINE]) == 0

    assert lift(landed, name, "4", "it was right") == 1
    ingest(replace(landed, run_id="after"))
    mine = sorted(row["captured_at"].hour for row in landed.store.rows(SIGHTINGS) if row["vrm"] == MINE)
    assert mine == [8, 10]
    assert not [row for row in landed.store.rows(QUARANTINE) if row["reason"] == "restricted"]


def test_what_comes_after_an_erasure_is_made_empty_by_the_next_purge(landed):
    erase(landed, request())
    land(landed, f"{NIGHT}/fixed/late.csv", feed((f"{NIGHT}T10:00:00", MINE), (f"{NIGHT}T10:01:00", OTHER)))
    ingest(replace(landed, run_id="late"))
    assert [row["reason"] for row in landed.store.rows(QUARANTINE) if not row["payload"]] == ["suppressed"]
    assert LINES_PLACE.look(landed, NIGHT - timedelta(days=90)).rows == 1


def test_a_lift_that_was_ended_is_done_again(landed, monkeypatch):
    def ended(*_):
        raise KeyboardInterrupt

    before = put_back(landed, MINE)
    (name,) = restrict(landed, request(), "complaint 17", TODAY + timedelta(days=30)).names
    for step in ("append_new_rows", "lift"):
        with monkeypatch.context() as patch:
            patch.setattr(Store if step == "append_new_rows" else suppressions, step, ended)
            with pytest.raises(KeyboardInterrupt):
                lift(landed, name, "4", "it was right")
    assert lift(landed, name, "4", "it was right") == 1
    assert put_back(landed, MINE) == before


def test_what_is_restricted_is_not_erased_and_its_hold_not_released(landed):
    (name,) = restrict(landed, request(), "complaint 17", TODAY + timedelta(days=30)).names
    with pytest.raises(HeldError, match="1 of hold00001"):
        erase(landed, request())
    with open_control(landed.settings) as control, control.deciding() as connection:
        ask_release(connection, "hold00001", "3", "over", "closed", TODAY)
        with pytest.raises(HoldError, match=f"keeps what {name} restricts from use: lift that first"):
            release(connection, "hold00001", "4", datetime.now(UTC))
    lift(landed, name, "4", "it was right")
    with open_control(landed.settings) as control, control.deciding() as connection:
        release(connection, "hold00001", "4", datetime.now(UTC))


def hold_of(vehicles):
    return Hold("Op Kestrel", "trial", "3", TODAY + timedelta(days=30), Scope(vehicles))


def test_a_member_of_a_convoy_goes_with_the_finding(landed):
    finding = convoy(landed)
    landed.store.replace_days(CONVOYS, landed.store.frame(CONVOYS, [finding]), [NIGHT])
    outcome = erase(landed, request())
    assert (outcome.rows["restricted.convoys"], landed.store.rows(CONVOYS)) == (1, [])


def test_an_erasure_ends_with_a_certificate_that_names_no_vehicle_and_says_what_is_left(landed, monkeypatch):
    sign_now(landed.settings)
    outcome = proven_erasure(landed, request())
    (file,) = (Path(landed.store.root) / "governance/certificates").iterdir()
    with looking(landed.settings) as connection:
        (key,) = public_keys(connection)
    found = verified(file.read_text(), key)
    assert (found["complete"], found["suppressions"]) == (True, outcome.names)
    assert {one["place"]: one["rows"] for one in found["removed"]}["restricted.sightings"] == 1
    assert MINE not in file.read_text()
    assert found["scan"]["marks_looked_for"] == 1

    def told():
        with looking(landed.settings) as connection:
            (one,) = erasures(landed, connection, [key])
        return one["certificate"] and (one["certificate"]["signed"], one["certificate"]["complete"])

    assert told() == (True, True)
    text = file.read_text()
    file.write_text(text.replace("the owner asked", "an owner asked"))
    assert told() == (False, False)
    file.rename(file.with_suffix(".elsewhere"))
    assert told() is None
    file.with_suffix(".elsewhere").rename(file)

    file.unlink()
    (Path(landed.store.root) / "governance/compliance.html").write_text(f"<td>{OTHER}</td>")
    monkeypatch.setattr(erasure, "_take_out", lambda *_: None)
    with pytest.raises(ResidueError, match="something is left"):
        proven_erasure(landed, replace(request(), vehicles=frozenset({OTHER})))
    (file,) = (Path(landed.store.root) / "governance/certificates").iterdir()
    found = verified(file.read_text(), key)
    assert (found["complete"], found["still_there"]) == (False, ["restricted.sightings", "restricted.quarantine"])
    assert [find["path"] for find in found["scan"]["finds"]] == ["governance/compliance.html"]


def test_ended_before_the_lines_are_empty_it_is_run_again_and_finds_them(landed, monkeypatch):
    def ended(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(landed_files, "blank", ended)
        with pytest.raises(KeyboardInterrupt):
            erase(landed, request())
    erase(landed, request())
    assert left(landed) == (["", OTHER, "", OTHER], {5})


def convoy(night):
    """A finding that rests on a read of the vehicle."""
    (mine,) = [row["sighting_id"] for row in night.store.rows(SIGHTINGS) if row["vrm"] == MINE]
    night.store.append_rows(READS, [read("r1", NIGHT, MINE) | {"sighting_ids": [mine]}])
    return {
        "finding_id": "f", "members": [MINE, OTHER], "days": [NIGHT], "cameras": ["F001"], "observed": 1.0,
        "expected": 0.1, "p_value": 0.01, "median_headway": 2.0, "read_ids": ["r1"], "parameters": "{}",
        "window_end": NIGHT, "data_version": 1, "process_date": NIGHT, "run_id": "r", "capture_date": NIGHT,
    }  # fmt: skip


def test_what_a_finding_rested_on_when_it_was_held_is_kept_whatever_becomes_of_it(landed):
    landed.store.replace_days(CONVOYS, landed.store.frame(CONVOYS, [convoy(landed)]), [NIGHT])
    hold = Hold("Op Kestrel", "trial", "3", TODAY + timedelta(days=30), Scope(findings=frozenset({"f"})))
    assert place_hold(landed.store, landed.settings, hold, ahead=False).sightings == 1
    landed.store.replace_days(CONVOYS, landed.store.frame(CONVOYS, []), [NIGHT])
    late = replace(landed, process_date=NIGHT + timedelta(days=730))
    with open_control(landed.settings) as control:
        keep_evidence(late, control, places(late))
    assert [row["vrm"] for row in landed.store.rows(HELD_SIGHTINGS)] == [MINE]


def test_what_a_held_finding_rests_on_is_not_erased(landed):
    finding = convoy(landed)
    landed.store.replace_days(CONVOYS, landed.store.frame(CONVOYS, [finding]), [NIGHT])
    hold = Hold("case", "why", "3", TODAY + timedelta(days=9), Scope(findings=frozenset({"f"})))
    placed = place_hold(landed.store, landed.settings, hold, ahead=False)
    assert placed.sightings == 1
    with pytest.raises(HeldError, match=f"1 of {placed.hold_id}"):
        erase(landed, request())
