"""Places, journeys, flows and clones, on a road of cameras a few kilometres apart."""

from datetime import date, datetime, timedelta

import pytest
from pyspark.sql import functions as F

from jobs.analytics.clones import clones
from jobs.analytics.flows import flows
from jobs.analytics.journeys import days_around, journeys, named_vehicles, split_journeys, with_hops
from jobs.analytics.places import distance_km, with_places
from jobs.lake.tables import CLONES, FLOWS, JOURNEYS

DAY = date(2026, 11, 20)
# A degree of latitude is 111.2 km: F1, F2, F3 are 10 km apart, F4 is 0.5 km from F3.
CAMERAS = [
    ("F1", 54.0, -1.0, "in"), ("F2", 54.0899, -1.0, "none"), ("F3", 54.1798, -1.0, "out"),
    ("F4", 54.1843, -1.0, "none"),
]  # fmt: skip
NIGHT_COLUMNS = {"process_date", "run_id"}


def cameras(spark, *more):
    rows = [(*camera, date(2026, 1, 1), None) for camera in CAMERAS] + list(more)
    ddl = "camera_id STRING, latitude DOUBLE, longitude DOUBLE, cordon STRING, valid_from DATE, valid_to DATE"
    return spark.createDataFrame(rows, ddl)


def reads(spark, *passes):
    """`passes` are like "AB12CDE F1 08:00"; with a day number in front of the time when it is not the 20th."""
    rows = []
    for number, text in enumerate(passes):
        vrm, camera, *day, clock = text.split()
        at = datetime.fromisoformat(f"2026-11-{day[0] if day else '20'}T{clock}")
        rows.append((f"r{number}", vrm, camera, at, at.date(), None, None))
    ddl = (
        "read_id STRING, vrm STRING, camera_id STRING, captured_at TIMESTAMP, capture_date DATE, latitude DOUBLE, "
        "longitude DOUBLE"
    )
    return spark.createDataFrame(rows, ddl)


def hops(spark, *passes):
    return with_hops(with_places(reads(spark, *passes), cameras(spark)))


def found_journeys(spark, *passes):
    numbered = split_journeys(hops(spark, *passes), timedelta(minutes=60), 240, 1.0)
    found = journeys(numbered)
    assert set(found.columns) == set(JOURNEYS.column_names) - NIGHT_COLUMNS
    return found.orderBy("vrm", "started_at").collect()


def test_distances_are_great_circles_and_unknown_where_a_place_is(spark):
    places = [
        (54.0, -1.0, 54.0, -1.0),
        (51.5074, -0.1278, 54.9783, -1.6178),
        (0.0, 0.0, 0.0, 180.0),
        (54.0, -1.0, None, 1.0),
    ]
    frame = spark.createDataFrame(places, "a DOUBLE, b DOUBLE, c DOUBLE, d DOUBLE")
    found = [row[0] for row in frame.select(distance_km(*(F.col(name) for name in "abcd"))).collect()]
    assert found[:3] == pytest.approx([0, 398.3, 20015.1], abs=1)
    assert found[3] is None


def test_a_read_stands_where_its_camera_stood_that_day_or_where_it_says(spark):
    frame = reads(spark, "A F1 08:00", "B M1 08:00", "C F9 08:00", "D F9 25 08:00", "E ?? 08:00")
    frame = frame.withColumn("latitude", F.when(F.col("vrm") == "B", 55.5)).withColumn(
        "longitude", F.when(F.col("vrm") == "B", -2.5)
    )
    moved = [
        ("F9", 50.0, 1.0, "in", date(2026, 1, 1), date(2026, 11, 20)),
        ("F9", 51.0, 2.0, "out", date(2026, 11, 21), None),
        ("M1", None, None, "none", date(2026, 1, 1), None),
    ]  # fmt: skip
    rows = with_places(frame, cameras(spark, *moved)).orderBy("vrm").collect()
    assert [(row.lat, row.lon, row.cordon) for row in rows] == [
        (54.0, -1.0, "in"), (55.5, -2.5, "none"), (50.0, 1.0, "in"), (51.0, 2.0, "out"), (None, None, "none"),
    ]  # fmt: skip


def test_a_gap_longer_than_the_limit_starts_a_new_journey(spark):
    found = found_journeys(spark, "A F1 08:00", "A F2 09:00", "A F3 10:00:01", "B F2 08:30")
    assert [(row.vrm, row.read_ids) for row in found] == [("A", ["r0", "r1"]), ("A", ["r2"]), ("B", ["r3"])]


def test_an_impossible_hop_starts_a_new_journey_unless_it_is_short(spark):
    # 10 km in 2 minutes is 300 km/h; in 3 minutes 200 km/h; 0.5 km in 1 second may be two clocks.
    found = found_journeys(spark, "A F1 08:00", "A F2 08:02", "B F1 08:00", "B F2 08:03", "C F3 08:00", "C F4 08:00:01")
    assert [(row.vrm, row.passages) for row in found] == [("A", 1), ("A", 1), ("B", 2), ("C", 2)]


