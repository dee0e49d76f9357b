"""A file that comes before what it needs is read again by itself when that has come; one that is sent again is told."""

import os
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from jobs.ingest.feeds import ingest_feeds, new_feed_files
from jobs.ingest.manifest import Manifest
from jobs.ingest.register import ingest_cameras
from jobs.lake.store import Store
from jobs.lake.tables import FEED_FILES, PLATE_IMAGES, QUARANTINE, SIGHTINGS
from tests.factories import changed, feed, land, register

NIGHT = date(2026, 11, 20)
ROWS = [(f"{NIGHT}T08:00:00", "AB12CDE"), (f"{NIGHT}T09:00:00", "WX34YZA")]
EARLY = feed(*ROWS) + f"F002,{NIGHT}T10:00:00Z,KL56MNO,0.9,towards,1\nnonsense\n"
PARTNER = f"AB12CDE|11|9|12|{NIGHT}T08:00:00Z|54.9|-1.6|||||90|true||"


def later(night):
    return replace(night, process_date=night.process_date + timedelta(days=1), run_id="later")


def held(night, *left_out):
    """What the tables of feeds hold, but stamps."""
    stamps = {"run_id", "process_date", "sightings_version", *left_out}
    tables = [night.store.rows(table) for table in (SIGHTINGS, PLATE_IMAGES, QUARANTINE, FEED_FILES)]
    return [
        sorted(str([value for name, value in row.items() if name not in stamps]) for row in rows) for rows in tables
    ]


def reasons(night):
    return sorted((row["reason"], row["needs"]) for row in night.store.rows(QUARANTINE, "reason", "needs"))


def in_order(spark, night, folder, files):
    """The tables of a lake into which everything came in order."""
    storage = night.settings.storage.model_copy(update={"landing": str(folder / "landing")})
    other = replace(
        night, store=Store(lambda: spark, str(folder / "lake")),
        settings=night.settings.model_copy(update={"storage": storage}),
    )  # fmt: skip
    for path, text in files.items():
        land(other, path, text)
        os.utime(folder / "landing" / path, (1, 1))
    ingest_cameras(other)
    ingest_feeds(other)
    return held(other)


def test_rows_of_cameras_that_came_later_are_stored_then_and_what_stays_broken_stays_told(spark, night, tmp_path):
    files = {f"{NIGHT}/fixed/a.csv": EARLY}
    for path, text in files.items():
        land(night, path, text)
        os.utime(Path(night.settings.storage.landing) / path, (1, 1))
    assert ingest_feeds(night).rows_quarantined == 4
    need = ("camera_unknown", f"camera F001 {NIGHT}")
    assert reasons(night) == [need, need, ("camera_unknown", f"camera F002 {NIGHT}"), ("malformed", None)]

    # Nothing has come: the file is not even looked at.
    version = night.store.version(FEED_FILES)
    assert str(ingest_feeds(later(night))) == "nothing to do"
    assert night.store.version(FEED_FILES) == version

    cameras = {f"{NIGHT}/cameras/c.csv": register("F001")}
    land(night, *next(iter(cameras.items())))
    ingest_cameras(night)
    assert [file.path for file in new_feed_files(later(night))] == list(files)
    summary = ingest_feeds(later(night))
    assert (summary.rows_stored, summary.rows_quarantined, summary.notes) == (2, 2, {"files_read_again": 1})
    assert reasons(night) == [("camera_unknown", f"camera F002 {NIGHT}"), ("malformed", None)]
    assert held(night) == in_order(spark, night, tmp_path / "other", cameras | files)
    assert str(ingest_feeds(later(night))) == "nothing to do"


