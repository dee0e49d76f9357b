"""The night's analytics: which reads of the lake they follow."""

from datetime import UTC, date, datetime, timedelta

from jobs.analytics import registry
from jobs.analytics.job import analyse
from jobs.lake.tables import CAMERAS, CLONES, JOURNEYS
from tests.factories import publish

DAY = date(2026, 11, 20)


def read(number, vrm, vrm_format, camera_id):
    return {
        "read_id": f"r{number}", "captured_at": datetime(2026, 11, 20, 8, tzinfo=UTC) + timedelta(minutes=number),
        "camera_id": camera_id, "vrm": vrm, "vrm_format": vrm_format, "direction": "unknown", "sighting_ids": ["s"],
        "source_kinds": ["fixed"], "sources": ["fixed:force"], "readings": {vrm: 1}, "flags": [], "capture_date": DAY,
        "process_date": DAY, "run_id": "r",
    }  # fmt: skip


def test_a_mark_that_was_not_read_whole_is_in_no_journey_convoy_or_clone(night, monkeypatch):
    cameras = [
        {"camera_id": name, "site_code": "S", "kind": "fixed", "cordon": "none", "valid_from": date(2026, 1, 1),
         "latitude": latitude, "longitude": -1.5}
        for name, latitude in (("F1", 54.0), ("F2", 55.0))
    ]  # fmt: skip
    assert night.token_key  # made before there are codes
    night.store.replace_rows(CAMERAS, cameras)
    vrms = [("AB1?CDE", "incomplete"), ("AB12CDE", "current")]
    rows = [read(n, *vrm, f"F{n % 2 + 1}") for n in range(4) for vrm in vrms]
    publish(night, *(row | {"read_id": f"r{n}"} for n, row in enumerate(rows)))
    looked_at = []
    monkeypatch.setattr(
        registry, "find_convoys", lambda reads, *_: looked_at.extend(reads.select("vrm").collect()) or []
    )
    analyse(night)
    assert {row["vrm"] for row in night.store.rows(JOURNEYS, "vrm")} == {"AB12CDE"}
    assert [row["vrm"] for row in night.store.rows(CLONES, "vrm")] == ["AB12CDE"]
    assert {row.vrm for row in looked_at} == {"AB12CDE"}
