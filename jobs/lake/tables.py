"""The catalogue: every table's schema, zone, partitioning, retention class and rules. Nothing else states them."""

from dataclasses import dataclass
from enum import StrEnum

import pyspark.sql.functions as F
from pyspark.sql import Column as SparkColumn


class Zone(StrEnum):
    """Who may see a table: plates and places only in restricted and evidence."""

    RESTRICTED = "restricted"
    EVIDENCE = "evidence"
    ANALYTIC = "analytic"
    GOVERNANCE = "governance"


class RetentionClass(StrEnum):
    """Which day count of the retention profile ends a row's life; `<class>_days` in conf/retention.yaml."""

    READS = "reads"
    IMAGES = "images"
    FOOTAGE = "footage"
    LANDING = "landing"
    GOVERNANCE = "governance"
    # Rows with an end of their own: a camera's valid_to, a hold's release.
    OWN_DATES = "own_dates"


def quoted(text: str) -> str:
    """A text as it stands between the single quotes of Spark's SQL."""
    return text.replace("\\", "\\\\").replace("'", "\\'")


@dataclass(frozen=True)
class Column:
    """A column: Spark type, meaning, and whether it may be empty."""

    name: str
    type: str
    comment: str
    required: bool = False

    @property
    def ddl(self) -> str:
        """The column in SQL DDL."""
        return f"{self.name} {self.type}{' NOT NULL' if self.required else ''} COMMENT '{quoted(self.comment)}'"


@dataclass(frozen=True)
class Table:
    """A Delta table.

    Attributes:
        key: columns that name a row; unique within the table.
        dated_by: the column from which a row's retention counts; without meaning for rows with dates of their own.
        sorted_by: order of rows within a day's files, for readers that skip row groups.
        stats: columns with minima and maxima in the Delta log; never a plate or a place.
        checks: Delta CHECK constraints by name: the last net behind the row rules.
    """

    name: str
    zone: Zone
    comment: str
    columns: tuple[Column, ...]
    retention: RetentionClass
    key: tuple[str, ...]
    partition_by: tuple[str, ...] = ("capture_date",)
    dated_by: str = "capture_date"
    sorted_by: tuple[str, ...] = ()
    stats: tuple[str, ...] = ()
    checks: tuple[tuple[str, str], ...] = ()

    @property
    def full_name(self) -> str:
        """Zone and name, as in `restricted.reads`; also the folder below the lake's root."""
        return f"{self.zone}.{self.name}"

    @property
    def ddl(self) -> str:
        """The columns in SQL DDL."""
        return ", ".join(column.ddl for column in self.columns)

    @property
    def frame_ddl(self) -> str:
        """Names and types for `spark.createDataFrame`; what is required is checked when the rows are written."""
        return ", ".join(f"{column.name} {column.type}" for column in self.columns)

    @property
    def column_names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    @property
    def properties(self) -> dict[str, str]:
        """Delta properties; the reasons stand beside each."""
        return {
            # Other readers (DuckDB, Polars, delta-rs) and true deletion both want plain files.
            "delta.enableDeletionVectors": "false",
            # Statistics keep values of deleted rows in the log: only harmless columns have them.
            "delta.dataSkippingStatsColumns": ",".join(self.stats),
            # Only the purge vacuums, with no writer at work, and what it removes must be gone at once.
            "delta.deletedFileRetentionDuration": "interval 0 days",
            "delta.logRetentionDuration": "interval 30 days",
            "delta.checkpointInterval": "20",
            # Here and not by ALTER TABLE, which takes a commit and a scan for each.
            **{f"delta.constraints.{name}": rule for name, rule in self.checks},
        }


def capture_date(captured_at: SparkColumn) -> SparkColumn:
    """The UTC day of a capture time: the one place that derives the partition."""
    return F.to_date(captured_at)