@pytest.mark.parametrize("kill", ["sightings", "quarantine", "manifest"])
def test_killed_after_any_commit_the_next_night_gives_the_same(spark, night, tmp_path, monkeypatch, kill):
    land(night, f"{NIGHT}/fixed/a.csv", EARLY)
    os.utime(Path(night.settings.storage.landing) / f"{NIGHT}/fixed/a.csv", (1, 1))
    ingest_feeds(night)
    land(night, f"{NIGHT}/cameras/c.csv", register("F001"))
    ingest_cameras(night)

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if kill == "sightings":  # what was rejected before has not gone yet
            patch.setattr(Store, "delete_rows", killed)
        elif kill == "quarantine":  # it has, and what is rejected now has not come
            whole = Store.add_files
            patch.setattr(
                Store,
                "add_files",
                lambda store, table, files: killed() if table is QUARANTINE else whole(store, table, files),
            )
        else:
            patch.setattr(Manifest, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            ingest_feeds(later(night))
    ingest_feeds(later(night))
    files = {f"{NIGHT}/cameras/c.csv": register("F001"), f"{NIGHT}/fixed/a.csv": EARLY}
    assert held(night) == in_order(spark, night, tmp_path / "other", files)


def test_rows_of_a_partner_are_stored_when_its_licence_has_come(night):
    land(night, f"{NIGHT}/partner/p.bof2", PARTNER)
    assert ingest_feeds(night).rows_quarantined == 1
    assert reasons(night) == [("source_unlicensed", "licence 11-9")]
    (partner, *others) = night.settings.partners
    licensed = changed(night.settings, "partners", (partner.model_copy(update={"source": "11-9"}), *others))
    assert str(ingest_feeds(later(night))) == "nothing to do"
    assert ingest_feeds(replace(later(night), settings=licensed)).rows_stored == 1
    assert reasons(night) == []


def test_a_file_that_is_gone_is_not_waited_for(night):
    land(night, f"{NIGHT}/fixed/a.csv", EARLY)
    ingest_feeds(night)
    (Path(night.settings.storage.landing) / f"{NIGHT}/fixed/a.csv").unlink()
    land(night, f"{NIGHT}/cameras/c.csv", register("F001"))
    ingest_cameras(night)
    assert str(ingest_feeds(later(night))) == "nothing to do"


@pytest.mark.parametrize("text", [feed((f"{NIGHT}T11:00:00", "KP19BBV")), EARLY.replace("nonsense", "NONSENSE")])
def test_what_replaced_a_file_that_waits_is_not_taken_for_it_whatever_its_time_and_size(night, text):
    path = Path(night.settings.storage.landing) / f"{NIGHT}/fixed/a.csv"
    land(night, f"{NIGHT}/fixed/a.csv", EARLY)
    os.utime(path, (1, 1))
    ingest_feeds(night)
    before = night.store.rows(QUARANTINE), night.store.rows(FEED_FILES)
    path.write_text(text)
    os.utime(path, (1, 1))
    land(night, f"{NIGHT}/cameras/c.csv", register("F001"))
    ingest_cameras(night)
    summary = ingest_feeds(later(night))
    assert "files_read_again" not in summary.notes
    assert summary.rows_stored == (1 if len(text) != len(EARLY) else 0)  # of the same size and time nobody sees it
    assert night.store.rows(QUARANTINE) == before[0]
    assert before[1][0] in night.store.rows(FEED_FILES)


def test_a_file_that_waits_is_read_again_where_it_lies_right_and_not_where_a_copy_lies_wrong(night):
    land(night, f"{NIGHT}/fixed/a.csv", EARLY)
    ingest_feeds(night)
    land(night, f"{NIGHT - timedelta(days=1)}/mobile/a.csv", EARLY)
    ingest_feeds(later(night))
    land(night, f"{NIGHT}/cameras/c.csv", register("F001"))
    ingest_cameras(night)
    assert ingest_feeds(later(night)).rows_stored == 2


def test_what_was_rejected_before_goes_also_where_the_manifest_has_forgotten_the_file(night):
    land(night, f"{NIGHT}/fixed/a.csv", EARLY)
    ingest_feeds(night)
    night.store.replace_rows(FEED_FILES, [])  # as a purge does when its oldest row has expired
    (Path(night.settings.storage.landing) / f"{NIGHT}/fixed/a.csv").unlink()
    land(night, f"{NIGHT}/cameras/c.csv", register("F001"))
    ingest_cameras(night)
    land(night, f"{NIGHT}/fixed/again.csv", EARLY)
    ingest_feeds(later(night))
    assert reasons(night) == [("camera_unknown", f"camera F002 {NIGHT}"), ("malformed", None)]
    assert sum(night.store.rows_by_day(SIGHTINGS).values()) == 2


def test_the_same_bytes_sent_again_are_told_once(night, caplog):
    land(night, f"{NIGHT}/cameras/c.csv", register("F001"))
    ingest_cameras(night)
    for name in ("a", "b"):
        land(night, f"{NIGHT}/fixed/{name}.csv", feed(*ROWS))
    summary = ingest_feeds(night)
    assert (summary.files, summary.rows_stored, summary.notes) == (1, 2, {"files_sent_again": 1})
    assert re.search(rf"file [0-9a-f]{{12}} was sent again to {NIGHT}/fixed", caplog.text)
    assert "b.csv" not in caplog.text
    (row,) = night.store.rows(FEED_FILES)
    assert sorted(row["paths"]) == [f"{NIGHT}/fixed/a.csv", f"{NIGHT}/fixed/b.csv"]
    assert str(ingest_feeds(night)) == "nothing to do"
    land(night, f"{NIGHT}/fixed/c.csv", feed(*ROWS))
    assert ingest_feeds(later(night)).notes == {"files_sent_again": 1}
    assert str(ingest_feeds(later(night))) == "nothing to do"


FUTURE = feed(*ROWS, (f"{NIGHT + timedelta(days=1)}T08:00:00", "KL56MNO"))


@pytest.mark.parametrize(
    ("wrong", "right", "text", "stored"),
    [
        (f"{NIGHT}/mobile/a.csv", f"{NIGHT}/fixed/a.csv", feed(*ROWS), 2),
        (f"{NIGHT}/fixed/a.csv", f"{NIGHT + timedelta(days=1)}/fixed/a.csv", FUTURE, 3),
    ],
)
@pytest.mark.parametrize("moved", [True, False])
def test_a_file_that_is_put_right_is_read_again_where_it_lies_then(night, wrong, right, text, stored, moved):
    land(night, f"{NIGHT}/cameras/c.csv", register("F001"))
    ingest_cameras(night)
    land(night, wrong, text)
    assert ingest_feeds(night).rows_quarantined > 0
    land(night, right, text)
    if moved:
        (Path(night.settings.storage.landing) / wrong).unlink()
    assert ingest_feeds(later(night)).rows_stored == stored
    (row,) = night.store.rows(FEED_FILES)
    assert (row["landed_path"], row["rows_stored"], row["rows_quarantined"]) == (right, stored, 0)
    assert reasons(night) == []
    assert len(night.store.rows(SIGHTINGS)) == stored
    assert str(ingest_feeds(later(night))) == "nothing to do"


def test_a_file_that_is_put_right_in_the_night_in_which_its_need_is_met_is_read_once(night):
    land(night, f"{NIGHT}/mobile/a.csv", feed(*ROWS))
    land(night, f"{NIGHT}/fixed/b.csv", EARLY)
    ingest_feeds(night)
    land(night, f"{NIGHT}/cameras/c.csv", register("F001", "F002"))
    ingest_cameras(night)
    land(night, f"{NIGHT}/fixed/a.csv", feed(*ROWS))
    land(night, f"{NIGHT + timedelta(days=1)}/fixed/b.csv", EARLY)
    ingest_feeds(later(night))
    rows = {Path(row["landed_path"]).name: row for row in night.store.rows(FEED_FILES)}
    assert {name: (row["rows_received"], row["rows_stored"] + row["rows_duplicate"]) for name, row in rows.items()} == {
        "a.csv": (2, 2), "b.csv": (4, 3)
    }  # fmt: skip
    assert len(night.store.rows(FEED_FILES)) == 2
    assert len(night.store.rows(SIGHTINGS)) == 3
    assert str(ingest_feeds(later(night))) == "nothing to do"


def test_two_copies_of_which_one_lies_wrong_are_both_known_after_the_next_night(night):
    land(night, f"{NIGHT}/cameras/c.csv", register("F001"))
    ingest_cameras(night)
    for kind in ("fixed", "another", "mobile", "partner"):
        land(night, f"{NIGHT}/{kind}/a.bof2", PARTNER)
    licensed = changed(night.settings, "partners", (night.settings.partners[0].model_copy(update={"source": "11-9"}),))
    night = replace(night, settings=licensed)
    for _ in range(4):
        ingest_feeds(night)
    (row,) = night.store.rows(FEED_FILES)
    assert (row["source_kind"], row["rows_stored"]) == ("partner", 1)
    assert str(ingest_feeds(night)) == "nothing to do"


def test_what_was_stored_is_not_judged_again_where_the_same_bytes_lie_wrong(night):
    land(night, f"{NIGHT}/cameras/c.csv", register("F001"))
    ingest_cameras(night)
    land(night, f"{NIGHT}/fixed/a.csv", EARLY)
    assert ingest_feeds(night).rows_stored == 2
    land(night, f"{NIGHT}/mobile/a.csv", EARLY)
    assert ingest_feeds(later(night)).notes == {"files_sent_again": 1}
    (row,) = night.store.rows(FEED_FILES)
    assert (row["source_kind"], row["rows_stored"]) == ("fixed", 2)


def test_a_file_that_was_replaced_in_place_is_a_new_one_and_a_touched_one_is_not(night):
    land(night, f"{NIGHT}/cameras/c.csv", register("F001"))
    ingest_cameras(night)
    path = Path(night.settings.storage.landing) / f"{NIGHT}/fixed/a.csv"
    land(night, f"{NIGHT}/fixed/a.csv", feed(ROWS[0]))
    ingest_feeds(night)
    os.utime(path, (1, 1))
    assert ingest_feeds(later(night)).rows_received == 0
    land(night, f"{NIGHT}/fixed/a.csv", feed((ROWS[0][0], "AB12CDF")))  # as long as the first
    assert ingest_feeds(later(night)).rows_stored == 1
    assert sorted(row["vrm"] for row in night.store.rows(SIGHTINGS, "vrm")) == ["AB12CDE", "AB12CDF"]
