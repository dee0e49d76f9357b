"""The footage catalogue: every video file by its content, and why one is refused before it is read."""

import json
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from jobs.footage.catalogue import catalogue_footage, new_footage
from jobs.lake.tables import CAMERAS, FOOTAGE

NIGHT = date(2026, 11, 20)
CASES = {  # content of the sidecar, reason, day of capture
    "good": ({"camera_id": "F001", "started_at": "2026-11-20T00:30:00+01:00"}, None, date(2026, 11, 19)),
    "no-sidecar": (None, "no_sidecar", NIGHT),
    "no-json": ("{", "sidecar_malformed", NIGHT),
    "no-object": ("[]", "sidecar_malformed", NIGHT),
    "no-camera": ({"started_at": "2026-11-20T00:30:00Z"}, "sidecar_malformed", NIGHT),
    "nested": ("[" * 100_000, "sidecar_malformed", NIGHT),
    "before-time": ({"camera_id": "F001", "started_at": "0001-01-01T00:00:00+14:00"}, "sidecar_malformed", NIGHT),
    "no-zone": ({"camera_id": "F001", "started_at": "2026-11-20T00:30:00"}, "time_no_zone", NIGHT),
    "future": ({"camera_id": "F001", "started_at": "2026-11-21T00:00:00Z"}, "time_future", NIGHT),
    "expired": ({"camera_id": "F001", "started_at": "2026-08-22T23:59:59Z"}, "time_expired", date(2026, 8, 22)),
    "just-kept": ({"camera_id": "F001", "started_at": "2026-08-23T00:00:00Z"}, None, date(2026, 8, 23)),
    "stranger": ({"camera_id": "F999", "started_at": "2026-11-20T00:30:00Z"}, "camera_unknown", NIGHT),
}


def land(night, name, content, sidecar, day="2026-11-20", endings=("mp4", "json")):
    folder = Path(night.settings.storage.landing) / day / "footage"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.{endings[0]}").write_bytes(content)
    if sidecar is not None:
        text = sidecar if isinstance(sidecar, str) else json.dumps(sidecar)
        (folder / f"{name}.{endings[1]}").write_text(text, encoding="utf-8")


CAMERA = {"camera_id": "F001", "site_code": "S", "kind": "fixed", "cordon": "none", "valid_from": date(2026, 1, 1)}


def test_the_same_bytes_with_another_sidecar_are_refused_once_and_a_sidecar_may_be_in_capitals(night):
    night.store.replace_rows(CAMERAS, [CAMERA, CAMERA | {"camera_id": "F002"}])
    first = {"camera_id": "F001", "started_at": "2026-11-20T08:00:00Z"}
    land(night, "a", b"same", None)
    land(night, "B", b"same", first, endings=("MP4", "JSON"))
    land(night, "c", b"same", first | {"started_at": "2026-11-20T09:00:00+01:00"})  # says the same
    land(night, "d", b"same", first | {"camera_id": "F002"})
    land(night, "e", b"same", first | {"started_at": "2026-11-20T09:00:00Z"})
    assert catalogue_footage(night).notes == {"footage_files": 3, "footage_refused": 2, "footage_sent_again": 4}
    assert catalogue_footage(night).files == 0
    land(night, "f", b"same", first | {"camera_id": "F002"}, day="2026-11-21")
    assert catalogue_footage(replace(night, process_date=NIGHT + timedelta(days=1))).files == 1
    rows = {Path(row.landed_path).name: row for row in night.store.read(FOOTAGE).collect()}
    assert {name: (row.camera_id, row.status, row.reason) for name, row in rows.items()} == {
        "B.MP4": ("F001", "new", None), "d.mp4": ("F002", "refused", "content_of_another"),
        "e.mp4": ("F001", "refused", "content_of_another"), "f.mp4": ("F002", "refused", "content_of_another"),
    }  # fmt: skip
    assert len({row.footage_id for row in rows.values()}) == 4


