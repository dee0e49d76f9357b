"""Consolidation: which sightings are one passage, what it is called and where it stands."""

import random
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zlib import crc32

import pyarrow as pa
import pytest

from jobs.consolidate.passages import COLUMNS, cameras_of_near_vrms, near_vrms, passages_to_reads, vrms_seen
from jobs.lake.tables import READS

GAP = timedelta(seconds=6)
SCHEMA = pa.schema(
    [("sighting_id", pa.string()), ("camera_id", pa.string()), ("vrm", pa.string()),
     ("captured_at", pa.timestamp("us", "UTC")), ("source_kind", pa.string()), ("confidence", pa.float64()),
     ("direction", pa.string()), ("flags", pa.list_(pa.string())), ("latitude", pa.float64()),
     ("longitude", pa.float64()), ("source_id", pa.string()), ("capture_date", pa.date32())]
)  # fmt: skip


def sighting(name, vrm, at, **changes):
    """`at` is seconds after 08:00 on 20 November 2026."""
    captured_at = datetime(2026, 11, 20, 8, tzinfo=UTC) + timedelta(seconds=at)
    return {
        "sighting_id": name, "camera_id": "F001", "vrm": vrm, "captured_at": captured_at,
        "source_kind": "fixed", "confidence": 0.9, "direction": "towards", "flags": [], "latitude": None,
        "longitude": None, "source_id": "force", "capture_date": captured_at.date(),
    } | changes  # fmt: skip


def reads(*sightings, tasks=1):
    """As the job does it: the cameras spread over tasks, and each task knows of the others what `near_vrms` tells."""
    of_task = [[row for row in sightings if crc32(row["camera_id"].encode()) % tasks == task] for task in range(tasks)]
    frames = [pa.Table.from_pylist(rows, SCHEMA).select(COLUMNS) for rows in of_task if rows]
    cameras = cameras_of_near_vrms([near_vrms(pa.concat_tables([vrms_seen(frame, GAP) for frame in frames]))])
    found = pa.concat_tables([passages_to_reads(frame, GAP, cameras) for frame in frames])
    assert set(found.column_names) == set(READS.column_names) - {"process_date", "run_id"}
    rows = [SimpleNamespace(**row) for row in found.to_pylist(maps_as_pydicts="strict")]
    return sorted(rows, key=lambda row: (row.captured_at, row.camera_id, row.vrm))


def of_one_camera(found):
    return [(row.vrm, row.sighting_ids) for row in found if row.camera_id == "F001"]


def test_sightings_further_apart_than_the_gap_are_two_passages():
    found = reads(
        sighting("a", "AB12CDE", 0), sighting("b", "AB12CDE", 6), sighting("c", "AB12CDE", 12.001)
    )  # fmt: skip
    assert [row.sighting_ids for row in found] == [["a", "b"], ["c"]]


def test_the_gap_counts_from_the_sighting_before_not_from_the_first():
    (row,) = reads(*(sighting(f"s{number}", "AB12CDE", 5 * number) for number in range(4)))
    assert row.sighting_ids == ["s0", "s1", "s2", "s3"]


