"""Quality over time in `validate`: days are profiled, held against their history, and become history."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from jobs.domain.tokens import site_code
from jobs.lake.store import Store
from jobs.lake.tables import CAMERA_DAYS, CAMERAS, FEED_FILES, QUALITY_RESULTS, READS
from jobs.quality.gate import GateClosedError
from jobs.quality.over_time import held_against_history
from jobs.quality.publish import validate
from jobs.report.quality import show_quality
from jobs.runtime.night import Night
from tests.factories import changed, feed_file, stage

FRIDAY = date(2026, 11, 20)


def read(day, camera_id="F001", hour=8, **changes):
    name = f"{camera_id}{day:%d}{hour:02d}".ljust(32, "0").lower()
    return {
        "read_id": re.sub("[^0-9a-f]", "a", name), "captured_at": datetime(day.year, day.month, day.day, hour),  # noqa: DTZ001 - UTC
        "camera_id": camera_id, "vrm": "AB12CDE", "vrm_format": "current", "confidence": 0.9, "direction": "towards",
        "sighting_ids": [name], "source_kinds": ["fixed"], "sources": ["fixed:force"], "readings": {"AB12CDE": 1},
        "flags": [], "process_date": FRIDAY, "run_id": "r", "capture_date": day,
    } | changes  # fmt: skip


def profile(day, camera_id="F001", **changes):
    return {
        "camera_id": camera_id, "reads": 240, "reads_by_hour": [10] * 24, "unrecognised": 0, "mean_confidence": 0.9,
        "source_kinds": {"fixed": 240}, "partner_sources": {}, "clock_offset_s": None, "clock_error_s": None,
        "clock_pairs": 0, "process_date": day, "run_id": "r", "capture_date": day,
    } | changes  # fmt: skip


def fed(night, kind):
    return feed_file(f"{night}/{kind}/a", night, source_kind=kind)


@pytest.fixture
def quick(settings):
    """A night on an empty lake that starts no Spark, and keeps no camera's day."""
    store = Store(lambda: pytest.fail("it needs no Spark"), settings.storage.root)
    settings = changed(settings, "quality.history.days", 5)
    return Night(store, settings, FRIDAY, "test-run")


def ago(days):
    return FRIDAY - timedelta(days=days)


def told(night, today=(), days=(FRIDAY,)):
    """Table, day, its rows, check, and either who was found and what was expected, or of how many nothing was found."""
    names = {site_code(night.token_key, name): name for name in ("F001", "F002")}
    return [
        (audit.table.name, audit.day, audit.rows, one.expectation, one.element_count)
        if one.success
        else (
            audit.table.name,
            audit.day,
            audit.rows,
            one.expectation,
            names.get(one.subject, one.subject),
            one.expected,
        )
        for audit in held_against_history(night, list(today), list(days))
        for one in audit.outcomes
        if not one.success or one.unexpected_count == 0
    ]


def silent(expected, day=FRIDAY, rows=0, camera="F001"):
    return ("camera_days", day, rows, "camera_silent", camera, expected)


def test_a_history_is_the_days_before_and_no_others(quick):
    quick.store.append_rows(CAMERA_DAYS, [profile(ago(number), reads_by_hour=[20] * 24) for number in (6, 7)])
    assert told(quick) == []
    quick.store.append_rows(CAMERA_DAYS, [profile(ago(5), reads_by_hour=[20] * 24), profile(ago(1)), profile(ago(-1))])
    assert told(quick) == [("camera_days", FRIDAY, 0, "clock_offset", 1)]
    quick.store.append_rows(CAMERA_DAYS, [profile(ago(2))])
    assert silent(240.0) in told(quick)


def test_a_day_on_which_only_others_saw_something_is_one_without_a_read_since_the_first_of_a_camera(quick):
    others = [profile(ago(number), "F002") for number in (5, 4, 3, 2, 1)]
    quick.store.append_rows(CAMERA_DAYS, [*others, profile(ago(4)), profile(ago(1))])
    # 240, 0, 0 and 240: on three of four days no read.
    assert [one for one in told(quick) if one[3] == "camera_silent"] == [silent(240.0, camera="F002")]
    quick.store.append_rows(CAMERA_DAYS, [profile(ago(2))])
    assert [one for one in told(quick) if one[3] == "camera_silent"] == [silent(180.0), silent(240.0, camera="F002")]


def test_a_day_of_the_same_night_is_history_for_the_next_and_stands_for_what_was_kept_of_it(quick):
    quick.store.append_rows(CAMERA_DAYS, [profile(ago(number)) for number in (4, 3, 2, 1)])
    anew = [profile(ago(1), reads_by_hour=[0] * 24, reads=0), profile(FRIDAY, "F002")]
    found = told(quick, anew, [ago(1), FRIDAY])
    assert silent(240.0, ago(1), 1) in found
    assert silent(180.0, rows=1) in found  # of 240, 240, 240 and 0 on three of four days


def test_a_camera_that_the_register_has_no_more_is_not_missed(quick):
    days = [profile(ago(number), name) for number in (1, 2, 3) for name in ("F001", "F002")]
    quick.store.append_rows(CAMERA_DAYS, days)
    place = {
        "kind": "fixed",
        "cordon": "none",
        "latitude": 54.0,
        "longitude": -1.0,
        "process_date": FRIDAY,
        "run_id": "r",
    }
    quick.store.append_rows(
        CAMERAS,
        [
            place
            | {
                "camera_id": name,
                "site_code": site_code(quick.token_key, name),
                "valid_from": ago(99),
                "valid_to": until,
            }
            for name, until in (("F001", ago(1)), ("F002", None), ("F003", ago(50)))
        ],
    )
    assert [one for one in told(quick) if one[3] == "camera_silent"] == [silent(240.0, camera="F002")]
    assert ("camera_days", FRIDAY, 0, "clock_offset", 1) in told(quick)
    # On the day before it was still there.
    before = told(quick, [], [ago(1)])
    assert before == [("camera_days", ago(1), 0, "clock_offset", 2)]