_CAPTURE_DATE = Column("capture_date", "DATE", "UTC day of capture; the row ends with it", required=True)
_PROCESS_DATE = Column("process_date", "DATE", "night that wrote the row", required=True)
_RUN_ID = Column("run_id", "STRING", "run that wrote the row", required=True)
_NIGHT = (_PROCESS_DATE, _RUN_ID, _CAPTURE_DATE)
_CANDIDATES = "ARRAY<STRUCT<vrm: STRING, score: DOUBLE, rule: STRING>>"
_CONFIDENCE = Column("confidence", "DOUBLE", "0 to 1, as the reader or supplier states it")
_CONFIDENCE_CHECK = ("confidence_is_a_share", "confidence IS NULL OR (confidence >= 0 AND confidence <= 1)")

FOOTAGE = Table(
    "footage", Zone.RESTRICTED, "One row for each video file, by content",
    (
        Column("footage_id", "STRING", "sha256 of the file", required=True),
        Column("landed_path", "STRING", "path below the landing folder", required=True),
        Column("camera_id", "STRING", "from the sidecar"),
        Column("started_at", "TIMESTAMP", "time of the first frame, from the sidecar"),
        Column("ended_at", "TIMESTAMP", "time of the last frame"),
        Column("frame_rate", "DOUBLE", "frames per second"),
        Column("width", "INT", "pixels"),
        Column("height", "INT", "pixels"),
        Column("frames", "BIGINT", "frames that the container states"),
        Column("bytes", "BIGINT", "size of the file"),
        Column("status", "STRING", "new, read, refused or failed", required=True),
        Column("reason", "STRING", "why it was refused or failed, or what was lost"),
        Column("lost_seconds", "DOUBLE", "footage that could not be decoded"),
        Column("passages", "INT", "passages read from it"),
        Column("models", "MAP<STRING, STRING>", "model names and the sha256 of their weights"),
        *_NIGHT,
    ),
    RetentionClass.FOOTAGE, key=("footage_id",), stats=("process_date",),
    checks=(("status_is_known", "status IN ('new', 'read', 'refused', 'failed')"),),
)  # fmt: skip

FEED_FILES = Table(
    "feed_files", Zone.RESTRICTED, "One row for each feed file, by content: what came of its rows",
    (
        Column("file_id", "STRING", "sha256 of the file", required=True),
        Column("landed_path", "STRING", "path below the landing folder", required=True),
        Column("source_kind", "STRING", "fixed, mobile or partner", required=True),
        Column("arrived_on", "DATE", "date of the landing folder", required=True),
        Column("bytes", "BIGINT", "size of the file", required=True),
        Column("rows_received", "BIGINT", "rows in the file", required=True),
        Column("rows_stored", "BIGINT", "rows stored as sightings", required=True),
        Column("rows_duplicate", "BIGINT", "rows that were stored already", required=True),
        Column("rows_quarantined", "BIGINT", "rows rejected with a reason", required=True),
        Column("capture_days", "ARRAY<DATE>", "days of capture that the file touches", required=True),
        *_NIGHT,
    ),
    RetentionClass.LANDING, key=("file_id",), stats=("process_date",),
    checks=(("numbers_add_up", "rows_received = rows_stored + rows_duplicate + rows_quarantined"),),
)  # fmt: skip