def test_each_file_is_catalogued_once_by_its_content_with_the_reason_that_refuses_it(night):
    night.store.replace_rows(CAMERAS, [CAMERA])
    for name, (sidecar, *_) in CASES.items():
        land(night, name, name.encode(), sidecar)
    summary = catalogue_footage(night)
    assert summary.notes == {"footage_files": len(CASES), "footage_refused": len(CASES) - 2}
    rows = night.store.read(FOOTAGE).select("landed_path", "status", "reason", "capture_date").collect()
    found = {Path(row.landed_path).stem: (row.status, row.reason, row.capture_date) for row in rows}
    assert found == {
        name: ("refused" if reason else "new", reason, day) for name, (_, reason, day) in CASES.items()
    }  # fmt: skip

    # The same bytes again, under another name and on another day, are no new file.
    land(night, "copy", b"good", CASES["good"][0], day="2026-11-21")
    later = replace(night, process_date=NIGHT + timedelta(days=1))
    assert catalogue_footage(later).files == 0
    assert night.store.read(FOOTAGE).count() == len(CASES)


def outcome(night):
    """Status, reason and need of each file, by its name."""
    rows = night.store.rows(FOOTAGE, "landed_path", "status", "reason", "needs")
    return {Path(row["landed_path"]).stem: (row["status"], row["reason"], row["needs"]) for row in rows}


def test_a_video_that_came_before_its_sidecar_or_its_camera_is_catalogued_anew_when_that_has_come(night):
    land(night, "a", b"a", None)
    land(night, "b", b"b", {"camera_id": "F001", "started_at": "2026-11-20T08:00:00Z"})
    catalogue_footage(night)
    assert outcome(night) == {
        "a": ("refused", "no_sidecar", "sidecar"), "b": ("refused", "camera_unknown", "camera F001 2026-11-20"),
    }  # fmt: skip
    version = night.store.version(FOOTAGE)
    assert catalogue_footage(night).files == 0
    assert night.store.version(FOOTAGE) == version

    night.store.replace_rows(CAMERAS, [CAMERA])
    folder = Path(night.settings.storage.landing) / "2026-11-20/footage"
    (folder / "a.json").write_text('{"camera_id": "F001", "started_at": "2026-11-20T09:00:00Z"}')
    later = replace(night, process_date=NIGHT + timedelta(days=1), run_id="later")
    assert [Path(file.path).stem for file in new_footage(later)] == ["a", "b"]
    assert catalogue_footage(later).notes == {"footage_files": 2}
    assert outcome(night) == {"a": ("new", None, None), "b": ("new", None, None)}
    assert catalogue_footage(later).files == 0


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        ("{", "sidecar_malformed"), ('{"camera_id": "F001", "started_at": "2026-11-20T08:00:00"}', "time_no_zone"),
        ('{"camera_id": "F001", "started_at": "2026-11-21T08:00:00Z"}', "time_future"),
        ('{"camera_id": "F0O1", "started_at": "2026-11-20T08:00:00Z"}', "camera_unknown"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("day", ["2026-11-20", "2026-11-21"])
def test_a_video_whose_sidecar_was_put_right_is_catalogued_anew_in_its_place_or_in_another(night, first, reason, day):
    night.store.replace_rows(CAMERAS, [CAMERA])
    land(night, "a", b"a", first)
    catalogue_footage(night)
    assert catalogue_footage(night).files == 0
    assert outcome(night)["a"][:2] == ("refused", reason)
    land(night, "a", b"a", {"camera_id": "F001", "started_at": "2026-11-20T08:00:00Z"}, day=day)
    later = replace(night, process_date=NIGHT + timedelta(days=1), run_id="later")
    catalogue_footage(later)
    assert outcome(night) == {"a": ("new", None, None)}
    assert catalogue_footage(later).files == 0


def test_a_video_that_was_replaced_in_place_is_a_new_one(night):
    night.store.replace_rows(CAMERAS, [CAMERA])
    land(night, "a", b"one", {"camera_id": "F001", "started_at": "2026-11-20T08:00:00Z"})
    catalogue_footage(night)
    land(night, "a", b"two", None)  # as long as the first
    os.utime(Path(night.settings.storage.landing) / "2026-11-20/footage/a.mp4", (1, 1))
    assert catalogue_footage(replace(night, run_id="later")).files == 1
    assert night.store.read(FOOTAGE).count() == 2
