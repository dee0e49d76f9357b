"""A camera's day as a profile: counted, folded, and sampled by vehicle for its clock."""

from datetime import date, datetime

from jobs.quality.profile import count_reads, fold_counts, sample_vehicles

FRIDAY = date(2026, 11, 20)
COLUMNS = (
    "capture_date DATE, camera_id STRING, captured_at TIMESTAMP, vrm STRING, vrm_format STRING, confidence DOUBLE, "
    "source_kinds ARRAY<STRING>, sources ARRAY<STRING>"
)


def test_reads_are_counted_by_hour_source_and_partner_and_sampled_with_all_reads_of_a_vehicle(spark):
    rows = [
        ("P0042", 8, "AB12CDE", "current", 0.7, ["partner"], ["partner:11-1", "partner:12-2"]),
        ("P0042", 23, "XX", "unrecognised", None, ["footage", "partner"], ["footage:f", "partner:11-1"]),
        ("M01", 8, "AB12CDE", "current", 0.8, ["mobile"], ["mobile:MOB01"]),
    ]
    columns = [(FRIDAY, camera, datetime(2026, 11, 20, hour), *rest) for camera, hour, *rest in rows]  # noqa: DTZ001 - UTC
    reads = spark.createDataFrame(columns, COLUMNS)
    mobile, partner = fold_counts(count_reads(reads).collect())
    assert (mobile["camera_id"], mobile["reads"], mobile["source_kinds"]) == ("M01", 1, {"mobile": 1})
    assert partner == {
        "camera_id": "P0042", "reads": 2, "reads_by_hour": [0] * 8 + [1] + [0] * 14 + [1], "unrecognised": 1,
        "mean_confidence": 0.7, "source_kinds": {"partner": 2},
        "partner_sources": {"partner:11-1": 2, "partner:12-2": 1}, "capture_date": FRIDAY,
    }  # fmt: skip
    sampled = sample_vehicles(reads, FRIDAY, count=3, limit=3).collect()
    assert {row.camera_id for row in sampled} == {"P0042"}
    assert len({row.vehicle for row in sampled}) == 2
    assert not sample_vehicles(reads, FRIDAY, count=10_000_000, limit=1).collect()
