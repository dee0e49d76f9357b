"""A camera's day as a profile: counted, folded, and sampled by vehicle for its clock."""

from datetime import UTC, date, datetime

import pyarrow as pa

from jobs.quality.profile import count_reads, fold_counts, sample_vehicles

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
