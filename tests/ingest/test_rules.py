"""The row rules: typed columns, and one reason for each row that breaks one."""

import base64
from datetime import date, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F

from jobs.ingest import rules
from ocr import vrm as marks

NIGHT = date(2026, 11, 20)
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0rest").decode()
PNG = base64.b64encode(b"\x89PNG").decode()
GOOD = {
    "fault": None, "malformed": False, "camera_known": True, "arrived_on": NIGHT, "vrm_raw": "ab12 cde",
    "captured_text": "2026-11-20T08:15:03.120Z", "confidence_text": "0.9", "direction_text": "Towards",
    "lane_text": "2", "latitude_text": "54.9783", "longitude_text": "-1.6178", "plate_image": JPEG,
    "overview_image": None,
}  # fmt: skip
DDL = (
    "fault STRING, malformed BOOLEAN, camera_known BOOLEAN, arrived_on DATE, vrm_raw STRING, captured_text STRING, "
    "confidence_text STRING, direction_text STRING, lane_text STRING, latitude_text STRING, longitude_text STRING, "
    "plate_image STRING, overview_image STRING, number INT"
)


def judged(spark, *changes, needs_camera=True, needs_position=True):
    rows = [(*(GOOD | change).values(), number) for number, change in enumerate(changes)]
    reason = rules.first_broken_rule(
        needs_camera=needs_camera, needs_position=needs_position, max_vrm_chars=15, reads_days=730, process_date=NIGHT
    )
    typed = rules.typed(spark.createDataFrame(rows, DDL)).withColumn("reason", reason)
    # Python has no time before its year 1: such a time is judged, not collected.
    seen = F.when(F.year("captured_at") > 1, F.col("captured_at"))
    return typed.orderBy("number").withColumn("captured_at", seen).collect()


def test_a_good_row_has_typed_columns_and_no_reason(spark):
    (row,) = judged(spark, {})
    assert row.reason is None
    assert row.captured_at == datetime(2026, 11, 20, 8, 15, 3, 120_000)  # noqa: DTZ001 - Spark gives naive UTC
    assert (row.vrm, row.vrm_format, row.direction) == ("AB12CDE", "current", "towards")
    assert (row.confidence, row.lane, row.latitude, row.longitude) == (0.9, 2, 54.9783, -1.6178)
    assert bytes(row.patch) == b"\xff\xd8\xff\xe0rest"
    assert row.overview is None


BROKEN = [
    ("line_too_long", {"fault": "line_too_long"}),
    ("malformed", {"malformed": True}),
    ("vrm_control_characters", {"vrm_raw": "AB12\x07CDE"}),
    ("vrm_control_characters", {"vrm_raw": "AB12CDE\n"}),
    ("vrm_control_characters", {"vrm_raw": "AB12CDE\x7f"}),
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
    ("camera_unknown", {"camera_known": False}),
    (None, {"vrm_raw": "A" * 15}),
    (None, {"captured_text": "2026-11-20T23:59:59.999Z"}),
    (None, {"captured_text": "2026-11-21T00:59:59+01:00"}),
    (None, {"captured_text": "2024-11-21T00:00:00Z"}),
    (None, {"confidence_text": "1", "direction_text": "sideways", "lane_text": "left", "plate_image": None}),
    (None, {"latitude_text": "-90", "longitude_text": "180"}),
]  # fmt: skip


def test_each_rule_has_its_code(spark):
    found = [row.reason for row in judged(spark, *(change for _, change in BROKEN))]
    assert list(zip(found, [change for _, change in BROKEN], strict=True)) == BROKEN


def test_of_several_broken_rules_the_first_is_told(spark):
    order = [
        {"fault": "not_utf8"}, {"malformed": True}, {"vrm_raw": "\x07"}, {"captured_text": "2026-11-20T08:15:03"},
        {"confidence_text": "2"}, {"latitude_text": "99"}, {"plate_image": PNG}, {"camera_known": False},
    ]  # fmt: skip
    merged = [{key: value for change in reversed(order[start:]) for key, value in change.items()} for start in range(8)]
    assert [row.reason for row in judged(spark, *merged)] == [
        "not_utf8", "malformed", "vrm_control_characters", "time_no_zone", "confidence_invalid", "position_invalid",
        "image_invalid", "camera_unknown",
    ]  # fmt: skip


def test_a_feed_that_needs_neither_camera_nor_position_may_lack_both(spark):
    change = {"camera_known": False, "latitude_text": None}
    assert judged(spark, change, needs_camera=False, needs_position=False)[0].reason is None


def test_times_of_any_zone_become_utc_to_the_millisecond(spark):
    texts = ["2026-11-20T09:15:03.1239+01:00", "2026-11-20T03:15:03-05:00", "2026-10-25T01:30:00+01:00"]
    rows = judged(spark, *({"captured_text": text} for text in texts))
    assert [row.captured_at.isoformat() for row in rows] == [
        "2026-11-20T08:15:03.123000", "2026-11-20T08:15:03", "2026-10-25T00:30:00",
    ]  # fmt: skip


def test_an_unknown_direction_or_lane_is_no_reason(spark):
    (row,) = judged(spark, {"direction_text": "sideways", "lane_text": "left"})
    assert (row.direction, row.lane) == ("unknown", None)


TEXTS = st.lists(
    st.one_of(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
        st.text("ABOIZ0125 dx-", max_size=9),
        *(st.from_regex(pattern.replace("$", r"\Z"), fullmatch=True) for pattern in marks.FORMATS.values()),
    ),
    min_size=300, max_size=300,
)  # fmt: skip


@given(TEXTS)
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
def test_spark_normalises_and_classifies_as_the_reader_does(spark, texts):
    frame = spark.createDataFrame([(text,) for text in texts], "raw STRING")
    vrm = rules.normalised_vrm(F.col("raw"))
    for row in frame.select("raw", vrm.alias("vrm"), rules.vrm_format(vrm).alias("format")).collect():
        assert row.vrm == marks.normalise(row.raw)
        assert row.format == marks.classify(row.vrm)
