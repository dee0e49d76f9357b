"""The restricted zone: all that names a vehicle or a place."""

from jobs.domain.lineage import State
from jobs.domain.retention import RetentionClass
from jobs.lake.tables.model import (
    CANDIDATES,
    CONFIDENCE,
    CONFIDENCE_CHECK,
    DIRECTION,
    FINDING,
    MOVEMENT,
    NIGHT,
    PICTURE,
    PROCESS_DATE,
    RUN_ID,
    Column,
    Subject,
    Table,
    Zone,
)

_VRM_FORMAT = Column(
    "vrm_format", "STRING", "format of the mark, incomplete (? for a character not read) or unrecognised", required=True
)

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
        Column("status", "STRING", "what has become of it", required=True, values=("new", "read", "refused", "failed")),
        Column("reason", "STRING", "why it was refused or failed, what was lost, or who may not come back"),
        Column("lost_seconds", "DOUBLE", "footage that could not be decoded"),
        Column("passages", "INT", "passages read from it"),
        Column("models", "MAP<STRING, STRING>", "model names and the sha256 of their weights"),
        Column("needs", "STRING", "what a refused file waits for: a camera on a day, or its sidecar"),
        Column("paths", "MAP<STRING, TIMESTAMP>",
               "paths below the landing folder where these bytes lay, with the time of their last change",
               required=True),
        *NIGHT,
    ),
    RetentionClass.FOOTAGE, key=("footage_id",), stats=("process_date",),
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
        Column("reasons", "MAP<STRING, BIGINT>", "rows rejected, by the code of the reason", required=True),
        Column("schema_versions", "MAP<STRING, BIGINT>", "rows by the version of the feed schema", required=True),
        Column("needs", "ARRAY<STRING>", "what rejected rows wait for: cameras on days, licences", required=True),
        Column("paths", "MAP<STRING, TIMESTAMP>",
               "paths below the landing folder where these bytes lay, with the time of their last change",
               required=True),
        Column("sightings_version", "BIGINT", "Delta version of sightings that has all its rows", required=True),
        Column("blanked", "ARRAY<STRING>", "lines (4) and records (4.2) made empty where it lies: expired, or erased"),
        Column("lies_as", "STRING", "sha256 of the file with these lines empty"),
        *NIGHT,
    ),
    RetentionClass.LANDING, key=("file_id",), stats=("process_date",),
    checks=(("numbers_add_up", "rows_received = rows_stored + rows_duplicate + rows_quarantined"),),
)  # fmt: skip

SIGHTINGS = Table(
    "sightings", Zone.RESTRICTED, "One row for each read as received, from footage or feed",
    (
        Column("sighting_id", "STRING", "128 bits of the sha256 of the natural key", required=True),
        Column("captured_at", "TIMESTAMP", "UTC, to the millisecond", required=True),
        Column("camera_id", "STRING", "camera", required=True),
        Column("source_kind", "STRING", "footage, fixed, mobile or partner", required=True),
        Column("source_id", "STRING", "feed, unit, partner or footage file", required=True),
        Column("force", "STRING", "partner: the force that owns the read"),
        Column("licence", "STRING", "partner: the agreement under which it may be used"),
        Column("vrm_raw", "STRING", "text as received or read; empty if it names an erased vehicle", required=True),
        Column("vrm", "STRING", "normalised registration mark", required=True, subject=Subject.VRM),
        _VRM_FORMAT,
        Column("vrm_rule", "STRING", "rule that chose the mark; corrected where a person did", required=True),
        Column("vrm_candidates", CANDIDATES, "other readings of the text, and corrected ones, with score and rule",
               subject=Subject.ALTERNATIVE),
        CONFIDENCE,
        Column("looks", "INT", "frames that were read"),
        DIRECTION,
        Column("lane", "INT", "lane, where the camera tells"),
        Column("latitude", "DOUBLE", "degrees, mobile and partner only; empty where not known or not to be believed"),
        Column("longitude", "DOUBLE", "degrees, mobile and partner only; empty where not known or not to be believed"),
        Column("flags", "ARRAY<STRING>", "single_look, disagreeing, transliterated, position_missing and the like"),
        Column("first_frame", "BIGINT", "footage: first frame of the passage"),
        Column("last_frame", "BIGINT", "footage: last frame of the passage"),
        Column("best_frame", "BIGINT", "footage: frame of the patch and the box"),
        Column("box", "STRUCT<x: INT, y: INT, w: INT, h: INT>", "footage: plate in pixels of the best frame"),
        Column("file_id", "STRING", "footage or feed file that brought the row", required=True),
        Column("line_no", "BIGINT", "feed: line in the file, from 1"),
        Column("record_no", "INT", "feed: record in a compound message, from 1"),
        *NIGHT,
    ),
    RetentionClass.READS, key=("sighting_id",), sorted_by=("camera_id", "captured_at"),
    stats=("captured_at", "process_date"), checks=(CONFIDENCE_CHECK,),
)  # fmt: skip