SIGHTINGS = Table(
    "sightings", Zone.RESTRICTED, "One row for each read as received, from footage or feed",
    (
        Column("sighting_id", "STRING", "sha256 of the natural key", required=True),
        Column("captured_at", "TIMESTAMP", "UTC, to the millisecond", required=True),
        Column("camera_id", "STRING", "camera", required=True),
        Column("source_kind", "STRING", "footage, fixed, mobile or partner", required=True),
        Column("source_id", "STRING", "feed, unit, force or footage file", required=True),
        Column("vrm_raw", "STRING", "text as received or read", required=True),
        Column("vrm", "STRING", "normalised registration mark", required=True),
        Column("vrm_format", "STRING", "format of the mark, or unrecognised", required=True),
        Column("vrm_rule", "STRING", "rule that chose the mark", required=True),
        Column("vrm_candidates", _CANDIDATES, "other readings of the text, with score and rule"),
        _CONFIDENCE,
        Column("looks", "INT", "frames that were read"),
        Column("direction", "STRING", "towards, away or unknown", required=True),
        Column("lane", "INT", "lane, where the camera tells"),
        Column("latitude", "DOUBLE", "degrees, mobile and partner only"),
        Column("longitude", "DOUBLE", "degrees, mobile and partner only"),
        Column("flags", "ARRAY<STRING>", "single_look, disagreeing and the like"),
        Column("first_frame", "BIGINT", "footage: first frame of the passage"),
        Column("last_frame", "BIGINT", "footage: last frame of the passage"),
        Column("best_frame", "BIGINT", "footage: frame of the patch and the box"),
        Column("box", "STRUCT<x: INT, y: INT, w: INT, h: INT>", "footage: plate in pixels of the best frame"),
        Column("file_id", "STRING", "footage or feed file that brought the row", required=True),
        Column("line_no", "BIGINT", "feed: line in the file, from 1"),
        Column("record_no", "INT", "feed: record in a compound message, from 1"),
        *_NIGHT,
    ),
    RetentionClass.READS, key=("sighting_id",), stats=("captured_at", "process_date"), checks=(_CONFIDENCE_CHECK,),
)  # fmt: skip

PLATE_IMAGES = Table(
    "plate_images", Zone.RESTRICTED, "Pictures of a sighting: the plate patch and one overview",
    (
        Column("sighting_id", "STRING", "sighting", required=True),
        Column("kind", "STRING", "patch or overview", required=True),
        Column("jpeg", "BINARY", "JPEG file", required=True),
        Column("sha256", "STRING", "of the JPEG file", required=True),
        Column("bytes", "BIGINT", "size of the JPEG file", required=True),
        *_NIGHT,
    ),
    RetentionClass.IMAGES, key=("sighting_id", "kind"), stats=("process_date",),
    checks=(("kind_is_known", "kind IN ('patch', 'overview')"),),
)  # fmt: skip

QUARANTINE = Table(
    "quarantine", Zone.RESTRICTED, "Rows that broke a rule, as received",
    (
        Column("file_id", "STRING", "file that brought the row", required=True),
        Column("landed_path", "STRING", "path below the landing folder", required=True),
        Column("line_no", "BIGINT", "line in the file, from 1", required=True),
        Column("record_no", "INT", "record in a compound message, from 1", required=True),
        Column("payload", "STRING", "the row, cut at ingest.payload_chars", required=True),
        Column("reason", "STRING", "code of the rule", required=True),
        Column("source_kind", "STRING", "fixed, mobile, partner or hotlist", required=True),
        _PROCESS_DATE, _RUN_ID,
        Column("capture_date", "DATE", "day of capture where it can be believed, else of arrival", required=True),
    ),
    RetentionClass.READS, key=("file_id", "line_no", "record_no"), stats=("process_date",),
)  # fmt: skip

CAMERAS = Table(
    "cameras", Zone.RESTRICTED, "The camera register with its history: the only table with places of cameras",
    (
        Column("camera_id", "STRING", "camera", required=True),
        Column("site_code", "STRING", "opaque code for the analytic zone", required=True),
        Column("kind", "STRING", "fixed, mobile or partner", required=True),
        Column("latitude", "DOUBLE", "degrees; empty for mobile"),
        Column("longitude", "DOUBLE", "degrees; empty for mobile"),
        Column("road", "STRING", "road"),
        Column("heading", "DOUBLE", "degrees from north"),
        Column("cordon", "STRING", "in, out or none: over the area boundary", required=True),
        Column("valid_from", "DATE", "first day", required=True),
        Column("valid_to", "DATE", "last day; empty while in use"),
    ),
    RetentionClass.OWN_DATES, key=("camera_id", "valid_from"), partition_by=(),
)  # fmt: skip

