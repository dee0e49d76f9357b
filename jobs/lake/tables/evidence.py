"""The evidence zone: what legal holds keep of rows and files that have expired, as they were."""

from jobs.domain.retention import RetentionClass
from jobs.domain.terms import Answer
from jobs.lake.tables.hotlist import HOTLIST, HOTLIST_HITS, HOTLIST_VERSIONS
from jobs.lake.tables.model import CAPTURE_DATE, RUN_ID, Column, Table, Zone
from jobs.lake.tables.restricted import CAMERA_DAYS, CAMERAS, CLONES, CONVOYS, PLATE_IMAGES, READS, SIGHTINGS

_HELD = (
    Column("hold_id", "STRING", "hold that keeps it", required=True),
    Column("case_ref", "STRING", "case", required=True),
    Column("held_at", "TIMESTAMP", "UTC, when it was copied", required=True),
    Column("held_sha256", "STRING", "of the row, as JSON with its keys sorted, or of the bytes", required=True),
)


def _held(table: Table, what: str) -> Table:
    """Where rows of a table are kept: all its columns, by their names.

    Where these have no day of capture, it is that of the reads for which the row was kept.
    """
    dated = CAPTURE_DATE.name in table.column_names
    return Table(
        f"held_{table.name}", Zone.EVIDENCE, f"Under a hold: {what}",
        (*_HELD, *table.columns, *(() if dated else (CAPTURE_DATE,))),
        RetentionClass.HELD, key=("hold_id", *table.key, *(() if dated else (CAPTURE_DATE.name,))),
    )  # fmt: skip


HELD_SIGHTINGS = _held(SIGHTINGS, "sightings")
HELD_READS = _held(READS, "reads")
HELD_IMAGES = _held(PLATE_IMAGES, "pictures of sightings")
HELD_HITS = _held(HOTLIST_HITS, "hits of held reads")
HELD_ENTRIES = _held(HOTLIST, "hot-list entries that these hits name")
HELD_VERSIONS = _held(HOTLIST_VERSIONS, "versions of the list that these hits name")
HELD_CAMERAS = _held(CAMERAS, "cameras of held sightings, as the register had them on the day")
HELD_CAMERA_DAYS = _held(CAMERA_DAYS, "these cameras' days, with their clock offsets")
HELD_CONVOYS = _held(CONVOYS, "convoys that a hold names")
HELD_CLONES = _held(CLONES, "clones that a hold names")

HELD_RESPONSES = Table(
    "held_hotlist_responses", Zone.EVIDENCE, "Under a hold: what was done about held hits",
    (
        *_HELD,
        Column("response_id", "STRING", "response", required=True),
        Column("hit_id", "STRING", "hit, as it was named then", required=True),
        Column("sighting_ids", "ARRAY<STRING>", "sightings of the hit then: they find it again", required=True),
        Column("entry_id", "STRING", "entry", required=True),
        Column("state", "STRING", "what was done", required=True, values=tuple(Answer)),
        Column("outcome", "STRING", "what came of it"),
        Column("person", "STRING", "staff number", required=True),
        Column("recorded_at", "TIMESTAMP", "UTC; of several responses to a hit the newest counts", required=True),
        RUN_ID, CAPTURE_DATE,
    ),
    RetentionClass.HELD, key=("hold_id", "response_id"),
)  # fmt: skip
HELD_LINES = Table(
    "held_lines", Zone.EVIDENCE, "Under a hold: lines of feed files, as received, that gave held sightings",
    (
        *_HELD,
        Column("file_id", "STRING", "sha256 of the file", required=True),
        Column("landed_path", "STRING", "path below the landing folder", required=True),
        Column("line_no", "BIGINT", "line in the file, from 1", required=True),
        Column("header", "STRING", "the file's header, as it was understood"),
        Column("line", "STRING", "the line", required=True),
        CAPTURE_DATE,
    ),
    RetentionClass.HELD, key=("hold_id", "file_id", "line_no"),
)  # fmt: skip
HELD_FOOTAGE = Table(
    "held_footage", Zone.EVIDENCE, "Under a hold: ranges of footage that show held sightings",
    (
        *_HELD,
        Column("footage_id", "STRING", "sha256 of the whole file", required=True),
        Column("camera_id", "STRING", "from the sidecar"),
        Column("started_at", "TIMESTAMP", "time of the whole file's first frame"),
        Column("first_frame", "BIGINT", "of the whole file; empty where all of it was kept"),
        Column("last_frame", "BIGINT", "of the whole file; empty where all of it was kept"),
        Column("held_path", "STRING", "file below evidence/footage", required=True),
        CAPTURE_DATE,
    ),
    RetentionClass.HELD, key=("hold_id", "held_path"),
)  # fmt: skip

EVIDENCE_TABLES = (
    HELD_SIGHTINGS, HELD_READS, HELD_IMAGES, HELD_HITS, HELD_RESPONSES, HELD_ENTRIES, HELD_VERSIONS, HELD_CAMERAS,
    HELD_CAMERA_DAYS, HELD_CONVOYS, HELD_CLONES, HELD_LINES, HELD_FOOTAGE,
)  # fmt: skip
