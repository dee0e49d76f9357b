"""Convoys: meetings, episodes, habits, and the chance of as many days together."""

import json
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from jobs.analytics.convoy_findings import find_convoys
from jobs.analytics.convoys import co_passes, episodes, habits, surprise
from jobs.lake.tables import CONVOYS
from jobs.settings import load_settings

MIDNIGHT = datetime(2026, 11, 16)  # noqa: DTZ001 - Spark's session is UTC
MINUTE = timedelta(seconds=60)
DDL = "read_id STRING, vrm STRING, camera_id STRING, captured_at TIMESTAMP, capture_date DATE"


def reads(spark, *passes):
    """`passes` are (vrm, camera, seconds after midnight of 16 November, day from 0)."""
    rows = []
    for number, (vrm, camera, second, day) in enumerate(passes):
        at = MIDNIGHT + timedelta(days=day, seconds=second)
        rows.append((f"r{number}", vrm, camera, at, at.date()))
    return spark.createDataFrame(rows, DDL)


def met(spark, *passes):
    rows = co_passes(reads(spark, *passes), MINUTE).collect()
    return sorted((row.first, row.second, row.camera_id, row.headway_s, tuple(row.read_ids)) for row in rows)


def test_vehicles_that_pass_a_camera_within_the_headway_meet(spark):
    found = met(
        spark, ("B", "F1", 100, 0), ("A", "F1", 160, 0), ("C", "F1", 160.001, 0), ("A", "F2", 100, 0),
        ("A", "F1", 130, 1),
    )  # fmt: skip
    assert found == [("A", "B", "F1", 60.0, ("r0", "r1")), ("A", "C", "F1", 0.001, ("r1", "r2"))]


def test_meetings_at_the_edges_of_bins_are_found_once(spark):
    # Bins are a headway wide, from midnight: 59.9 and 60 lie in two, 0 and 60 are just near enough.
    assert len(met(spark, ("A", "F1", 59.9, 0), ("B", "F1", 60, 0))) == 1
    assert len(met(spark, ("A", "F1", 60, 0), ("B", "F1", 120, 0))) == 1
    assert met(spark, ("A", "F1", 0, 0), ("B", "F1", 60.001, 0)) == []
    assert len(met(spark, ("B", "F1", 30, 0), ("A", "F1", 30, 0))) == 1
    assert met(spark, ("A", "F1", 30, 0), ("A", "F1", 31, 0)) == []
    # Over midnight they meet on the day of the earlier one.
    (row,) = co_passes(reads(spark, ("A", "F1", 86_390, 0), ("B", "F1", 10, 1)), MINUTE).collect()
    assert row.capture_date == date(2026, 11, 16)


PASSES = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from(["F1", "F2"]), st.integers(0, 400), st.just(0)), max_size=12
)


@given(PASSES)
@settings(max_examples=8, suppress_health_check=list(HealthCheck))
def test_the_meetings_are_those_of_every_pair_compared(spark, passes):
    expected = []
    for i, (vrm, camera, second, _) in enumerate(passes):
        for j, (other, there, later, _) in enumerate(passes):
            in_order = (second, vrm) < (later, other)
            if vrm != other and camera == there and in_order and later - second <= 60:
                expected.append((*sorted((vrm, other)), camera, float(later - second), (f"r{i}", f"r{j}")))
    assert met(spark, *passes) == sorted(expected)


def test_an_episode_is_a_day_with_enough_distinct_cameras(spark):
    meetings = spark.createDataFrame(
        [("A", "B", "2026-11-16", c) for c in ("F1", "F2", "F3", "F3")]
        + [("A", "B", "2026-11-17", c) for c in ("F1", "F2", "F2")]
        + [("A", "C", "2026-11-16", c) for c in ("F1", "F2")],
        "first STRING, second STRING, capture_date STRING, camera_id STRING",
    )  # fmt: skip
    found = episodes(meetings, 3).collect()
    assert [tuple(row) for row in found] == [("A", "B", "2026-11-16", 3)]