HOTLIST = Table(
    "hotlist", Zone.RESTRICTED, "Vehicles of interest: every version of every entry",
    (
        Column("entry_id", "STRING", "sha256 of version and line", required=True),
        Column("vrm", "STRING", "mark, may hold ? and *", required=True),
        *(
            Column(name, "STRING", "as supplied")
            for name in (
                "make", "model", "colour", "action", "warning_markers", "reason", "nim_code", "information",
                "force_area",
            )
        ),
        Column("weed_date", "DATE", "last day on which the entry may match", required=True),
        *(
            Column(name, "STRING", "as supplied")
            for name in ("pnc_id", "gpms_marking", "cad_information", "spare_1", "spare_2")
        ),
        Column("purpose", "STRING", "intelligence, post_incident or roads_policing", required=True),
        Column("priority", "INT", "1 intelligence, 2 post-incident, 3 roads policing", required=True),
        Column("version", "STRING", "sha256 of day of arrival and content of the list", required=True),
        Column("valid_from", "DATE", "first day of the version", required=True),
        Column("valid_to", "DATE", "day on which the next version replaced it; empty for the newest"),
    ),
    # An entry outlives its weed date as long as the hits that name it.
    RetentionClass.READS, key=("entry_id",), partition_by=(), dated_by="weed_date",
)  # fmt: skip

_READ_COLUMNS = (
    Column("read_id", "STRING", "from its anchor sighting", required=True),
    Column("captured_at", "TIMESTAMP", "UTC, of the anchor sighting", required=True),
    Column("camera_id", "STRING", "camera", required=True),
    Column("vrm", "STRING", "normalised registration mark", required=True),
    Column("vrm_format", "STRING", "format of the mark, or unrecognised", required=True),
    _CONFIDENCE,
    Column("direction", "STRING", "towards, away or unknown", required=True),
    Column("latitude", "DOUBLE", "degrees, mobile and partner only"),
    Column("longitude", "DOUBLE", "degrees, mobile and partner only"),
    Column("sighting_ids", "ARRAY<STRING>", "sightings of this passage", required=True),
    Column("source_kinds", "ARRAY<STRING>", "kinds of its sources", required=True),
    Column("readings", "MAP<STRING, BIGINT>", "every mark read, with counts", required=True),
    Column("flags", "ARRAY<STRING>", "single_look, disagreeing, unrecognised", required=True),
    *_NIGHT,
)
READS_STAGED = Table(
    "reads_staged", Zone.RESTRICTED, "Consolidated days that the quality gate has not passed yet",
    _READ_COLUMNS, RetentionClass.READS, key=("read_id",), stats=("captured_at",), checks=(_CONFIDENCE_CHECK,),
)  # fmt: skip
READS = Table(
    "reads", Zone.RESTRICTED, "One row for each passage of a vehicle past a camera",
    _READ_COLUMNS, RetentionClass.READS, key=("read_id",), sorted_by=("vrm", "captured_at"), stats=("captured_at",),
    checks=(_CONFIDENCE_CHECK,),
)  # fmt: skip

HOTLIST_HITS = Table(
    "hotlist_hits", Zone.RESTRICTED, "Reads that a valid hot-list entry names",
    (
        Column("hit_id", "STRING", "from read and entry", required=True),
        Column("read_id", "STRING", "read", required=True),
        Column("sighting_ids", "ARRAY<STRING>", "sightings of the read", required=True),
        Column("entry_id", "STRING", "entry", required=True),
        Column("vrm", "STRING", "mark as read, never as the entry has it", required=True),
        Column("camera_id", "STRING", "camera", required=True),
        Column("captured_at", "TIMESTAMP", "UTC", required=True),
        Column("match", "STRING", "exact, partial (by wildcard) or possible (one confusion away)", required=True),
        Column("purpose", "STRING", "of the entry", required=True),
        Column("priority", "INT", "of the entry", required=True),
        Column("state", "STRING", "new, acknowledged or closed", required=True),
        Column("outcome", "STRING", "what came of it"),
        *_NIGHT,
    ),
    RetentionClass.READS, key=("hit_id",), sorted_by=("priority", "captured_at"), stats=("captured_at", "priority"),
    checks=(("match_is_known", "match IN ('exact', 'partial', 'possible')"),),
)  # fmt: skip

