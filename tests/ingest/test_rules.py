"""The row rules: typed columns, and one reason for each row that breaks one."""

import base64
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from jobs.domain.cameras import Register
from jobs.ingest import rules
from jobs.ingest.formats.fields import FIELDS
from jobs.ingest.positions import Areas
from jobs.ingest.rules import Limits
from jobs.ingest.vrms import read_vrms, vrm_format
from jobs.settings.area import Area
from ocr.vrm import FORMATS, classify, normalise

NIGHT = date(2026, 11, 20)


def picture(width, height, kind="JPEG"):
    content = io.BytesIO()
    Image.new("1", (width, height)).convert("L").save(content, kind)
    return base64.b64encode(content.getvalue()).decode()


JPEG, PNG = picture(8, 8), picture(8, 8, "PNG")
BOMB = picture(2000, 1001)
GOOD = dict.fromkeys(FIELDS) | {
    "line_no": 1, "record_no": 1, "payload": "as received", "fault": None, "malformed": False, "local_clock": False,
    "schema_version": "mobile/2", "source_id": "11-1", "camera_id": "M01", "vrm_raw": "ab12 cde",
    "captured_text": "2026-11-20T08:15:03.120Z", "confidence_text": "0.9", "direction_text": "Towards",
    "lane_text": "2", "latitude_text": "54.9783", "longitude_text": "-1.6178", "plate_image": JPEG,
}  # fmt: skip
TYPES = {"line_no": pa.int64(), "record_no": pa.int32(), "malformed": pa.bool_(), "local_clock": pa.bool_()}
SCHEMA = pa.schema([(name, TYPES.get(name, pa.string())) for name in GOOD])
CAMERA = {"camera_id": "M01", "latitude": None, "longitude": None, "valid_from": date(2024, 1, 1), "valid_to": None}
STANDING = CAMERA | {"camera_id": "P0001", "latitude": 54.9783, "longitude": -1.6178}
FORMER = CAMERA | {"camera_id": "M02", "valid_to": date(2026, 11, 19)}
BRITAIN = Area(south=49.8, west=-8.7, north=61.0, east=1.9)
LIMITS = Limits(
    register=Register([CAMERA, STANDING, FORMER]), partners={"11-1": ("NORLAND", "ISA-1")}, needs_camera=True,
    areas=Areas(BRITAIN, {"12-2": Area(south=40, west=0, north=50, east=9)}), local_zone="Europe/London",
    max_vrm_chars=15, unread="?*_", placeholders={"NOPLATE", "NA"},
    oldest=date(2024, 11, 20), payload_chars=5, max_image_pixels=2_000_000,
    max_move_m=300,
)  # fmt: skip


def apply_rules(*changes, limits=LIMITS):
    rows = pa.Table.from_pylist([GOOD | change for change in changes], SCHEMA)
    found = rules.apply_rules(rows, limits, NIGHT)
    # Python has no time before its year 1: such a time is judged, not looked at.
    early = [reason == "time_expired" for reason in found["reason"].to_pylist()]
    captured = pa.compute.if_else(pa.array(early), None, found["captured_at"])
    found = found.set_column(found.column_names.index("captured_at"), "captured_at", captured)
    return [SimpleNamespace(**row) for row in found.to_pylist()]


def test_a_good_row_has_typed_columns_and_no_reason():
    (row,) = apply_rules({})
    assert row.reason is None
    assert row.captured_at == datetime(2026, 11, 20, 8, 15, 3, 120_000, UTC)
    assert (row.vrm, row.vrm_format, row.direction) == ("AB12CDE", "current", "towards")
    assert (row.confidence, row.lane, row.latitude, row.longitude) == (0.9, 2, 54.9783, -1.6178)
    assert row.patch == base64.b64decode(JPEG)
    assert (row.force, row.licence, row.payload, row.capture_date) == ("NORLAND", "ISA-1", None, NIGHT)
    assert row.overview is None


