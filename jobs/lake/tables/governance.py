"""The governance zone: what was done, by whom, with counts; no plate, no place."""

from jobs.domain.retention import RetentionClass
from jobs.lake.tables.model import PROCESS_DATE, RUN_ID, Column, Table, Zone

RUNS = Table(
    "runs", Zone.GOVERNANCE, "Every job of every night, with its numbers",
    (
        RUN_ID,
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
        Column("notes", "MAP<STRING, BIGINT>", "own counts of the job: seconds of footage, convoys, days published"),
        Column("table_versions", "MAP<STRING, BIGINT>", "Delta versions after the run"),
        Column("software_version", "STRING", "version of anprlake", required=True),
        Column("profile", "STRING", "retention profile in force", required=True),
        Column("maximum_days", "MAP<STRING, INT>", "days that it kept each retention class", required=True),
        PROCESS_DATE,
    ),
    RetentionClass.GOVERNANCE, key=("run_id", "job"), partition_by=("process_date",), dated_by="process_date",
)  # fmt: skip
QUALITY_RESULTS = Table(
    "quality_results", Zone.GOVERNANCE, "What each expectation said of each partition: counts, never values",
    (
        RUN_ID,
        Column("suite", "STRING", "table that was looked at", required=True),
        Column("checked_date", "DATE", "day of capture; empty for undated tables"),
        Column("expectation", "STRING", "type of expectation", required=True),
        Column("column_name", "STRING", "column it looks at"),
        Column("severity", "STRING", "critical, warning or info", required=True),
        Column("success", "BOOLEAN", "whether it held", required=True),
        Column("element_count", "BIGINT", "rows looked at"),
        Column("unexpected_count", "BIGINT", "rows that broke it"),
        Column("owner", "STRING", "who answers for it"),
        Column("subject", "STRING", "against history: site code of a camera, or source; empty where all were well"),
        Column("observed", "DOUBLE", "against history: what there was, in the unit of the column"),
        Column("expected", "DOUBLE", "against history: what there used to be"),
        PROCESS_DATE,
    ),
    RetentionClass.GOVERNANCE, key=("run_id", "suite", "checked_date", "expectation", "column_name", "subject"),
    partition_by=("process_date",), dated_by="process_date",
)  # fmt: skip
RETENTION_LEDGER = Table(
    "retention_ledger", Zone.GOVERNANCE, "What each purge removed: a copy of the log of the control database",
    (
        RUN_ID,
        Column("log_position", "BIGINT", "of the entry in the control database's log", required=True),
        Column("table_name", "STRING", "table, or landing for files as received", required=True),
        Column("retention_class", "STRING", "class", required=True),
        Column("profile", "STRING", "retention profile in force", required=True),
        Column("maximum_days", "INT", "of the profile; empty for what holds kept"),
        Column("cutoff", "DATE", "last day of capture that was removed", required=True),
        Column("partitions_removed", "BIGINT", "days", required=True),
        Column("rows_removed", "BIGINT", "rows", required=True),
        Column("files_removed", "BIGINT", "files taken off the disk", required=True),
        Column("bytes_removed", "BIGINT", "their size", required=True),
        Column("delete_version", "BIGINT", "Delta version of the DELETE"),
        Column("oldest_left", "DATE", "oldest day of capture still held"),
        Column("recorded_at", "TIMESTAMP", "UTC", required=True),
        Column("error", "STRING", "why something is still there; empty where all went"),
        PROCESS_DATE,
    ),
    RetentionClass.GOVERNANCE, key=("log_position",), partition_by=("process_date",), dated_by="process_date",
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
    RetentionClass.GOVERNANCE, key=("grant_id",), partition_by=(), dated_by="ends_on",
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
        PROCESS_DATE,
    ),
    RetentionClass.GOVERNANCE, key=("event_id",), partition_by=("process_date",), dated_by="process_date",
)  # fmt: skip