_LEGS = "ARRAY<STRUCT<from: STRING, to: STRING, seconds: DOUBLE, km: DOUBLE>>"
JOURNEYS = Table(
    "journeys", Zone.RESTRICTED, "The ordered reads of a vehicle, split at long gaps and impossible speeds",
    (
        Column("journey_id", "STRING", "from its first read", required=True),
        Column("vrm", "STRING", "normalised registration mark", required=True),
        Column("started_at", "TIMESTAMP", "UTC, first read", required=True),
        Column("ended_at", "TIMESTAMP", "UTC, last read", required=True),
        Column("legs", _LEGS, "camera to camera, with time and straight distance where known", required=True),
        Column("entry_camera", "STRING", "first camera", required=True),
        Column("exit_camera", "STRING", "last camera", required=True),
        Column("kind", "STRING", "in, out, through or within the area, by its cordon cameras", required=True),
        Column("passages", "INT", "number of reads", required=True),
        Column("read_ids", "ARRAY<STRING>", "its reads, in order", required=True),
        *_NIGHT,
    ),
    RetentionClass.READS, key=("journey_id",), sorted_by=("vrm", "started_at"), stats=("started_at",),
    checks=(("ends_after_its_start", "ended_at >= started_at"),),
)  # fmt: skip

_FINDING = (
    Column("window_end", "DATE", "last day of the nights looked at", required=True),
    Column("data_version", "BIGINT", "Delta version of restricted.reads that was read", required=True),
)
CONVOYS = Table(
    "convoys", Zone.RESTRICTED, "Vehicles that travelled together more than traffic and habit explain",
    (
        Column("finding_id", "STRING", "from window and members", required=True),
        Column("members", "ARRAY<STRING>", "marks of the vehicles, sorted", required=True),
        Column("days", "ARRAY<DATE>", "days with an episode", required=True),
        Column("cameras", "ARRAY<STRING>", "distinct shared cameras", required=True),
        Column("observed", "DOUBLE", "days with an episode, of the strongest pair", required=True),
        Column("expected", "DOUBLE", "days that habit and chance would give that pair", required=True),
        Column("p_value", "DOUBLE", "binomial tail of that pair, corrected for all candidate pairs", required=True),
        Column("median_headway", "DOUBLE", "seconds between members at a camera", required=True),
        Column("read_ids", "ARRAY<STRING>", "supporting reads", required=True),
        Column("parameters", "STRING", "settings of the search, JSON", required=True),
        *_FINDING, *_NIGHT,
    ),
    RetentionClass.READS, key=("finding_id",), partition_by=("capture_date", "window_end"),
    checks=(("two_members_at_least", "size(members) >= 2"),),
)  # fmt: skip

CLONES = Table(
    "clones", Zone.RESTRICTED, "One plate at places that no vehicle could connect in the time between",
    (
        Column("finding_id", "STRING", "from window and mark", required=True),
        Column("vrm", "STRING", "mark", required=True),
        Column("hops", "INT", "impossible hops", required=True),
        Column("expected", "DOUBLE", "impossible hops that misreads give an average vehicle", required=True),
        Column("max_speed_kmh", "DOUBLE", "fastest hop, straight line", required=True),
        Column("cameras", "ARRAY<STRING>", "cameras of the hops", required=True),
        Column("days", "ARRAY<DATE>", "days of the hops", required=True),
        Column("read_ids", "ARRAY<STRING>", "reads at both ends of the hops", required=True),
        Column("parameters", "STRING", "settings of the search, JSON", required=True),
        *_FINDING, *_NIGHT,
    ),
    RetentionClass.READS, key=("finding_id",), partition_by=("capture_date", "window_end"),
)  # fmt: skip

