"""The hot-lists: their versions and entries, and the hits that they give."""

from jobs.domain.retention import RetentionClass
from jobs.domain.terms import MATCHES, HitState
from jobs.lake.tables.model import NIGHT, PROCESS_DATE, PURPOSE, RUN_ID, Column, Subject, Table, Zone

_ENTRY_ID = Column("entry_id", "STRING", "from mark and purpose: the same in every version", required=True)
_VERSION = Column("version", "STRING", "version of the list", required=True)
_ARRIVED = Column("capture_date", "DATE", "day on which the list arrived; the row ends with it", required=True)

HOTLIST = Table(
    "hotlist", Zone.RESTRICTED, "Vehicles of interest: every version of every entry",
    (
        _ENTRY_ID,
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
        PURPOSE,
        Column("priority", "INT", "1 intelligence, 2 post-incident, 3 roads policing", required=True),
        _VERSION,
        Column("valid_from", "DATE", "first day of the version", required=True),
        Column("line_no", "BIGINT", "line in the file, from 1", required=True),
    ),
    # An entry outlives its weed date as long as the hits that name it.
    RetentionClass.READS, key=("version", "entry_id"), partition_by=("weed_date",), dated_by="weed_date",
)  # fmt: skip

HOTLIST_VERSIONS = Table(
    "hotlist_versions", Zone.RESTRICTED, "One row for each hot-list file: what came of its lines, when it is in force",
    (
        Column("version", "STRING", "sha256 of path and content of the file", required=True),
        Column("landed_path", "STRING", "path below the landing folder", required=True),
        Column("edition", "INT", "1, or more where a file took the place of one of the same path", required=True),
        Column("bytes", "BIGINT", "size of the file", required=True),
        Column("valid_from", "DATE", "day of arrival: in force from here until the next version", required=True),
        Column("ends_on", "DATE", "latest weed date that an entry of it may have", required=True),
        Column("rows_received", "BIGINT", "lines in the file", required=True),
        Column("rows_stored", "BIGINT", "lines stored as entries; a version without any never comes into force",
               required=True),
        Column("rows_duplicate", "BIGINT", "lines of a mark and purpose that an earlier line has", required=True),
        Column("rows_quarantined", "BIGINT", "lines rejected with a reason", required=True),
        PROCESS_DATE, RUN_ID,
    ),
    RetentionClass.READS, key=("version",), partition_by=(), dated_by="ends_on",
    checks=(("numbers_add_up", "rows_received = rows_stored + rows_duplicate + rows_quarantined"),),
)  # fmt: skip

HOTLIST_EXTENSIONS = Table(
    "hotlist_extensions", Zone.RESTRICTED, "Entries that a newer version of the list keeps longer than the one before",
    (
        _ENTRY_ID,
        Column("version", "STRING", "version that extends it", required=True),
        Column("previous_version", "STRING", "newest older version that had it", required=True),
        Column("previous_weed_date", "DATE", "weed date there", required=True),
        Column("weed_date", "DATE", "weed date now", required=True),
        Column("force_area", "STRING", "who extends it: force and area, as supplied"),
        Column("reason", "STRING", "why, as supplied"),
        PROCESS_DATE, RUN_ID, _ARRIVED,
    ),
    RetentionClass.READS, key=("version", "entry_id"), stats=("process_date",),
    checks=(("is_later", "weed_date > previous_weed_date"),),
)  # fmt: skip

HOTLIST_HITS = Table(
    "hotlist_hits", Zone.RESTRICTED, "Reads that a valid hot-list entry names",
    (
        Column("hit_id", "STRING", "from the least of its sighting ids, and the entry", required=True),
        Column("read_id", "STRING", "read", required=True),
        Column("sighting_ids", "ARRAY<STRING>", "sightings of the read", required=True, subject=Subject.SIGHTING),
        Column("entry_id", "STRING", "entry", required=True),
        Column("version", "STRING", "version of the list that was in force", required=True),
        Column("vrm", "STRING", "mark as read, never as the entry has it", required=True, subject=Subject.VRM),
        Column("camera_id", "STRING", "camera", required=True),
        Column("captured_at", "TIMESTAMP", "UTC", required=True),
        Column("match", "STRING", "partial by a wildcard, possible one confusion away", required=True, values=MATCHES),
        PURPOSE,
        Column("priority", "INT", "of the entry", required=True),
        Column("state", "STRING", "what has been done about it", required=True, values=tuple(HitState)),
        Column("outcome", "STRING", "what came of it"),
        *NIGHT,
    ),
    RetentionClass.READS, key=("hit_id",), sorted_by=("priority", "captured_at"), stats=("captured_at", "priority"),
)  # fmt: skip
