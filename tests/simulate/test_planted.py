import csv
import json
import math
from collections import defaultdict
from datetime import datetime

import pytest


def truth(simulated, name) -> list[dict]:
    return [json.loads(line) for line in (simulated.truth / f"{name}.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def passages(simulated) -> dict[str, dict]:
    return {row["passage_id"]: row for row in truth(simulated, "passages")}


@pytest.fixture(scope="module")
def places(simulated) -> dict[str, tuple[float, float]]:
    path = next(simulated.landing.glob("*/cameras/cameras.csv"))
    rows = [row for row in csv.DictReader(path.read_text().splitlines()) if row["latitude"]]
    return {r["camera_id"]: (float(r["latitude"]) * 111.3, float(r["longitude"]) * 66.5) for r in rows}


def seconds(row) -> float:
    return datetime.fromisoformat(row["captured_at"]).timestamp()


def test_members_of_a_convoy_pass_four_cameras_close_together_on_each_of_three_days(simulated, passages):
    for convoy in truth(simulated, "convoys"):
        assert 2 <= len(convoy["vehicle_ids"]) <= 4
        assert len(convoy["days"]) >= 3
        by_camera = defaultdict(list)
        for row in (passages[name] for name in convoy["passage_ids"]):
            by_camera[row["captured_at"][:10], row["camera_id"]].append(seconds(row))
        together = defaultdict(int)
        for (day, _), times in by_camera.items():
            if len(times) == len(convoy["vehicle_ids"]):
                assert 3 < max(times) - min(times) < 42
                together[day] += 1
        assert len([day for day, cameras in together.items() if cameras >= 4]) >= 3


def test_a_cloned_mark_is_at_two_places_that_no_vehicle_could_connect_at_least_four_times(simulated, passages, places):
    clones = truth(simulated, "clones")
    assert len(clones) == simulated.options.clones
    for clone in clones:
        assert len(clone["episodes"]) >= 4
        for one, other in ([passages[name] for name in pair] for pair in clone["episodes"]):
            assert one["vrm"] == other["vrm"] == clone["vrm"]
            assert [one["vehicle_id"], other["vehicle_id"]] == clone["vehicle_ids"]
            metres = 1000 * math.dist(places[one["camera_id"]], places[other["camera_id"]])
            assert metres > 60 * abs(seconds(one) - seconds(other))


def test_no_vehicle_travels_faster_than_any_could(passages, places):
    last = {}
    for row in passages.values():
        if row["camera_id"] in places:
            before = last.get(row["vehicle_id"])
            if before is not None:
                metres = 1000 * math.dist(places[row["camera_id"]], places[before["camera_id"]])
                assert metres <= 45 * (seconds(row) - seconds(before)) + 50
            last[row["vehicle_id"]] = row


def test_a_day_has_about_as_many_passages_as_asked_for(simulated, passages):
    weekdays = [row for row in passages.values() if row["captured_at"][:10] >= "2026-11-17"]
    wanted = simulated.options.reads_per_day * simulated.options.days
    assert 0.85 * wanted < len(weekdays) < 1.35 * wanted


def test_footage_shows_passages_of_its_camera_that_its_feed_reports_too(simulated, passages):
    shown = truth(simulated, "footage_passages")
    assert len(shown) >= 2
    for row in shown:
        passage = passages[row["passage_id"]]
        assert passage["vrm"] == row["vrm"]
        assert passage["camera_id"] == row["camera_id"]
        assert row["first_at"] <= passage["captured_at"] <= row["last_at"]
        assert f"footage:{row['path'].rsplit('/', 1)[1]}" in passage["reported_by"]
    assert any(len(passages[row["passage_id"]]["reported_by"]) > 1 for row in shown)


def test_nothing_passes_a_clip_unseen_by_it(simulated, passages):
    clip = next(row for row in truth(simulated, "footage_files") if row["reason"] is None)
    sidecar = json.loads((simulated.landing / clip["path"]).with_suffix(".json").read_text())
    start = datetime.fromisoformat(sidecar["started_at"]).timestamp()
    shown = {row["passage_id"] for row in truth(simulated, "footage_passages")}
    within = [
        name
        for name, row in passages.items()
        if row["camera_id"] == clip["camera_id"] and start + 1 < seconds(row) < start + 8
    ]
    assert set(within) <= shown


def test_each_kind_of_bad_footage_lies_beside_the_good(simulated):
    files = {row["reason"]: simulated.landing / row["path"] for row in truth(simulated, "footage_files")}
    refused = {"empty", "no_video", "truncated", "no_sidecar", "camera_unknown", "start_in_future"}
    assert set(files) == refused | {None}
    assert all(path.exists() for path in files.values())
    assert files["empty"].stat().st_size == 0
    assert not files["no_sidecar"].with_suffix(".json").exists()
    assert json.loads(files["camera_unknown"].with_suffix(".json").read_text())["camera_id"] == "F999"