BROKEN = [
    ("line_too_long", {"fault": "line_too_long"}),
    ("malformed", {"malformed": True}),
    ("vrm_control_characters", {"vrm_raw": "AB12\x07CDE"}),
    ("vrm_control_characters", {"vrm_raw": "AB12CDE\n"}),
    ("vrm_control_characters", {"vrm_raw": "AB12CDE\x7f"}),
    ("vrm_formula", {"vrm_raw": "=AB12CDE"}),
    ("vrm_formula", {"vrm_raw": "@AB12CDE"}),
    ("vrm_missing", {"vrm_raw": "---"}),
    ("vrm_missing", {"vrm_raw": None}),
    ("vrm_missing", {"vrm_raw": " -· "}),
    ("vrm_missing", {"vrm_raw": "?**?"}),
    ("vrm_letter_unknown", {"vrm_raw": "AB12 ب"}),
    ("vrm_letter_unknown", {"vrm_raw": "ЖAB12"}),
    ("vrm_letter_unknown", {"vrm_raw": "AB½CDE"}),
    ("vrm_letter_unknown", {"vrm_raw": "AB\ue000CDE"}),
    ("vrm_spreadsheet", {"vrm_raw": "1.00E+23"}),
    ("vrm_placeholder", {"vrm_raw": "No Plate"}),
    ("vrm_placeholder", {"vrm_raw": "n/a"}),
    ("vrm_placeholder", {"vrm_raw": "NO_PLATE"}),
    ("vrm_too_long", {"vrm_raw": "A" * 16}),
    ("vrm_too_long", {"vrm_raw": "AB12CDE" * 30}),
    ("time_no_zone", {"captured_text": "2026-11-20T08:15:03"}),
    ("time_no_zone", {"captured_text": "2026-11-20T08:15"}),
    ("time_malformed", {"captured_text": None}),
    ("time_malformed", {"captured_text": "20/11/2026 08:15"}),
    ("time_malformed", {"captured_text": "2026-11-20 08:15:03Z"}),
    ("time_malformed", {"captured_text": "2026-02-30T08:15:03Z"}),
    ("time_malformed", {"captured_text": "2026-11-20T25:00:00Z"}),
    ("time_malformed", {"captured_text": "1795162503"}),
    ("time_malformed", {"captured_text": "now"}),
    ("time_malformed", {"captured_text": "2026-11-20T08:15Z"}),
    ("time_future", {"captured_text": "2026-11-21T00:00:00Z"}),
    ("time_future", {"captured_text": "2026-11-20T23:30:00-01:00"}),
    ("time_expired", {"captured_text": "2024-11-20T23:59:59Z"}),
    ("time_expired", {"captured_text": "0001-01-01T00:00:00Z"}),
    ("confidence_invalid", {"confidence_text": None}),
    ("confidence_scale", {"confidence_text": "1.01"}),
    ("confidence_scale", {"confidence_text": "93"}),
    ("confidence_scale", {"confidence_text": "100"}),
    ("confidence_scale", {"confidence_text": "0.93%"}),
    (None, {"confidence_text": "93 %"}),
    (None, {"confidence_text": "0%"}),
    ("confidence_invalid", {"confidence_text": "100.1"}),
    ("confidence_invalid", {"confidence_text": "101%"}),
    ("confidence_invalid", {"confidence_text": "%"}),
    ("confidence_invalid", {"confidence_text": "-0.1"}),
    ("confidence_invalid", {"confidence_text": "NaN"}),
    ("confidence_invalid", {"confidence_text": "high"}),
    ("image_invalid", {"plate_image": PNG}),
    ("image_invalid", {"overview_image": "no base64 *"}),
    ("image_invalid", {"plate_image": base64.b64encode(b"\xff\xd8\xff\xe0rest").decode()}),
    ("image_invalid", {"plate_image": JPEG[:8] + "*" + JPEG[8:]}),
    ("image_too_large", {"plate_image": BOMB}),
    (None, {"plate_image": picture(40, 40)}),
    ("source_unlicensed", {"source_id": "11-2"}),
    ("camera_unknown", {"camera_id": "M09"}),
    ("camera_unknown", {"camera_id": None}),
    ("camera_not_in_use", {"camera_id": "M02"}),
    ("camera_moved", {"camera_id": "P0001", "latitude_text": "54.99"}),
    (None, {"camera_id": "P0001", "latitude_text": "54.9790"}),
    (None, {"camera_id": "M02", "captured_text": "2026-11-19T23:59:59Z"}),
    (None, {"vrm_raw": "A" * 15}),
    (None, {"captured_text": "2026-11-20T23:59:59.999Z"}),
    (None, {"captured_text": "2026-11-21T00:59:59+01:00"}),
    (None, {"captured_text": "2024-11-21T00:00:00Z"}),
    (None, {"confidence_text": "1", "direction_text": "sideways", "lane_text": "left", "plate_image": None}),
]  # fmt: skip


def test_each_rule_has_its_code():
    found = [row.reason for row in apply_rules(*(change for _, change in BROKEN))]
    assert list(zip(found, [change for _, change in BROKEN], strict=True)) == BROKEN