_HELD = (
    Column("hold_id", "STRING", "hold that keeps the row", required=True),
    Column("case_ref", "STRING", "case", required=True),
    Column("held_at", "TIMESTAMP", "UTC, when it was copied", required=True),
    Column("sha256", "STRING", "of the copied content", required=True),
)
HOLDS = Table(
    "holds", Zone.EVIDENCE, "Legal holds: what a live case needs past its date",
    (
        Column("hold_id", "STRING", "hold", required=True),
        Column("case_ref", "STRING", "case", required=True),
        Column("scope", "STRING", "vehicles, cameras, times or findings, JSON", required=True),
        Column("authoriser", "STRING", "who ordered it", required=True),
        Column("reason", "STRING", "why", required=True),
        Column("review_date", "DATE", "when it is looked at again", required=True),
        Column("placed_at", "TIMESTAMP", "UTC", required=True),
        Column("released_at", "TIMESTAMP", "UTC; empty while in force"),
    ),
    RetentionClass.OWN_DATES, key=("hold_id",), partition_by=("case_ref",),
)  # fmt: skip
HELD_READS = Table(
    "held_reads", Zone.EVIDENCE, "Copies of reads under a hold",
    (*_HELD, Column("capture_date", "DATE", "UTC day of capture", required=True), *_READ_COLUMNS[:13]),
    RetentionClass.OWN_DATES, key=("hold_id", "read_id"), partition_by=("case_ref",), stats=("capture_date",),
)  # fmt: skip
HELD_IMAGES = Table(
    "held_images", Zone.EVIDENCE, "Copies of pictures under a hold",
    (
        *_HELD,
        Column("sighting_id", "STRING", "sighting", required=True),
        Column("kind", "STRING", "patch or overview", required=True),
        Column("jpeg", "BINARY", "JPEG file", required=True),
        Column("capture_date", "DATE", "UTC day of capture", required=True),
    ),
    RetentionClass.OWN_DATES, key=("hold_id", "sighting_id", "kind"), partition_by=("case_ref",),
    stats=("capture_date",),
)  # fmt: skip
HELD_FOOTAGE = Table(
    "held_footage", Zone.EVIDENCE, "Footage files under a hold",
    (
        *_HELD,
        Column("footage_id", "STRING", "footage", required=True),
        Column("held_path", "STRING", "copy below the evidence zone", required=True),
        Column("capture_date", "DATE", "UTC day of its first frame", required=True),
    ),
    RetentionClass.OWN_DATES, key=("hold_id", "footage_id"), partition_by=("case_ref",), stats=("capture_date",),
)  # fmt: skip

