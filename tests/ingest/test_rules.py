"""The row rules: typed columns, and one reason for each row that breaks one."""

import base64
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from jobs.domain.cameras import Register
from jobs.ingest import rules
from jobs.ingest.formats.fields import FIELDS
from jobs.ingest.rules import Limits
from ocr import vrm as marks

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
LIMITS = Limits(
    register=Register([CAMERA, STANDING, FORMER]), partners={"11-1": ("NORLAND", "ISA-1")}, needs_camera=True,
    needs_position=True, max_vrm_chars=15, oldest=date(2024, 11, 20), payload_chars=5, max_image_pixels=2_000_000,
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
    ("vrm_missing", {"vrm_raw": " -·é "}),
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
    ("confidence_invalid", {"confidence_text": "1.01"}),
    ("confidence_invalid", {"confidence_text": "-0.1"}),
    ("confidence_invalid", {"confidence_text": "NaN"}),
    ("confidence_invalid", {"confidence_text": "high"}),
    ("position_invalid", {"latitude_text": "90.1"}),
    ("position_invalid", {"longitude_text": "-180.1"}),
    ("position_invalid", {"latitude_text": None}),
    ("position_invalid", {"longitude_text": "NaN"}),
    ("position_invalid", {"longitude_text": "west"}),
    ("image_invalid", {"plate_image": PNG}),
    ("image_invalid", {"overview_image": "no base64 *"}),
    ("image_invalid", {"plate_image": base64.b64encode(b"\xff\xd8\xff\xe0rest").decode()}),
    ("image_too_large", {"plate_image": BOMB}),
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
    (None, {"latitude_text": "-90", "longitude_text": "180"}),
]  # fmt: skip


def test_each_rule_has_its_code():
    found = [row.reason for row in apply_rules(*(change for _, change in BROKEN))]
    assert list(zip(found, [change for _, change in BROKEN], strict=True)) == BROKEN


def test_of_several_broken_rules_the_first_is_told():
    order = [
        {"fault": "not_utf8"}, {"malformed": True}, {"vrm_raw": "\x07"}, {"captured_text": "2026-11-20T08:15:03"},
        {"confidence_text": "2"}, {"latitude_text": "99"}, {"plate_image": PNG}, {"camera_id": "M09"},
    ]  # fmt: skip
    merged = [{key: value for change in reversed(order[start:]) for key, value in change.items()} for start in range(8)]
    assert [row.reason for row in apply_rules(*merged)] == [
        "not_utf8", "malformed", "vrm_control_characters", "time_no_zone", "confidence_invalid", "position_invalid",
        "image_invalid", "camera_unknown",
    ]  # fmt: skip


def test_a_feed_that_needs_neither_camera_nor_position_may_lack_both():
    change = {"camera_id": "M09", "latitude_text": None, "source_id": "x"}
    limits = replace(LIMITS, needs_camera=False, needs_position=False, partners=None)
    assert apply_rules(change, limits=limits)[0].reason is None


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


TEXTS = st.lists(
    st.one_of(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
        st.text("ABOIZ0125 dx-", max_size=9),
        *(st.from_regex(pattern.replace("$", r"\Z"), fullmatch=True) for pattern in marks.FORMATS.values()),
    ),
    max_size=40,
)  # fmt: skip


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_marks_are_normalised_and_classified_as_the_reader_does(texts):
    vrm = rules.normalised_vrm(pa.array(texts, pa.string()))
    assert vrm.to_pylist() == [marks.normalise(text) for text in texts]
    assert rules.vrm_format(vrm).to_pylist() == [marks.classify(one) for one in vrm.to_pylist()]