def test_of_several_broken_rules_the_first_is_told():
    order = [
        {"fault": "not_utf8"}, {"malformed": True}, {"vrm_raw": "\x07"}, {"captured_text": "2026-11-20T08:15:03"},
        {"confidence_text": "200"}, {"plate_image": PNG}, {"camera_id": "M09"},
    ]  # fmt: skip
    merged = [{key: value for change in reversed(order[start:]) for key, value in change.items()} for start in range(7)]
    assert [row.reason for row in apply_rules(*merged)] == [
        "not_utf8", "malformed", "vrm_control_characters", "time_no_zone", "confidence_invalid", "image_invalid",
        "camera_unknown",
    ]  # fmt: skip


def test_a_feed_that_needs_neither_camera_nor_position_may_lack_both():
    change = {"camera_id": "M09", "latitude_text": None, "source_id": "x"}
    limits = replace(LIMITS, needs_camera=False, areas=None, partners=None)
    (row,) = apply_rules(change, limits=limits)
    assert (row.reason, row.flags, row.longitude) == (None, [], None)


def test_a_rejected_row_is_kept_cut_and_one_past_its_end_leaves_nothing_behind():
    broken, expired = apply_rules({"malformed": True}, {"captured_text": "2024-11-20T23:59:59Z"})
    assert (broken.payload, broken.capture_date) == ("as re", NIGHT)
    assert (expired.reason, expired.payload, expired.capture_date) == ("time_expired", "", NIGHT)


def test_a_row_broken_otherwise_too_is_dated_and_emptied_by_its_time_all_the_same():
    expired, future = apply_rules(
        {"vrm_raw": " ", "captured_text": "2024-11-20T23:59:59Z"},
        {"vrm_raw": " ", "captured_text": "2031-11-20T23:59:59Z"},
    )
    assert (expired.reason, expired.payload, expired.capture_date) == ("vrm_missing", "", NIGHT)
    assert (future.reason, future.payload, future.capture_date) == ("vrm_missing", "as re", NIGHT)


LOCAL = [
    ("2026-07-20T08:15:03.120", None, "2026-07-20T07:15:03.120000"),
    ("2026-11-20T08:15:03", None, "2026-11-20T08:15:03"),
    ("2026-10-25T01:30:00", "time_ambiguous", None),
    ("2026-10-25T00:59:59", None, "2026-10-24T23:59:59"),
    ("2026-10-25T02:00:00", None, "2026-10-25T02:00:00"),
    ("2026-03-29T01:30:00", "time_nonexistent", None),
    ("2026-03-29T02:00:00", None, "2026-03-29T01:00:00"),
    ("2026-07-20T08:15:03Z", "time_malformed", None),
]  # fmt: skip


def test_times_on_the_wall_become_utc_but_for_the_hours_that_come_twice_or_never():
    rows = apply_rules(*({"captured_text": text, "local_clock": True} for text, *_ in LOCAL), {})
    found = [(row.reason, row.captured_at and row.captured_at.replace(tzinfo=None).isoformat()) for row in rows]
    assert found[:-1] == [tuple(expected) for _, *expected in LOCAL]
    assert rows[-1].reason is None


def test_times_of_any_zone_become_utc_to_the_millisecond():
    texts = ["2026-11-20T09:15:03.1239+01:00", "2026-11-20T03:15:03-05:00", "2026-10-25T01:30:00+01:00"]
    rows = apply_rules(*({"captured_text": text} for text in texts))
    assert [row.captured_at.replace(tzinfo=None).isoformat() for row in rows] == [
        "2026-11-20T08:15:03.123000", "2026-11-20T08:15:03", "2026-10-25T00:30:00",
    ]  # fmt: skip


def test_an_unknown_direction_or_lane_is_no_reason():
    (row,) = apply_rules({"direction_text": "sideways", "lane_text": "left"})
    assert (row.direction, row.lane) == ("unknown", None)


POSITIONS = [
    ("54.9783", "-1.6178", None), ("49.8", "1.9", None), (" 54.9", "-1.6", "position_implausible"),
    (None, "-1.6", "position_missing"), ("54.9", " ", "position_missing"), (None, None, "position_missing"),
    ("-1.6178", "54.9783", "position_swapped"), ("0", "0.0", "position_implausible"),
    ("48.0", "2.0", "position_implausible"), ("54.9", "1.91", "position_implausible"),
    ("91", "-1.6", "position_implausible"), ("NaN", "-1.6", "position_implausible"),
    ("54.9", "west", "position_implausible"), ("61.0", "-8.7", None), ("61.01", "-8.7", "position_implausible"),
    ("61.0", "-8.71", "position_implausible"),
]  # fmt: skip


