"""The evidence zone: what a legal hold keeps."""

from jobs.domain.retention import RetentionClass
from jobs.lake.tables.model import CAPTURE_DATE, NIGHT, PICTURE, Column, Table, Zone
from jobs.lake.tables.restricted import READ_COLUMNS

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
    (*_HELD, *(column for column in READ_COLUMNS if column not in NIGHT), CAPTURE_DATE),
    RetentionClass.OWN_DATES, key=("hold_id", "read_id"), partition_by=("case_ref",), stats=("capture_date",),
)  # fmt: skip
HELD_IMAGES = Table(
    "held_images", Zone.EVIDENCE, "Copies of pictures under a hold",
    (
        *_HELD,
        Column("sighting_id", "STRING", "sighting", required=True),
        PICTURE,
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