_TOKEN = Column("vehicle_token", "STRING", "keyed token of the mark", required=True)
ANALYTIC_READS = Table(
    "reads", Zone.ANALYTIC, "Passages with tokens for plates and codes for cameras",
    (
        Column("read_token", "STRING", "keyed token of the read", required=True),
        _TOKEN,
        Column("captured_at", "TIMESTAMP", "UTC", required=True),
        Column("site_code", "STRING", "opaque code of the camera", required=True),
        Column("vrm_format", "STRING", "format of the mark, or unrecognised", required=True),
        _CONFIDENCE,
        Column("direction", "STRING", "towards, away or unknown", required=True),
        Column("source_kinds", "ARRAY<STRING>", "kinds of its sources", required=True),
        Column("flags", "ARRAY<STRING>", "single_look, disagreeing, unrecognised", required=True),
        *_NIGHT,
    ),
    RetentionClass.READS, key=("read_token",), sorted_by=("vehicle_token", "captured_at"), stats=("captured_at",),
)  # fmt: skip
ANALYTIC_JOURNEYS = Table(
    "journeys", Zone.ANALYTIC, "Journeys with tokens and site codes",
    (
        Column("journey_token", "STRING", "keyed token of the journey", required=True),
        _TOKEN,
        Column("started_at", "TIMESTAMP", "UTC, first read", required=True),
        Column("ended_at", "TIMESTAMP", "UTC, last read", required=True),
        Column("sites", "ARRAY<STRING>", "site codes, in order", required=True),
        Column("kind", "STRING", "in, out, through or within", required=True),
        Column("passages", "INT", "number of reads", required=True),
        *_NIGHT,
    ),
    RetentionClass.READS, key=("journey_token",), sorted_by=("vehicle_token", "started_at"), stats=("started_at",),
)  # fmt: skip
ANALYTIC_CONVOYS = Table(
    "convoys", Zone.ANALYTIC, "Convoys with tokens and site codes",
    (
        Column("finding_token", "STRING", "keyed token of the finding", required=True),
        Column("vehicle_tokens", "ARRAY<STRING>", "keyed tokens of the members", required=True),
        Column("days", "ARRAY<DATE>", "days with an episode", required=True),
        Column("sites", "ARRAY<STRING>", "site codes of the shared cameras", required=True),
        Column("observed", "DOUBLE", "days with an episode", required=True),
        Column("expected", "DOUBLE", "days that habit and chance would give", required=True),
        Column("p_value", "DOUBLE", "corrected binomial tail", required=True),
        *_FINDING, *_NIGHT,
    ),
    RetentionClass.READS, key=("finding_token",), partition_by=("capture_date", "window_end"),
)  # fmt: skip
FLOWS = Table(
    "flows", Zone.ANALYTIC, "Journeys an hour from first to last site",
    (
        Column("hour", "TIMESTAMP", "UTC hour in which the journeys began", required=True),
        Column("from_site", "STRING", "site code of the first camera", required=True),
        Column("to_site", "STRING", "site code of the last camera", required=True),
        Column("movement", "STRING", "in, out, through or within", required=True),
        Column("vehicles", "BIGINT", "distinct vehicles", required=True),
        Column("passages", "BIGINT", "reads of these journeys", required=True),
        *_NIGHT,
    ),
    RetentionClass.READS, key=("hour", "from_site", "to_site", "movement"), stats=("hour",),
)  # fmt: skip

