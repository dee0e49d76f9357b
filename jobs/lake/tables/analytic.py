"""The analytic zone: the same facts with keyed tokens for plates and opaque codes for cameras."""

from jobs.domain.retention import RetentionClass
from jobs.lake.tables.model import (
    CONFIDENCE,
    CONFIDENCE_CHECK,
    DIRECTION,
    FINDING,
    MOVEMENT,
    NIGHT,
    Column,
    Subject,
    Table,
    Zone,
)

_TOKEN = Column("vehicle_token", "STRING", "keyed token of the mark", required=True, subject=Subject.CODED)
ANALYTIC_READS = Table(
    "reads", Zone.ANALYTIC, "Passages with tokens for plates and codes for cameras",
    (
        Column("read_token", "STRING", "keyed token of the read", required=True),
        _TOKEN,
        Column("captured_at", "TIMESTAMP", "UTC", required=True),
        Column("site_code", "STRING", "opaque code of the camera", required=True),
        Column("vrm_format", "STRING", "format of the mark, or unrecognised", required=True),
        CONFIDENCE,
        DIRECTION,
        Column("source_kinds", "ARRAY<STRING>", "kinds of its sources", required=True),
        Column("flags", "ARRAY<STRING>", "single_look, disagreeing, unrecognised", required=True),
        *NIGHT,
    ),
    RetentionClass.READS, key=("read_token",), sorted_by=("vehicle_token", "captured_at"), stats=("captured_at",),
    checks=(CONFIDENCE_CHECK,),
)  # fmt: skip
ANALYTIC_JOURNEYS = Table(
    "journeys", Zone.ANALYTIC, "Journeys with tokens and site codes",
    (
        Column("journey_token", "STRING", "keyed token of the journey", required=True),
        _TOKEN,
        Column("started_at", "TIMESTAMP", "UTC, first read", required=True),
        Column("ended_at", "TIMESTAMP", "UTC, last read", required=True),
        Column("sites", "ARRAY<STRING>", "site codes, in order", required=True),
        MOVEMENT,
        Column("passages", "INT", "number of reads", required=True),
        *NIGHT,
    ),
    RetentionClass.READS, key=("journey_token",), sorted_by=("vehicle_token", "started_at"), stats=("started_at",),
)  # fmt: skip
ANALYTIC_CONVOYS = Table(
    "convoys", Zone.ANALYTIC, "Convoys with tokens and site codes",
    (
        Column("finding_token", "STRING", "keyed token of the finding", required=True),
        Column("vehicle_tokens", "ARRAY<STRING>", "keyed tokens of the members", required=True, subject=Subject.CODED),
        Column("days", "ARRAY<DATE>", "days with an episode", required=True),
        Column("sites", "ARRAY<STRING>", "site codes of the shared cameras", required=True),
        Column("observed", "DOUBLE", "days with an episode", required=True),
        Column("expected", "DOUBLE", "days that habit and chance would give", required=True),
        Column("p_value", "DOUBLE", "corrected binomial tail", required=True),
        *FINDING, *NIGHT,
    ),
    RetentionClass.READS, key=("finding_token",), partition_by=("capture_date", "window_end"),
)  # fmt: skip
FLOWS = Table(
    "flows", Zone.ANALYTIC, "Journeys an hour from first to last site",
    (
        Column("hour", "TIMESTAMP", "UTC hour in which the journeys began", required=True),
        Column("from_site", "STRING", "site code of the first camera", required=True),
        Column("to_site", "STRING", "site code of the last camera", required=True),
        MOVEMENT,
        Column("vehicles", "BIGINT", "distinct vehicles", required=True),
        Column("passages", "BIGINT", "reads of these journeys", required=True),
        *NIGHT,
    ),
    RetentionClass.READS, key=("hour", "from_site", "to_site", "movement"), stats=("hour",),
)  # fmt: skip
