import base64
import csv
import hashlib
import json
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta

import cv2
import numpy as np
import pytest

from jobs.domain.errors import LakeError
from jobs.simulate import SimulationOptions, simulate
from jobs.simulate.broken import REASONS
from jobs.simulate.hotlist import HEADER as HOTLIST_HEADER

FIXED_HEADER = "camera_id,captured_at,vrm,confidence,direction,lane"
MOBILE_KEYS = ["unit", "camera_id", "captured_at", "vrm", "confidence", "direction", "latitude", "longitude"]


def truth(simulated, name) -> list[dict]:
    return [json.loads(line) for line in (simulated.truth / f"{name}.jsonl").read_text().splitlines()]


def lines_of(path) -> list[bytes]:
    return path.read_bytes().split(b"\n")[:-1]


def rows_of(simulated, file) -> list[bytes]:
    lines = lines_of(simulated.landing / file["path"])
    if file["source_kind"] == "fixed":  # the header is no row, unless it is a wrong one
        return lines if "wrong_header" in file["quarantined"] else lines[1:]
    if file["source_kind"] == "partner":
        return [record for line in lines for record in line.split(b"~")]
    return lines


def good_files(simulated, source) -> list[dict]:
    return [f for f in truth(simulated, "feed_files") if f["source_kind"] == source and not f["quarantined"]]


def digests(folder) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_options_give_the_same_bytes(simulated, tmp_path):
    simulate(tmp_path / "landing", tmp_path / "truth", simulated.options)
    assert digests(tmp_path / "landing") == digests(simulated.landing)
    assert digests(tmp_path / "truth") == digests(simulated.truth)


def test_another_seed_gives_other_reads(simulated, tmp_path):
    simulate(tmp_path / "landing", tmp_path / "truth", replace(simulated.options, seed=2, clips=0))
    assert (tmp_path / "truth/passages.jsonl").read_bytes() != (simulated.truth / "passages.jsonl").read_bytes()


def test_every_feed_file_holds_as_many_rows_as_its_truth_says(simulated):
    files = truth(simulated, "feed_files")
    on_disk = {
        str(path.relative_to(simulated.landing))
        for suffix in ("fixed/*.csv", "mobile/*.jsonl", "partner/*.bof2")
        for path in simulated.landing.glob(f"*/{suffix}")
    }
    assert {file["path"] for file in files} == on_disk
    for file in files:
        assert len(rows_of(simulated, file)) == file["received"]
        assert file["received"] == file["accepted"] + sum(file["quarantined"].values())


def test_fixed_files_have_the_header_and_six_fields(simulated):
    for file in good_files(simulated, "fixed"):
        lines = (simulated.landing / file["path"]).read_text().splitlines()
        assert lines[0] == FIXED_HEADER
        for row in csv.DictReader(lines):
            assert datetime.fromisoformat(row["captured_at"]).utcoffset() is not None
            assert 0 <= float(row["confidence"]) <= 1
            assert row["direction"] in {"towards", "away", "unknown"}
            assert row["lane"] in {"", "1", "2"}
            assert row["camera_id"].startswith("F")


def test_mobile_lines_have_the_keys_and_a_place(simulated):
    files = good_files(simulated, "mobile")
    assert files
    for line in (line for file in files for line in rows_of(simulated, file)):
        row = json.loads(line)
        assert list(row) == MOBILE_KEYS
        assert 50 < row["latitude"] < 56
        assert datetime.fromisoformat(row["captured_at"]).utcoffset() is not None


def test_partner_messages_hold_up_to_fifty_records_of_fifteen_fields(simulated):
    sizes = []
    for file in good_files(simulated, "partner"):
        for line in lines_of(simulated.landing / file["path"]):
            records = line.decode().split("~")
            sizes.append(len(records))
            for record in records:
                fields = record.split("|")
                assert len(fields) == 15
                assert all(fields[n].isdigit() for n in (1, 2, 3, 11))
                assert 0 <= int(fields[11]) <= 100
                assert fields[12] in {"true", "false", ""}
    assert 1 < max(sizes) <= 50


def test_the_images_of_partner_records_are_jpegs(simulated):
    pictures = []
    for file in good_files(simulated, "partner"):
        for fields in (record.decode().split("|") for record in rows_of(simulated, file)):
            pictures += [base64.b64decode(text, validate=True) for text in fields[13:15] if text]
    assert len(pictures) >= 4
    for picture in pictures:
        assert cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR).size > 0