RUNS = Table(
    "runs", Zone.GOVERNANCE, "Every job of every night, with its numbers",
    (
        _RUN_ID,
        Column("job", "STRING", "command", required=True),
        Column("started_at", "TIMESTAMP", "UTC", required=True),
        Column("ended_at", "TIMESTAMP", "UTC", required=True),
        Column("status", "STRING", "succeeded or failed", required=True),
        Column("error", "STRING", "kind of error, without values of rows"),
        Column("files", "BIGINT", "files looked at"),
        Column("rows_received", "BIGINT", "rows in"),
        Column("rows_stored", "BIGINT", "rows out"),
        Column("rows_duplicate", "BIGINT", "rows that were there already"),
        Column("rows_quarantined", "BIGINT", "rows rejected"),
        Column("table_versions", "MAP<STRING, BIGINT>", "Delta versions after the run"),
        Column("software_version", "STRING", "version of anprlake", required=True),
        _PROCESS_DATE,
    ),
    RetentionClass.GOVERNANCE, key=("run_id", "job"), partition_by=("process_date",), dated_by="process_date",
)  # fmt: skip
QUALITY_RESULTS = Table(
    "quality_results", Zone.GOVERNANCE, "What each expectation said of each partition: counts, never values",
    (
        _RUN_ID,
        Column("suite", "STRING", "table that was looked at", required=True),
        Column("checked_date", "DATE", "day of capture; empty for undated tables"),
        Column("expectation", "STRING", "type of expectation", required=True),
        Column("column_name", "STRING", "column it looks at"),
        Column("severity", "STRING", "critical, warning or info", required=True),
        Column("success", "BOOLEAN", "whether it held", required=True),
        Column("element_count", "BIGINT", "rows looked at"),
        Column("unexpected_count", "BIGINT", "rows that broke it"),
        _PROCESS_DATE,
    ),
    RetentionClass.GOVERNANCE, key=("run_id", "suite", "checked_date", "expectation", "column_name"),
    partition_by=("process_date",), dated_by="process_date",
)  # fmt: skip
RETENTION_LEDGER = Table(
    "retention_ledger", Zone.GOVERNANCE, "What each purge removed; each entry seals the one before it",
    (
        _RUN_ID,
        Column("entry_no", "BIGINT", "from 1", required=True),
        Column("table_name", "STRING", "table, or landing for files as received", required=True),
        Column("retention_class", "STRING", "class", required=True),
        Column("profile", "STRING", "retention profile in force", required=True),
        Column("maximum_days", "INT", "of the profile", required=True),
        Column("cutoff", "DATE", "last day of capture that was removed", required=True),
        Column("partitions_removed", "BIGINT", "days", required=True),
        Column("rows_removed", "BIGINT", "rows", required=True),
        Column("files_removed", "BIGINT", "files taken off the disk", required=True),
        Column("bytes_removed", "BIGINT", "their size", required=True),
        Column("delete_version", "BIGINT", "Delta version of the DELETE"),
        Column("oldest_left", "DATE", "oldest day of capture still held"),
        Column("recorded_at", "TIMESTAMP", "UTC", required=True),
        Column("previous_hash", "STRING", "hash of the entry before", required=True),
        Column("entry_hash", "STRING", "sha256 of this entry with previous_hash", required=True),
        _PROCESS_DATE,
    ),
    RetentionClass.GOVERNANCE, key=("entry_no",), partition_by=("process_date",), dated_by="process_date",
)  # fmt: skip
ACCESS_REGISTER = Table(
    "access_register", Zone.GOVERNANCE, "Who may see what, why and until when",
    (
        Column("grant_id", "STRING", "grant", required=True),
        Column("person", "STRING", "staff number", required=True),
        Column("role", "STRING", "role", required=True),
        Column("purpose", "STRING", "legitimate policing purpose", required=True),
        Column("granted_by", "STRING", "staff number", required=True),
        Column("granted_at", "TIMESTAMP", "UTC", required=True),
        Column("ends_on", "DATE", "last day", required=True),
    ),
    RetentionClass.OWN_DATES, key=("grant_id",), partition_by=(),
)  # fmt: skip
AUDIT = Table(
    "audit", Zone.GOVERNANCE, "Who asked for what and why; questions as keyed tokens",
    (
        Column("event_id", "STRING", "event", required=True),
        Column("happened_at", "TIMESTAMP", "UTC", required=True),
        Column("person", "STRING", "staff number", required=True),
        Column("action", "STRING", "search, view, export", required=True),
        Column("purpose", "STRING", "purpose", required=True),
        Column("case_ref", "STRING", "case"),
        Column("rows_returned", "BIGINT", "rows"),
        _PROCESS_DATE,
    ),
    RetentionClass.GOVERNANCE, key=("event_id",), partition_by=("process_date",), dated_by="process_date",
)  # fmt: skip

CATALOGUE: tuple[Table, ...] = (
    FOOTAGE, FEED_FILES, SIGHTINGS, PLATE_IMAGES, QUARANTINE, CAMERAS, HOTLIST, READS_STAGED, READS, HOTLIST_HITS,
    JOURNEYS, CONVOYS, CLONES, HOLDS, HELD_READS, HELD_IMAGES, HELD_FOOTAGE, ANALYTIC_READS, ANALYTIC_JOURNEYS,
    ANALYTIC_CONVOYS, FLOWS, RUNS, QUALITY_RESULTS, RETENTION_LEDGER, ACCESS_REGISTER, AUDIT,
)  # fmt: skip