def test_a_habit_is_the_same_time_of_day_on_another_day(spark):
    frame = reads(
        spark, ("A", "F1", 1000, 0), ("B", "F1", 1900, 1), ("B", "F1", 1901, 2), ("B", "F1", 1000, 0),
        ("B", "F2", 1000, 3), ("C", "F1", 50_000, 1),
    )  # fmt: skip
    pairs = spark.createDataFrame([("A", "B", 2), ("A", "C", 2)], "first STRING, second STRING, observed INT")
    found = {row.second: row.coincidences for row in habits(frame, pairs, timedelta(seconds=900)).collect()}
    assert found == {"B": 1, "C": 0}


def test_the_surprise_is_the_upper_binomial_tail_of_days_corrected_for_all_pairs(spark):
    pairs = [(observed, coincidences) for observed in (1, 3, 7) for coincidences in (0, 5, 500)]
    frame = surprise(spark.createDataFrame(pairs, "observed BIGINT, coincidences BIGINT"), 7, 60 / 900, 10)
    for row in frame.collect():
        chance = 1 - 2.718281828459045 ** (-(row.coincidences * (60 / 900) / 6 + 0.02) / 7)
        tail = sum(stats.binom.pmf(k, 7, chance) for k in range(row.observed, 8))
        assert row.expected == pytest.approx(7 * chance)
        assert row.p_value == pytest.approx(min(10 * tail, 1), rel=1e-6)


def test_pairs_that_hang_together_are_one_convoy_with_its_evidence(spark):
    limits = load_settings(environment={}).analytics.convoys
    passes = []
    for day in range(4):  # A, B and C travel together on four days at different hours; D only in passing
        for number, camera in enumerate(("F1", "F2", "F3")):
            second = 20_000 + 7_000 * day + 600 * number
            passes += [("A", camera, second, day), ("B", camera, second + 20, day), ("C", camera, second + 50, day)]
        passes.append(("D", "F1", 20_000 + 7_000 * day + 10, day))
    for day in range(4, 7):
        passes.append(("D", "F9", 40_000, day))
    window_end = date(2026, 11, 22)
    (finding,) = find_convoys(reads(spark, *passes).cache(), limits, window_end)
    assert set(finding) == set(CONVOYS.column_names) - {"process_date", "run_id", "data_version"}
    assert finding["members"] == ["A", "B", "C"]
    assert finding["days"] == [date(2026, 11, day) for day in range(16, 20)]
    assert finding["capture_date"] == date(2026, 11, 16)
    assert finding["cameras"] == ["F1", "F2", "F3"]
    assert finding["observed"] == 4
    assert finding["expected"] < 0.1
    assert finding["p_value"] < limits.alpha
    assert finding["median_headway"] == 30
    assert len(finding["read_ids"]) == 4 * 3 * 3
    assert json.loads(finding["parameters"])["min_days"] == limits.min_days
    assert finding["window_end"] == window_end


def test_two_days_together_are_a_convoy_of_strangers_but_no_convoy_of_commuters(spark):
    limits = load_settings(environment={}).analytics.convoys
    # B passes near A's time of every day, on two days close behind; D is near C on the same two days and on no other.
    late = [30, 400, 30, -500, 300, 700, -300]
    passes = []
    for day in range(7):
        for number, camera in enumerate(("F1", "F2", "F3")):
            second = 30_000 + 600 * number
            passes += [("A", camera, second, day), ("B", camera, second + late[day], day)]
            if late[day] == 30:
                hour = second + 10_000 * day
                passes += [("C", f"{camera}0", hour, day), ("D", f"{camera}0", hour + 30, day)]
    findings = find_convoys(reads(spark, *passes), limits, date(2026, 11, 22))
    assert [finding["members"] for finding in findings] == [["C", "D"]]