def test_marks_that_readers_confuse_are_one_passage_others_and_other_cameras_are_not():
    found = reads(
        sighting("a", "AB12CDE", 0), sighting("b", "AB1ZCDE", 1, confidence=0.99), sighting("c", "AB12CDX", 1),
        sighting("d", "AB12CDE", 1, camera_id="F002"),
    )  # fmt: skip
    assert [(row.camera_id, row.vrm, row.sighting_ids) for row in found] == [
        ("F001", "AB12CDE", ["a", "b"]), ("F001", "AB12CDX", ["c"]), ("F002", "AB12CDE", ["d"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("AB12CDE", "A812CDE", True), ("AB12CDE", "AB12CDF", True), ("AB12CDE", "AB12CDX", False),
        ("OB12CDI", "0B12CD1", True), ("AB12CDE", "AB12CE", True), ("AB12CE", "AB12CDE", True),
        ("AB12CDE", "AB12CF", False), ("AB12CDE", "B12CDE", False),
        ("AB12CDE", "A8I2CDE", True), ("AB12CDE", "A8I2CDF", False),
        ("EB12CDP", "FB12CDR", True),
    ],
)  # fmt: skip
def test_one_vehicle_is_read_with_one_wrong_or_missing_character_not_more(one, other, same):
    found = reads(sighting("a", one, 0), sighting("b", other, 2))
    assert len(found) == (1 if same else 2)


def test_two_vehicles_with_like_marks_that_other_cameras_see_too_stay_two():
    twins = [sighting("a", "AB12CDE", 0), sighting("b", "AB12CDF", 2)]
    seen = [sighting("c", "AB12CDE", 600, camera_id="F002"), sighting("d", "AB12CDF", 602, camera_id="F002")]
    assert of_one_camera(reads(*twins, seen[0])) == [("AB12CDE", ["a", "b"])]
    assert of_one_camera(reads(*twins, *seen, tasks=2)) == [("AB12CDE", ["a"]), ("AB12CDF", ["b"])]


def test_a_misread_joins_one_of_two_vehicles_and_does_not_tie_them_together():
    elsewhere = [sighting(f"e{vrm}", vrm, 900, camera_id="F002") for vrm in ("AB12CDE", "AB12CDP")]
    found = reads(
        sighting("a", "AB12CDE", 0), sighting("b", "AB12CDF", 1), sighting("c", "AB12COP", 1),
        sighting("d", "AB12CDP", 2), *elsewhere,
    )  # fmt: skip
    assert of_one_camera(found) == [("AB12CDE", ["a", "b"]), ("AB12CDP", ["c", "d"])]


def test_vehicles_that_pass_in_opposite_directions_are_two():
    found = reads(sighting("a", "AB12CDE", 0), sighting("b", "AB12CDF", 2, direction="away"))
    assert [row.vrm for row in found] == ["AB12CDE", "AB12CDF"]


def test_a_passage_lists_all_its_sources():
    (row,) = reads(
        sighting("a", "AB12CDE", 0, source_kind="partner", source_id="11-1"),
        sighting("b", "AB12CDE", 1, source_kind="partner", source_id="12-2"),
        sighting("c", "AB12CDE", 1, source_kind="footage", source_id="f"),
    )  # fmt: skip
    assert row.sources == ["footage:f", "partner:11-1", "partner:12-2"]
    assert row.source_kinds == ["footage", "partner"]


def test_a_passage_over_midnight_is_one_on_each_day():
    found = reads(sighting("a", "AB12CDE", 16 * 3600 - 1), sighting("b", "AB12CDE", 16 * 3600 + 1))
    assert [str(row.capture_date) for row in found] == ["2026-11-20", "2026-11-21"]


@pytest.mark.parametrize(
    ("sightings", "anchor"),
    [
        ([("a", 0, "footage"), ("b", 1, "partner"), ("c", 2, "mobile"), ("d", 3, "fixed")], 3),
        ([("a", 0, "footage"), ("b", 1, "partner"), ("c", 2, "mobile")], 2),
        ([("a", 0, "footage"), ("b", 1, "partner")], 1),
        ([("a", 2, "fixed"), ("b", 1, "fixed")], 1),
    ],
)
def test_the_anchor_is_the_best_sources_earliest_sighting(sightings, anchor):
    rows = [
        sighting(name, "AB12CDE", at, source_kind=kind, latitude=50.0 + at, longitude=float(at))
        for name, at, kind in sightings
    ]
    (row,) = reads(*rows)
    assert row.captured_at.second == anchor
    assert (row.latitude, row.longitude) == (50.0 + anchor, float(anchor))
    assert row.source_kinds == sorted({kind for *_, kind in sightings})


def test_one_mark_at_midnight_is_a_passage_of_its_own_at_each_camera_on_each_day():
    midnight = 16 * 3600
    found = reads(*(
        sighting(f"{camera}{at:+}", "AB12CDE", midnight + at, camera_id=camera)
        for camera in ("F001", "F002", "F003") for at in (-2, 2)
    ))  # fmt: skip
    assert [row.sighting_ids for row in found] == [
        ["F001-2"], ["F002-2"], ["F003-2"], ["F001+2"], ["F002+2"], ["F003+2"],
    ]  # fmt: skip


def test_the_anchors_id_names_the_read():
    (alone,) = reads(sighting("a", "AB12CDE", 0))
    (later,) = reads(sighting("a", "AB12CDE", 0), sighting("b", "AB12CDE", 1))
    (earlier,) = reads(sighting("a", "AB12CDE", 0), sighting("b", "AB12CDE", -1))
    assert alone.read_id == later.read_id != earlier.read_id


@pytest.mark.parametrize(
    ("vrms", "chosen"),
    [
        # One that fits a UK format goes before more sightings and more confidence.
        ([("AB12CDE", 0.5), ("AB1ZCDE", 0.9), ("AB1ZCDE", 0.9)], "AB12CDE"),
        # Of two that fit, the one with more sightings.
        ([("AB12CDO", 0.9), ("AB12CDD", 0.5), ("AB12CDD", 0.5)], "AB12CDD"),
        # Then the one with more confidence.
        ([("AB12CDO", 0.6), ("AB12CDD", 0.7)], "AB12CDD"),
        ([("AB12CDO", 0.8), ("AB12CDD", None)], "AB12CDO"),
    ],
)
def test_the_mark_is_chosen_by_format_then_sightings_then_confidence(vrms, chosen):
    rows = [sighting(f"s{n}", vrm, n, confidence=confidence) for n, (vrm, confidence) in enumerate(vrms)]
    (row,) = reads(*rows)
    assert row.vrm == chosen
    assert row.vrm_format == "current"
    assert row.confidence == max(confidence or 0 for _, confidence in vrms)
    assert row.readings == {vrm: [one for one, _ in vrms].count(vrm) for vrm, _ in vrms}
    assert "disagreeing" in row.flags


@pytest.mark.parametrize(
    ("directions", "expected"),
    [
        (["towards", "towards"], "towards"), (["away", "unknown"], "away"), (["towards", "away"], "unknown"),
        (["unknown", "unknown"], "unknown"),
    ],
)  # fmt: skip
def test_sources_that_differ_in_direction_leave_it_unknown(directions, expected):
    (row,) = reads(*(sighting(f"s{n}", "AB12CDE", n, direction=d) for n, d in enumerate(directions)))
    assert row.direction == expected


def test_flags_tell_what_a_read_rests_on():
    found = reads(
        sighting("a", "AB12CDE", 0, flags=["single_look"]),
        sighting("b", "AB12CDE", 100, flags=["single_look"]), sighting("c", "AB12CDE", 101, flags=["single_look"]),
        sighting("d", "AB12CDE", 200, flags=["single_look"]), sighting("e", "AB12CDE", 201),
        sighting("f", "XX999999", 300),
        sighting("g", "AB12CDE", 400), sighting("h", "AB12CD3", 400),
    )  # fmt: skip
    assert [row.flags for row in found] == [["single_look"], [], [], ["unrecognised"], ["unrecognised"], []]


def test_a_passage_stands_where_its_best_sighting_with_a_place_does():
    nowhere = {"latitude": None, "longitude": None}
    (row,) = reads(
        sighting("a", "AB12CDE", 0, source_kind="mobile", flags=["position_missing"], **nowhere),
        sighting("b", "AB12CDE", 1, source_kind="footage", latitude=51.0, longitude=1.0),
        sighting("c", "AB12CDE", 2, source_kind="partner", latitude=54.0, longitude=-1.5),
    )
    assert (row.captured_at.second, row.latitude, row.longitude) == (0, 54.0, -1.5)
    assert row.flags == ["position_missing"]


def test_what_is_to_be_known_of_a_sighting_is_told_of_its_read():
    flags = ["transliterated", "position_swapped", "position_implausible"]
    found = reads(sighting("a", "BTUE123", 0, flags=flags), sighting("b", "AB12CDE", 50))
    assert [row.flags for row in found] == [["unrecognised", *flags], []]


def test_a_mark_with_a_character_that_was_not_read_joins_the_whole_one():
    found = reads(sighting("a", "AB1?CDE", 0), sighting("b", "AB12CDE", 1), sighting("c", "AB1?CDE", 50))
    assert [(row.vrm, row.vrm_format, row.sighting_ids) for row in found] == [
        ("AB12CDE", "current", ["a", "b"]), ("AB1?CDE", "incomplete", ["c"]),
    ]  # fmt: skip


def test_a_read_without_a_confidence_has_none():
    (row,) = reads(sighting("a", "AB12CDE", 0, confidence=None))
    assert row.confidence == 0.0


@pytest.mark.parametrize("names", [("a", "b", "c"), ("c", "a", "b"), ("b", "c", "a")])
def test_of_sightings_of_one_moment_the_least_name_counts(names):
    rows = [sighting(name, "AB12CDE", 0, latitude=50.0 + "abc".index(name), longitude=0.0) for name in names]
    (row,) = reads(*rows)
    assert row.latitude == 50.0


def test_the_order_of_sightings_changes_nothing_and_each_is_in_one_read():
    draw = random.Random(7)
    kinds = ["fixed", "mobile", "partner", "footage"]
    rows = [
        sighting(
            f"s{n:02d}", draw.choice(["AB12CDE", "AB1ZCDE", "AB12CDD", "AB12CDO"]), draw.choice(range(40)),
            camera_id=draw.choice(["F001", "F002"]), source_kind=draw.choice(kinds), confidence=draw.choice([0.5, 0.9]),
            direction=draw.choice(["towards", "away", "unknown"]),
        )
        for n in range(24)
    ]  # fmt: skip
    first = reads(*rows)
    assert sorted(name for row in first for name in row.sighting_ids) == [row["sighting_id"] for row in rows]
    assert len({row.read_id for row in first}) == len(first)
    for _ in range(2):
        draw.shuffle(rows)
        assert reads(*rows) == first


def test_each_passage_lists_its_own_sources_once_and_sorted():
    found = reads(
        sighting("a", "AB12CDE", 0, source_kind="partner", source_id="11-1"), sighting("b", "AB12CDE", 1),
        sighting("c", "AB12CDE", 2), sighting("d", "WX34YZA", 3, source_kind="partner", source_id="12-2"),
        sighting("e", "WX34YZA", 4, source_kind="partner", source_id="11-1"), sighting("f", "KP19BBV", 50),
    )  # fmt: skip
    assert [(row.vrm, row.source_kinds, row.sources) for row in found] == [
        ("AB12CDE", ["fixed", "partner"], ["fixed:force", "partner:11-1"]),
        ("WX34YZA", ["partner"], ["partner:11-1", "partner:12-2"]),
        ("KP19BBV", ["fixed"], ["fixed:force"]),
    ]