@pytest.mark.parametrize(
    ("nights", "found"), [((1, 2, 3), ["mobile"]), ((1, 2), []), ((4, 5, 6), []), ((3, 4, 5), ["mobile"])]
)
def test_a_feed_that_came_on_enough_nights_of_the_history_and_not_tonight_has_stopped(quick, nights, found):
    quick.store.append_rows(FEED_FILES, [fed(ago(number), kind) for number in nights for kind in ("fixed", "mobile")])
    quick.store.append_rows(FEED_FILES, [fed(FRIDAY, "fixed"), fed(FRIDAY, "fixed") | {"file_id": "again"}])
    assert told(quick, days=()) == [("feed_files", FRIDAY, 2, "feed_stopped", one, 1.0) for one in found]


@pytest.mark.parametrize("before", [(1, 2, 3), (1, 2, 3, 4)])
def test_feeds_that_all_came_are_told_as_so_many(quick, before):
    nights = [*(ago(number) for number in before), FRIDAY]
    quick.store.append_rows(FEED_FILES, [fed(day, kind) for day in nights for kind in ("fixed", "mobile")])
    assert told(quick, days=()) == [("feed_files", FRIDAY, 2, "feed_stopped", 2)]


def test_a_partner_that_no_camera_was_seen_by_any_more_has_stopped(quick):
    shared = {"partner_sources": {"partner:north": 4}}
    days = [profile(ago(number), name, **shared) for number in (1, 2, 3) for name in ("F001", "F002")]
    quick.store.append_rows(CAMERA_DAYS, days)
    today = [profile(FRIDAY, "F001"), profile(FRIDAY, "F002")]
    assert ("camera_days", FRIDAY, 2, "feed_stopped", "partner:north", 8.0) in told(quick, today)
    assert ("camera_days", FRIDAY, 2, "feed_stopped", 1) in told(quick, [today[0], profile(FRIDAY, "F002", **shared)])


@pytest.fixture
def lake(night):
    """Three days of history of F001 and F002; tonight F001 was seen once, F002 not at all, and no mobile file came."""
    history = [FRIDAY - timedelta(days=number) for number in (1, 2, 3)]
    cameras = [profile(day, camera) for day in history for camera in ("F001", "F002")]
    night.store.replace_rows(CAMERA_DAYS, cameras)
    files = [fed(day, kind) for day in history for kind in ("fixed", "mobile")]
    night.store.append_rows(FEED_FILES, [*files, fed(FRIDAY, "fixed")])
    stage(night, read(FRIDAY, vrm="WX34YZA"), read(FRIDAY, hour=9, vrm="WX34YZA", vrm_format="unrecognised"))
    return night


def test_unusual_days_are_told_with_owners_and_published_with_their_profile(lake, capsys):
    assert validate(lake).notes == {"days_published": 1}

    kept = lake.store.rows(CAMERA_DAYS, days=[FRIDAY])
    assert [(row["camera_id"], row["reads"], row["unrecognised"], row["run_id"]) for row in kept] == [
        ("F001", 2, 1, "test-run")
    ]
    assert kept[0]["reads_by_hour"] == [0] * 8 + [1, 1] + [0] * 14
    assert kept[0]["mean_confidence"] == 0.9
    assert kept[0]["source_kinds"] == {"fixed": 2}

    results = [row for row in lake.store.rows(QUALITY_RESULTS) if not row["expectation"].startswith("expect_")]
    found = {
        (row["expectation"], row["subject"], row["observed"], row["expected"], row["owner"], row["severity"])
        for row in results
        if not row["success"]
    }
    key = lake.token_key
    assert found == {
        ("camera_silent", site_code(key, "F001"), 0.0, 140.0, "camera-maintenance", "warning"),
        ("camera_silent", site_code(key, "F002"), 0.0, 240.0, "camera-maintenance", "warning"),
        ("feed_stopped", "mobile", 0.0, 1.0, "data-engineering", "warning"),
    }
    well = {row["expectation"]: row["element_count"] for row in results if row["success"]}
    assert well == {"camera_few_reads": 2, "camera_rubbish": 2, "clock_offset": 2, "clock_jumped": 2}
    assert {row["owner"] for row in lake.store.rows(QUALITY_RESULTS)} == {"camera-maintenance", "data-engineering"}

    page = Path(lake.store.root, "restricted", "quality.html").read_text(encoding="utf-8")
    show_quality(lake.store, 2, None)
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert f"camera_silent {site_code(key, 'F002')}: reads_by_hour 0, expected 240" in page
    assert site_code(key, "F002") in shown
    for text in (page, shown, str(lake.store.rows(QUALITY_RESULTS))):
        assert not re.search(r"\b(F001|F002|AB12CDE|WX34YZA)\b", text)


def test_a_critical_check_refuses_the_day_like_an_expectation(lake, capsys):
    night = replace(lake, settings=changed(lake.settings, "quality.checks.camera_silent.severity", "critical"))
    with pytest.raises(GateClosedError, match=r"restricted\.camera_days 2026-11-20: camera_silent S.*not.* published"):
        validate(night)
    assert night.store.rows_by_day(READS) == {}
    assert night.store.rows(CAMERA_DAYS, days=[FRIDAY]) == []
    show_quality(night.store, 1, FRIDAY)
    assert "refused" in capsys.readouterr().out
