"""The feeds' formats: lines to text fields, and which lines are malformed."""

import base64
import json
from types import SimpleNamespace

import pyarrow as pa
import pytest

from jobs.ingest.formats.fields import FIELDS, ROW
from jobs.ingest.formats.fixed import parse_fixed, parse_fixed_local
from jobs.ingest.formats.lines import LINES
from jobs.ingest.formats.mobile import parse_mobile
from jobs.ingest.formats.partner import MAX_RECORDS, parse_partner

JPEG = base64.b64encode(b"\xff\xd8\xff\xe0rest").decode()


def parsed(parse, *payloads, fault=None):
    lines = [{"line_no": number, "payload": text, "fault": fault} for number, text in enumerate(payloads, start=1)]
    rows = parse(pa.Table.from_pylist(lines, LINES))
    assert rows.column_names == [*ROW, *FIELDS, "malformed", "schema_version", "local_clock"]
    return [SimpleNamespace(**row) for row in rows.to_pylist()]


def test_a_line_of_the_fixed_feed_gives_its_fields_as_text():
    (row,) = parsed(parse_fixed, "F001,2026-11-20T08:15:03.120Z,AB12 CDE,0.93,towards,2")
    assert row.malformed is False
    assert (row.camera_id, row.captured_text, row.vrm_raw) == ("F001", "2026-11-20T08:15:03.120Z", "AB12 CDE")
    assert (row.confidence_text, row.direction_text, row.lane_text) == ("0.93", "towards", "2")
    assert (row.source_id, row.record_no, row.latitude_text, row.plate_image) == ("force", 1, None, None)


def test_blanks_beside_the_commas_of_the_fixed_feed_are_no_part_of_a_field():
    for line in (
        "F001 , 2026-11-20T08:15:03Z, AB12 CDE, 0.93, towards, 2 ",
        'F001, "2026-11-20T08:15:03Z",AB12 CDE,0.93,towards,2',
    ):
        (row,) = parsed(parse_fixed, line)
        assert (row.camera_id, row.captured_text, row.lane_text) == ("F001", "2026-11-20T08:15:03Z", "2")
        assert row.vrm_raw in line


def test_lines_of_the_fixed_feed_without_six_fields_are_malformed():
    good = ["F001,t,AB12CDE,0.9,,", 'F001,t,"AB12,CDE",0.9,,1', "F001,t,,0.9,,"]
    bad = [
        "F001,t,AB12CDE,0.9,towards", "F001,t,AB12CDE,0.9,towards,1,more", "nonsense", '"F001,t,A,0.9,,1', "," * 30_000,
        "F001,t,AB\r12CDE,0.9", " ",
    ]  # fmt: skip
    rows = parsed(parse_fixed, *good, *bad)
    assert [row.malformed for row in rows] == [False] * len(good) + [True] * len(bad)
    assert [row.vrm_raw for row in rows[:3]] == ["AB12CDE", "AB12,CDE", ""]


def test_an_older_fixed_camera_gives_local_times_and_no_direction():
    (row,) = parsed(parse_fixed_local, "F001,2026-07-20T08:15:03.120,AB12CDE,0.93")
    assert (row.schema_version, row.local_clock, row.malformed) == ("fixed/1", True, False)
    assert (row.captured_text, row.vrm_raw, row.direction_text) == ("2026-07-20T08:15:03.120", "AB12CDE", None)
    assert parsed(parse_fixed_local, "F001,2026-07-20T08:15:03.120,AB12CDE,0.93,towards")[0].malformed


def mobile(**changes):
    return json.dumps(
        {
            "unit": "MOB01", "camera_id": "M01", "captured_at": "2026-11-20T08:15:03Z", "vrm": "AB12CDE",
            "confidence": 0.9, "direction": "away", "latitude": 54.9783, "longitude": -1.6178,
        } | changes
    )  # fmt: skip


def test_a_line_of_the_mobile_feed_gives_its_fields_as_text():
    (row,) = parsed(parse_mobile, mobile(extra="is passed over"))
    assert row.malformed is False
    assert (row.source_id, row.camera_id, row.vrm_raw) == ("MOB01", "M01", "AB12CDE")
    assert (row.confidence_text, row.latitude_text, row.longitude_text) == ("0.9", "54.9783", "-1.6178")
    assert (row.direction_text, row.lane_text, row.record_no) == ("away", None, 1)