PLATE_IMAGES = Table(
    "plate_images", Zone.RESTRICTED, "Pictures of a sighting: the plate patch and one overview",
    (
        Column("sighting_id", "STRING", "sighting", required=True, subject=Subject.SIGHTING),
        PICTURE,
        Column("jpeg", "BINARY", "JPEG file", required=True),
        Column("sha256", "STRING", "of the JPEG file", required=True),
        Column("bytes", "BIGINT", "size of the JPEG file", required=True),
        *NIGHT,
    ),
    RetentionClass.IMAGES, key=("sighting_id", "kind"), stats=("process_date",),
)  # fmt: skip

QUARANTINE = Table(
    "quarantine", Zone.RESTRICTED, "Rows that broke a rule, as received",
    (
        Column("file_id", "STRING", "file that brought the row", required=True),
        Column("landed_path", "STRING", "path below the landing folder", required=True),
        Column("line_no", "BIGINT", "line in the file, from 1", required=True),
        Column("record_no", "INT", "record in a compound message, from 1", required=True),
        Column("payload", "STRING", "the row, cut at ingest.payload_chars; empty if expired on arrival", required=True,
               subject=Subject.TEXT),
        Column("reason", "STRING", "code of the rule", required=True),
        Column("needs", "STRING", "what would make it good: a camera on a day, or a licence"),
        Column("source_kind", "STRING", "fixed, mobile, partner or hotlist", required=True),
        PROCESS_DATE, RUN_ID,
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
    # A camera outlives its last day as long as the reads that name it.
    RetentionClass.READS, key=("camera_id", "valid_from"), partition_by=(), dated_by="valid_to",
)  # fmt: skip

_READ_COLUMNS = (
    Column("read_id", "STRING", "from its anchor sighting", required=True),
    Column("captured_at", "TIMESTAMP", "UTC, of the anchor sighting", required=True),
    Column("camera_id", "STRING", "camera", required=True),
    Column("vrm", "STRING", "normalised registration mark", required=True, subject=Subject.VRM),
    _VRM_FORMAT,
    CONFIDENCE,
    DIRECTION,
    Column("latitude", "DOUBLE", "degrees, mobile and partner only; empty where not known or not to be believed"),
    Column("longitude", "DOUBLE", "degrees, mobile and partner only; empty where not known or not to be believed"),
    Column("sighting_ids", "ARRAY<STRING>", "sightings of this passage", required=True, subject=Subject.SIGHTING),
    Column("source_kinds", "ARRAY<STRING>", "kinds of its sources", required=True),
    Column("sources", "ARRAY<STRING>", "its sources, as kind:source_id", required=True),
    Column("readings", "MAP<STRING, BIGINT>", "every mark read, with counts", required=True, subject=Subject.VRM),
    Column(
        "flags", "ARRAY<STRING>", "single_look, disagreeing, unrecognised, and what its sightings have", required=True
    ),
    *NIGHT,
)
READS_STAGED = Table(
    "reads_staged", Zone.RESTRICTED, "Consolidated days that the quality gate has not passed yet",
    _READ_COLUMNS, RetentionClass.READS, key=("read_id",), sorted_by=("vrm", "captured_at"), stats=("captured_at",),
    checks=(CONFIDENCE_CHECK,),
)  # fmt: skip
READS = Table(
    "reads", Zone.RESTRICTED, "One row for each passage of a vehicle past a camera",
    _READ_COLUMNS, RetentionClass.READS, key=("read_id",), sorted_by=("vrm", "captured_at"), stats=("captured_at",),
    checks=(CONFIDENCE_CHECK,),
)  # fmt: skip

CAMERA_DAYS = Table(
    "camera_days", Zone.RESTRICTED, "What each camera gave on each published day: its own history to hold days against",
    (
        Column("camera_id", "STRING", "camera", required=True),
        Column("reads", "BIGINT", "reads", required=True),
        Column("reads_by_hour", "ARRAY<BIGINT>", "reads in each UTC hour from 0 to 23", required=True),
        Column("unrecognised", "BIGINT", "reads whose mark fits no format", required=True),
        Column("mean_confidence", "DOUBLE", "0 to 1, of reads that state one"),
        Column("source_kinds", "MAP<STRING, BIGINT>", "reads by the kind of their best source", required=True),
        Column("partner_sources", "MAP<STRING, BIGINT>", "reads by source of a partner; some have two", required=True),
        Column("clock_offset_s", "DOUBLE", "seconds ahead of its neighbours; empty where they do not tell"),
        Column("clock_error_s", "DOUBLE", "standard error of the offset, seconds"),
        Column("clock_pairs", "BIGINT", "pairs of reads of one vehicle that the offset rests on", required=True),
        *NIGHT,
    ),
    RetentionClass.READS, key=("capture_date", "camera_id"), stats=("process_date",),
    checks=(
        ("a_day_has_24_hours", "cardinality(reads_by_hour) = 24"),
        ("unrecognised_are_reads", "reads >= 1 AND unrecognised >= 0 AND unrecognised <= reads"),
        ("mean_is_a_share", "mean_confidence IS NULL OR (mean_confidence >= 0 AND mean_confidence <= 1)"),
        ("error_is_a_spread", "clock_error_s IS NULL OR clock_error_s >= 0"),
        ("pairs_are_counted", "clock_pairs >= 0"),
    ),
)  # fmt: skip

_LEGS = "ARRAY<STRUCT<from: STRING, to: STRING, seconds: DOUBLE, km: DOUBLE>>"
JOURNEYS = Table(
    "journeys", Zone.RESTRICTED, "The ordered reads of a vehicle, split at long gaps and impossible speeds",
    (
        Column("journey_id", "STRING", "from its first read", required=True),
        Column("vrm", "STRING", "normalised registration mark", required=True, subject=Subject.VRM),
        Column("started_at", "TIMESTAMP", "UTC, first read", required=True),
        Column("ended_at", "TIMESTAMP", "UTC, last read", required=True),
        Column("legs", _LEGS, "camera to camera, with time and straight distance where known", required=True),
        Column("entry_camera", "STRING", "first camera", required=True),
        Column("exit_camera", "STRING", "last camera", required=True),
        MOVEMENT,
        Column("passages", "INT", "number of reads", required=True),
        Column("read_ids", "ARRAY<STRING>", "its reads, in order", required=True),
        *NIGHT,
    ),
    RetentionClass.READS, key=("journey_id",), sorted_by=("vrm", "started_at"), stats=("started_at",),
    checks=(("ends_after_its_start", "ended_at >= started_at"),),
)  # fmt: skip

CONVOYS = Table(
    "convoys", Zone.RESTRICTED, "Vehicles that travelled together more than traffic and habit explain",
    (
        Column("finding_id", "STRING", "from window and members", required=True),
        Column("members", "ARRAY<STRING>", "marks of the vehicles, sorted", required=True, subject=Subject.VRM),
        Column("days", "ARRAY<DATE>", "days with an episode", required=True),
        Column("cameras", "ARRAY<STRING>", "distinct shared cameras", required=True),
        Column("observed", "DOUBLE", "days with an episode, of the strongest pair", required=True),
        Column("expected", "DOUBLE", "days that habit and chance would give that pair", required=True),
        Column("p_value", "DOUBLE", "binomial tail of that pair, corrected for all candidate pairs", required=True),
        Column("median_headway", "DOUBLE", "seconds between members at a camera", required=True),
        Column("read_ids", "ARRAY<STRING>", "supporting reads", required=True),
        Column("parameters", "STRING", "settings of the search, JSON", required=True),
        *FINDING, *NIGHT,
    ),
    RetentionClass.READS, key=("finding_id",), partition_by=("capture_date", "window_end"),
    checks=(("two_members_at_least", "size(members) >= 2"),),
)  # fmt: skip

CLONES = Table(
    "clones", Zone.RESTRICTED, "One plate at places that no vehicle could connect in the time between",
    (
        Column("finding_id", "STRING", "from window and mark", required=True),
        Column("vrm", "STRING", "mark", required=True, subject=Subject.VRM),
        Column("hops", "INT", "impossible hops", required=True),
        Column("expected", "DOUBLE", "impossible hops that misreads give an average vehicle", required=True),
        Column("max_speed_kmh", "DOUBLE", "fastest hop, straight line", required=True),
        Column("cameras", "ARRAY<STRING>", "cameras of the hops", required=True),
        Column("days", "ARRAY<DATE>", "days of the hops", required=True),
        Column("read_ids", "ARRAY<STRING>", "reads at both ends of the hops", required=True),
        Column("parameters", "STRING", "settings of the search, JSON", required=True),
        *FINDING, *NIGHT,
    ),
    RetentionClass.READS, key=("finding_id",), partition_by=("capture_date", "window_end"),
)  # fmt: skip

LINEAGE = Table(
    "lineage", Zone.RESTRICTED, "What each derived day or window was built from, and by which rules",
    (
        Column("table_name", "STRING", "zone and name of the derived table", required=True),
        Column("day", "DATE", "day of capture; of a window its last one", required=True),
        Column("inputs", "MAP<STRING, STRING>", "digest of each input by its name", required=True),
        Column("settings", "STRING", "digest of the settings that bear on it", required=True),
        Column("rules", "INT", "number of the rules that built it", required=True),
        Column("files", "STRING", "digest of the paths of its data files", required=True),
        Column("content", "STRING", "keyed digest of its rows without stamps, in any order", required=True),
        Column("rows", "BIGINT", "rows published", required=True),
        Column("state", "STRING", "what came of it", required=True, values=tuple(State)),
        PROCESS_DATE, RUN_ID,
        Column("capture_date", "DATE", "earliest day that it rests on; the row ends with it", required=True),
    ),
    RetentionClass.READS, key=("table_name", "day"), partition_by=(),
)  # fmt: skip