def test_every_kind_of_broken_row_occurs(simulated):
    seen = {source: Counter() for source in REASONS}
    for file in truth(simulated, "feed_files"):
        seen[file["source_kind"]].update(file["quarantined"])
    for source, reasons in REASONS.items():
        expected = {*reasons, "wrong_header"} if source == "fixed" else set(reasons)
        assert set(seen[source]) == expected


def test_without_faults_every_row_is_good_and_every_passage_reported(simulated, tmp_path):
    options = replace(simulated.options, days=2, clips=0, missed=0, misread=0, duplicate=0, late=0, malformed=0)
    summary = simulate(tmp_path / "landing", tmp_path / "truth", options)
    assert summary.rows_quarantined == summary.rows_repeated == 0
    assert summary.passages_reported == summary.passages
    rows = [json.loads(line) for line in (tmp_path / "truth/passages.jsonl").read_text().splitlines()]
    assert all(row["reported_by"] and not row["misread_by"] for row in rows)


def test_repeated_rows_are_the_same_text_and_late_rows_come_on_a_later_day(simulated):
    captured, late = Counter(), 0
    for file in good_files(simulated, "fixed"):
        arrival = date.fromisoformat(file["path"][:10])
        for row in rows_of(simulated, file):
            captured[row] += 1
            late += datetime.fromisoformat(row.split(b",")[1].decode()).date() < arrival
    assert max(captured.values()) == 2
    assert late > 10


def test_two_forces_report_some_passages_of_the_same_camera(simulated):
    rows = truth(simulated, "passages")
    twice = [row for row in rows if {"partner:NORLAND", "partner:WESTMOOR"} <= set(row["reported_by"])]
    assert len(twice) > 20
    assert all(row["camera_id"].startswith("P") for row in twice)


def test_cameras_csv_lists_every_camera_that_saw_a_passage(simulated):
    path = next(simulated.landing.glob("*/cameras/cameras.csv"))
    cameras = {row["camera_id"]: row for row in csv.DictReader(path.read_text().splitlines())}
    assert {row["camera_id"] for row in truth(simulated, "passages")} <= set(cameras)
    assert {row["cordon"] for row in cameras.values()} == {"in", "out", "none"}
    for row in cameras.values():
        assert (row["latitude"] == "") == (row["kind"] == "mobile")


def test_the_hotlist_has_sixteen_fields_and_a_weed_date_near_enough(simulated):
    files = sorted(simulated.landing.glob("*/hotlist/hotlist.csv"))
    assert [path.parts[-3] for path in files] == ["2026-11-17", "2026-11-20"]
    for path in files:
        lines = path.read_text().splitlines()
        assert lines[0] == HOTLIST_HEADER
        arrived = date.fromisoformat(path.parts[-3])
        for row in csv.DictReader(lines):
            assert len(row) == 16
            assert date.fromisoformat(row["weed_date"]) <= arrived + timedelta(days=28)
            assert row["reason"].split(":")[0] in {"INTEL", "POST", "ROADS"}


def test_expired_entries_have_no_hits_and_others_do(simulated):
    passages = {row["passage_id"]: row for row in truth(simulated, "passages")}
    entries = truth(simulated, "hotlist")
    expired = [entry for entry in entries if entry["weed_date"] < "2026-11-17"]
    assert expired
    assert not any(entry["hits"] for entry in expired)
    assert sum(bool(entry["hits"]) for entry in entries) >= 10
    for entry in entries:
        for hit in entry["hits"]:
            day = passages[hit]["captured_at"][:10]
            assert entry["valid_from"] <= day <= entry["weed_date"]
            assert "*" in entry["vrm"] or "?" in entry["vrm"] or passages[hit]["vrm"] == entry["vrm"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("days", 0), ("missed", 1.0), ("convoys", -1),
        ("last_day", date(1, 1, 3)), ("last_day", date(9999, 12, 31)), ("days", 40_000), ("days", 10**10),
    ],
)  # fmt: skip
def test_an_impossible_option_names_itself(name, value):
    with pytest.raises(LakeError, match=name):
        SimulationOptions(**({"last_day": date(2026, 11, 20)} | {name: value}))


@pytest.mark.parametrize("options", [{"reads_per_day": 100, "days": 1}, {"reads_per_day": 300}, {"convoys": 60}])
def test_fewer_convoys_are_made_where_there_are_too_few_drivers(tmp_path, options):
    asked = SimulationOptions(last_day=date(2026, 11, 20), clips=0, **({"reads_per_day": 500} | options))
    made = simulate(tmp_path / "landing", tmp_path / "truth", asked)
    assert made.convoys < asked.convoys
    assert made.rows_received > 0