def test_a_journey_tells_its_ends_legs_and_reads_in_order(spark):
    (row,) = found_journeys(spark, "A F3 08:20", "A F1 08:00", "A F2 08:10", "A ?? 08:30")
    assert (row.entry_camera, row.exit_camera, row.passages) == ("F1", "??", 4)
    assert (row.started_at.minute, row.ended_at.minute, row.capture_date) == (0, 30, DAY)
    assert row.read_ids == ["r1", "r2", "r0", "r3"]
    assert [(leg["from"], leg["to"], leg["seconds"]) for leg in row.legs] == [
        ("F1", "F2", 600.0), ("F2", "F3", 600.0), ("F3", "??", 600.0),
    ]  # fmt: skip
    assert [leg["km"] for leg in row.legs][:2] == pytest.approx([10, 10], abs=0.01)
    assert row.legs[2]["km"] is None


@pytest.mark.parametrize(
    ("sites", "movement"),
    [("F1 F2", "in"), ("F2 F3", "out"), ("F1 F2 F3", "through"), ("F2 F4", "within"), ("F2", "within")],
)
def test_the_cordon_says_what_movement_a_journey_is(spark, sites, movement):
    passes = [f"A {site} 08:{10 * number:02d}" for number, site in enumerate(sites.split())]
    assert [row.movement for row in found_journeys(spark, *passes)] == [movement]


def test_a_journey_over_midnight_is_of_the_day_on_which_it_began(spark):
    (row,) = found_journeys(spark, "A F1 20 23:50", "A F2 21 00:10")
    assert row.capture_date == DAY


def test_the_days_beside_a_touched_day_are_recomputed():
    assert days_around([date(2026, 11, 1), date(2026, 11, 2)]) == [
        date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 3),
    ]  # fmt: skip


def test_flows_count_vehicles_once_and_their_passages(spark):
    starts = {"08:05": ("T1", 3), "08:55": ("T1", 2), "08:59": ("T2", 2), "09:00": ("T2", 2)}
    rows = [
        (token, datetime.fromisoformat(f"2026-11-20T{clock}"), "S1", "S2", "in", passages)
        for clock, (token, passages) in starts.items()
    ]
    ddl = "vehicle_token STRING, started_at TIMESTAMP, from_site STRING, to_site STRING, movement STRING, passages INT"
    frame = flows(spark.createDataFrame(rows, ddl).withColumn("capture_date", F.lit(DAY)))
    assert set(frame.columns) == set(FLOWS.column_names) - NIGHT_COLUMNS
    found = frame.orderBy("hour").collect()
    assert [(row.hour.hour, row.movement, row.vehicles, row.passages) for row in found] == [
        (8, "in", 2, 7),
        (9, "in", 1, 2),
    ]


def test_one_plate_at_places_too_far_apart_too_often_is_a_clone(spark):
    impossible = ["A F1 19 08:00", "A F3 19 08:01", "A F1 19 08:02", "A F3 20 08:00", "A F1 20 08:01"]
    misread = ["B F1 08:00", "B F3 08:01", "B F3 09:00"]
    near = ["C F3 08:00:00", "C F4 08:00:01", "C F3 08:00:02", "C F4 08:00:03"]
    frame = clones(hops(spark, *impossible, *misread, *near), 240, 1.0, 3, DAY)
    assert set(CLONES.column_names) - set(frame.columns) == NIGHT_COLUMNS | {"parameters", "window_end", "data_version"}
    (row,) = frame.collect()
    assert (row.vrm, row.hops, row.cameras) == ("A", 3, ["F1", "F3"])
    assert row.read_ids == ["r0", "r1", "r2", "r3", "r4"]
    assert row.days == [date(2026, 11, 19), DAY]
    assert row.capture_date == date(2026, 11, 19)
    assert row.max_speed_kmh == pytest.approx(1200, rel=0.01)
    assert row.expected == pytest.approx((3 + 1) / 3)  # impossible hops over vehicles with a hop


def test_a_read_without_a_place_splits_no_journey_and_hides_no_impossible_way(spark):
    found = found_journeys(spark, "A F1 08:00", "A ?? 08:01", "A F1 08:02", "B F1 08:00", "B ?? 08:01", "B F3 08:02")
    assert [(row.vrm, row.read_ids) for row in found] == [("A", ["r0", "r1", "r2"]), ("B", ["r3", "r4"]), ("B", ["r5"])]
    assert [leg["km"] for leg in found[0].legs] == [None, None]
    (row,) = clones(
        hops(spark, "A F1 08:00", "A ?? 08:01", "A F3 08:02", "C ?? 08:00", "C F3 08:01"), 240, 1.0, 1, DAY
    ).collect()
    assert (row.vrm, row.hops, row.cameras, row.read_ids) == ("A", 1, ["F1", "F3"], ["r0", "r2"])
    assert row.max_speed_kmh == pytest.approx(600, rel=0.01)


def test_a_mark_that_was_not_read_whole_is_followed_nowhere(spark):
    frame = spark.createDataFrame(
        [("AB1?CDE", "incomplete"), ("XX9999", "unrecognised")], "vrm STRING, vrm_format STRING"
    )
    assert [row.vrm for row in named_vehicles(frame).collect()] == ["XX9999"]


def test_too_few_impossible_hops_are_no_finding(spark):
    assert clones(hops(spark, "A F1 08:00", "A F3 08:01", "A F1 08:02"), 240, 1.0, 3, DAY).count() == 0