@pytest.mark.parametrize(("latitude", "longitude", "flag"), POSITIONS)
def test_a_read_whose_position_is_none_or_cannot_be_is_kept_without_a_place(latitude, longitude, flag):
    (row,) = apply_rules({"latitude_text": latitude, "longitude_text": longitude})
    expected = (None, None) if flag else (float(latitude), float(longitude))
    assert (row.reason, row.latitude, row.longitude) == (None, *expected)
    assert row.flags == ([flag] if flag else [])


def test_null_island_is_no_place_even_in_an_area_around_it():
    limits = replace(LIMITS, areas=Areas(Area(south=-5, west=-5, north=60, east=5), {}))
    places = (("0", "0"), ("0.1", "0"), ("-0.1", "0"), ("0", "0.1"), ("0", "-0.1"))
    rows = apply_rules(*({"latitude_text": y, "longitude_text": x} for y, x in places), limits=limits)
    assert [row.flags for row in rows] == [["position_implausible"], [], [], [], []]


def test_a_partners_reads_lie_in_its_own_area():
    limits = replace(LIMITS, partners=dict.fromkeys(["11-1", "12-2"], ("X", "Y")))
    france, britain = {"latitude_text": "48.0", "longitude_text": "2.0"}, {}
    changes = [where | {"source_id": source} for source in ("11-1", "12-2") for where in (france, britain)]
    rows = apply_rules(*changes, limits=limits)
    assert [bool(row.flags) for row in rows] == [True, False, False, True]


def test_letters_of_other_alphabets_are_no_letters_less_and_flagged():
    rows = apply_rules({"vrm_raw": "B-TÜ 123"}, {"vrm_raw": "АВ12СDE"}, {"vrm_raw": "BT–123"})  # noqa: RUF001
    assert [(row.vrm, row.flags) for row in rows] == [
        ("BTUE123", ["transliterated"]), ("AB12CDE", ["transliterated"]), ("BT123", []),
    ]  # fmt: skip
    assert [row.vrm_raw for row in rows] == ["B-TÜ 123", "АВ12СDE", "BT–123"]  # noqa: RUF001


def test_a_character_that_was_not_read_is_kept_as_a_question_mark():
    rows = apply_rules(*({"vrm_raw": text} for text in ("A1?BCD", "a1*bcd", "A1_BCD", "A1.BCD", "A1\ufffdBCD")))
    assert [(row.reason, row.vrm, row.vrm_format) for row in rows] == [
        (None, "A1?BCD", "incomplete"), (None, "A1?BCD", "incomplete"), (None, "A1?BCD", "incomplete"),
        (None, "A1BCD", "prefix"), (None, "A1?BCD", "incomplete"),
    ]  # fmt: skip


def test_a_percentage_is_taken_where_the_row_says_so():
    assert [row.confidence for row in apply_rules({"confidence_text": "93%"}, {"confidence_text": "0.93"})] == [
        pytest.approx(0.93), 0.93,
    ]  # fmt: skip


def test_local_times_are_those_of_the_zone_that_is_set():
    change = {"captured_text": "2026-07-20T08:15:03", "local_clock": True}
    (row,) = apply_rules(change, limits=replace(LIMITS, local_zone="Europe/Berlin"))
    assert row.captured_at.hour == 6


TEXTS = st.lists(
    st.one_of(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
        st.text("ABOIZ0125 dx-?*", max_size=9),
        *(st.from_regex(pattern.replace("$", r"\Z"), fullmatch=True) for pattern in FORMATS.values()),
    ),
    max_size=40,
)  # fmt: skip


@given(TEXTS)
@settings(max_examples=200)
def test_marks_are_normalised_and_classified_as_the_reader_does(texts):
    vrm = read_vrms(pa.array(texts, pa.string()), "?*").vrm
    read = [text.isascii() and not {*text} & {"?", "*"} for text in texts]
    expected = [normalise(text) if one else vrm for text, vrm, one in zip(texts, vrm.to_pylist(), read, strict=True)]
    assert vrm.to_pylist() == expected
    vrm = vrm.fill_null("")
    assert vrm_format(vrm).to_pylist() == [classify(one) for one in vrm.to_pylist()]