def test_lines_of_the_mobile_feed_that_are_no_object_or_lack_a_key_are_malformed():
    bad = [
        mobile()[:-1], "[]", "null", "12", "nonsense", mobile(vrm=None), mobile().replace('"unit"', '"units"'),
        "[" * 5000, '{"a":' * 5000, mobile(vrm=["AB12CDE"]), mobile(vrm="\ud800"), mobile(latitude=True),
    ]  # fmt: skip
    rows = parsed(parse_mobile, mobile(), *bad)
    assert [row.malformed for row in rows] == [False] + [True] * len(bad)


def test_a_mobile_unit_without_a_fix_sends_no_position():
    without = json.loads(mobile())
    del without["latitude"], without["longitude"]
    rows = parsed(parse_mobile, json.dumps(without), mobile(latitude=None), mobile(latitude=[54.9]))
    assert [(row.malformed, row.latitude_text, row.longitude_text) for row in rows] == [
        (False, "", ""), (False, "", "-1.6178"), (True, None, "-1.6178"),
    ]  # fmt: skip


def test_a_mobile_unit_may_send_the_version_without_direction():
    old = json.loads(mobile())
    del old["direction"]
    rows = parsed(parse_mobile, mobile(), json.dumps(old))
    assert [(row.schema_version, row.direction_text, row.malformed) for row in rows] == [
        ("mobile/2", "away", False), ("mobile/1", None, False),
    ]  # fmt: skip


def partner(**changes):
    fields = {
        "vrm": "AB12 CDE", "feed": "7", "source": "3", "camera": "12", "at": "2026-11-20T08:15:03Z", "lat": "54.9",
        "lon": "-1.6", "preset": "1", "pan": "0", "tilt": "0", "zoom": "0", "confidence": "87", "toward": "true",
        "plate": JPEG, "overview": "",
    } | changes  # fmt: skip
    return "|".join(fields.values())


def test_a_record_of_the_partner_feed_gives_its_fields_as_text():
    (row,) = parsed(parse_partner, partner())
    assert row.malformed is False
    assert (row.source_id, row.camera_id, row.vrm_raw) == ("7-3", "P0012", "AB12 CDE")
    assert (row.latitude_text, row.longitude_text, row.direction_text) == ("54.9", "-1.6", "towards")
    assert row.confidence_text == "87%"
    assert [row.confidence_text for row in parsed(parse_partner, partner(confidence="87 %"))] == ["87%"]
    assert (row.plate_image, row.overview_image) == (JPEG, None)


@pytest.mark.parametrize(
    ("number", "camera_id"), [("7", "P0007"), ("0007", "P0007"), ("1234", "P1234"), ("123456", "P123456")]
)
def test_a_partners_camera_keeps_all_its_digits(number, camera_id):
    (row,) = parsed(parse_partner, partner(camera=number))
    assert row.camera_id == camera_id


def test_records_of_the_partner_feed_with_other_fields_or_ids_are_malformed():
    bad = [
        partner() + "|", partner().removesuffix("|"), "nonsense", partner(camera="12a"), partner(camera="-1"),
        partner(feed=""), partner(source="x"), partner(camera="1234567890"),
    ]  # fmt: skip
    rows = parsed(parse_partner, partner(toward="false"), partner(toward=""), *bad)
    assert [row.malformed for row in rows] == [False, False] + [True] * len(bad)
    assert [row.direction_text for row in rows[:2]] == ["away", "unknown"]


def test_a_partner_may_send_the_version_without_pictures():
    old = partner(plate="", overview="").removesuffix("||")
    rows = parsed(parse_partner, old, partner())
    assert [(row.schema_version, row.plate_image, row.malformed) for row in rows] == [
        ("partner/1", None, False), ("partner/2", JPEG, False),
    ]  # fmt: skip


def test_a_message_is_split_into_records_and_the_51st_is_malformed():
    records = [partner(vrm=f"AB12 C{number:02d}") for number in range(MAX_RECORDS + 1)]
    rows = parsed(parse_partner, "~".join(records), partner() + "~")
    assert [row.record_no for row in rows] == [*range(1, 52), 1]
    assert [row.malformed for row in rows] == [False] * 50 + [True, False]
    assert [row.payload for row in rows[:51]] == records


def test_an_empty_record_is_none_and_the_others_keep_their_numbers():
    rows = parsed(parse_partner, f"~{partner()}~~{partner()}~")
    assert [(row.record_no, row.malformed) for row in rows] == [(2, False), (4, False)]


def test_a_message_with_a_fault_is_one_record():
    rows = parsed(parse_partner, partner() + "~" + partner()[:20], fault="line_too_long")
    assert [(row.record_no, row.fault) for row in rows] == [(1, "line_too_long")]
