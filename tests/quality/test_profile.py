"""A camera's day as a profile: counted, folded, and sampled by vehicle for its clock."""

from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa

from jobs.quality.clocks import ClockLimits, Clocks
from jobs.quality.profile import (
    add_clocks,
    clock_limits,
    count_reads,
    fold_counts,
    sample_vehicles,
    sampled_share,
)
from jobs.settings import load_settings

SETTINGS = load_settings(environment={}).quality

FRIDAY = date(2026, 11, 20)
SCHEMA = pa.schema(
    [("camera_id", pa.string()), ("captured_at", pa.timestamp("us", "UTC")), ("vrm", pa.string()),
     ("vrm_format", pa.string()), ("confidence", pa.float64()), ("source_kinds", pa.list_(pa.string())),
     ("sources", pa.list_(pa.string()))]
)  # fmt: skip


def test_reads_are_counted_by_hour_source_and_partner_and_sampled_with_all_reads_of_a_vehicle():
    rows = [
        ("P0042", 8, "AB12CDE", "current", 0.7, ["partner"], ["partner:11-1", "partner:12-2"]),
        ("P0042", 23, "XX", "unrecognised", None, ["footage", "partner"], ["footage:f", "partner:11-1"]),
        ("M01", 8, "AB12CDE", "current", 0.8, ["mobile"], ["mobile:MOB01"]),
    ]
    columns = [(camera, datetime(2026, 11, 20, hour, tzinfo=UTC), *rest) for camera, hour, *rest in rows]
    reads = pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in columns], SCHEMA)
    mobile, partner = fold_counts(FRIDAY, count_reads(reads))
    assert (mobile["camera_id"], mobile["reads"], mobile["source_kinds"]) == ("M01", 1, {"mobile": 1})
    assert partner == {
        "camera_id": "P0042", "reads": 2, "reads_by_hour": [0] * 8 + [1] + [0] * 14 + [1], "unrecognised": 1,
        "mean_confidence": 0.7, "source_kinds": {"partner": 2},
        "partner_sources": {"partner:11-1": 2, "partner:12-2": 1}, "capture_date": FRIDAY,
    }  # fmt: skip
    sampled = sample_vehicles(reads, 1.0)
    assert set(sampled["camera_id"].to_pylist()) == {"P0042"}
    assert len(set(sampled["vehicle"].to_pylist())) == 2
    assert not sample_vehicles(reads, 1e-7).num_rows


def test_a_mark_that_was_not_read_whole_is_of_no_format_and_no_vehicles_clock():
    rows = [("F1", datetime(2026, 11, 20, 8, tzinfo=UTC), "AB1?CDE", "incomplete", 0.4, ["fixed"], ["fixed:x"])]
    reads = pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in rows], SCHEMA)
    (camera,) = fold_counts(FRIDAY, count_reads(reads))
    assert camera["unrecognised"] == 1
    assert sample_vehicles(reads, 1.0).num_rows == 0


def test_a_share_of_the_vehicles_is_about_that_share():
    vrms = [f"AB{number:05d}" for number in range(20_000)]
    rows = [("F1", datetime(2026, 11, 20, tzinfo=UTC), vrm, "current", 0.9, ["fixed"], ["fixed:x"]) for vrm in vrms]
    reads = pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in rows], SCHEMA)
    assert 1_800 < sample_vehicles(reads, 0.1).num_rows < 2_200


def test_the_mean_confidence_is_of_the_reads_that_state_one():
    at = datetime(2026, 11, 20, 8, tzinfo=UTC)
    rows = [("F1", at, "AB12CDE", "current", sure, ["fixed"], ["fixed:x"]) for sure in (0.7, 0.8, None)]
    reads = pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in rows], SCHEMA)
    (camera,) = fold_counts(FRIDAY, count_reads(reads))
    assert camera["mean_confidence"] == 0.75


def test_of_a_large_day_a_share_of_the_vehicles_tells_the_clocks_and_of_a_small_one_all():
    assert sampled_share(4 * SETTINGS.clocks.sample_reads, SETTINGS) == 0.25
    assert sampled_share(1, SETTINGS) == sampled_share(0, SETTINGS) == SETTINGS.clocks.sample_reads


def test_the_settings_of_the_clocks_are_in_minutes_and_their_limits_in_seconds():
    assert clock_limits(SETTINGS) == ClockLimits(window_s=1800, min_way_pairs=8, min_pairs=30, asymmetry=0.03)


def test_a_clock_is_told_to_a_tenth_of_a_second_where_it_is_known(monkeypatch):
    found = Clocks(np.array([1.26, np.nan]), np.array([2.34, np.nan]), np.array([31, 0]))
    monkeypatch.setattr("jobs.quality.profile.clock_offsets", lambda *_: found)
    rows = [{"camera_id": "F1"}, {"camera_id": "F2"}]
    sample = pa.table({"camera_id": ["F1"], "vehicle": [1], "captured_at": pa.array([0], pa.timestamp("us", "UTC"))})
    add_clocks(rows, sample, SETTINGS)
    assert rows == [
        {"camera_id": "F1", "clock_offset_s": 1.3, "clock_error_s": 2.3, "clock_pairs": 31},
        {"camera_id": "F2", "clock_offset_s": None, "clock_error_s": None, "clock_pairs": 0},
    ]
