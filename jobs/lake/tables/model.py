"""What a table is (columns, zone, partitioning, retention class, rules), and the columns that many have."""

from dataclasses import dataclass
from enum import StrEnum

import pyspark.sql.functions as F
from pyspark.sql import Column as SparkColumn

from jobs.domain.retention import RetentionClass
from jobs.domain.terms import DIRECTIONS, MOVEMENTS, PICTURES, PURPOSES


class Zone(StrEnum):
    """Who may see a table: plates and places only in restricted and evidence."""

    RESTRICTED = "restricted"
    EVIDENCE = "evidence"
    ANALYTIC = "analytic"
    GOVERNANCE = "governance"


class Subject(StrEnum):
    """How a column names the vehicle that a row is about: by this its rows are found when it is to be erased."""

    VRM = "mark"
    CODED = "token of the mark"
    SIGHTING = "sighting of it"
    TEXT = "text as received"
    # The row is about another vehicle, and keeps its place without this one.
    ALTERNATIVE = "other reading"


@dataclass(frozen=True)
class Column:
    """A column: Spark type, meaning, whether it may be empty, and where these are few the texts that it may hold."""

    name: str
    type: str
    meaning: str
    required: bool = False
    values: tuple[str, ...] = ()
    subject: Subject | None = None

    @property
    def comment(self) -> str:
        """The meaning, with the texts that it may hold."""
        return f"{self.meaning}: {', '.join(self.values)}" if self.values else self.meaning


@dataclass(frozen=True)
class Table:
    """A Delta table.

    Attributes:
        key: columns that name a row; unique within the table.
        dated_by: the column from which a row's retention counts; a row that has none there is kept.
        sorted_by: order of rows within a day's files, for readers that skip row groups.
        stats: columns with minima and maxima in the Delta log; never a plate or a place.
        checks: what holds for every row beside its columns' own, SQL by name.
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
    def rules(self) -> tuple[tuple[str, str], ...]:
        """Delta CHECK constraints by name, the last net behind the row rules; suites have the same."""
        known = ((one.name, ", ".join(f"'{value}'" for value in one.values)) for one in self.columns if one.values)
        return (*self.checks, *((f"{name}_is_known", f"{name} IN ({values})") for name, values in known))

    @property
    def full_name(self) -> str:
        """Zone and name, as in `restricted.reads`; also the folder below the lake's root."""
        return f"{self.zone}.{self.name}"

    @property
    def partitioned_by_day(self) -> bool:
        """Whether the day from which retention counts is a partition, so that whole days go at once."""
        return self.dated_by in self.partition_by

    @property
    def day_column(self) -> str:
        """The column of the day, or of the window by its last day, of which rows are built and replaced together."""
        return self.partition_by[-1] if self.partition_by else self.dated_by

    @property
    def frame_ddl(self) -> str:
        """Names and types for `spark.createDataFrame`; what is required is checked when the rows are written."""
        return ", ".join(f"{column.name} {column.type}" for column in self.columns)

    @property
    def subjects(self) -> dict[str, Subject]:
        """The columns that name a vehicle, and how."""
        return {column.name: column.subject for column in self.columns if column.subject}

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
            **{f"delta.constraints.{name}": rule for name, rule in self.rules},
        }


def capture_date(captured_at: SparkColumn) -> SparkColumn:
    """The UTC day of a capture time: the one place that derives the partition."""
    return F.to_date(captured_at)


DIRECTION = Column("direction", "STRING", "of travel, seen from the camera", required=True, values=DIRECTIONS)
MOVEMENT = Column("movement", "STRING", "by the cordon cameras of the area", required=True, values=MOVEMENTS)
PURPOSE = Column("purpose", "STRING", "of the entry", required=True, values=next(zip(*PURPOSES.values(), strict=True)))
PICTURE = Column("kind", "STRING", "of picture", required=True, values=PICTURES)
CAPTURE_DATE = Column("capture_date", "DATE", "UTC day of capture; the row ends with it", required=True)
PROCESS_DATE = Column("process_date", "DATE", "night that wrote the row", required=True)
RUN_ID = Column("run_id", "STRING", "run that wrote the row", required=True)
NIGHT = (PROCESS_DATE, RUN_ID, CAPTURE_DATE)
CANDIDATES = "ARRAY<STRUCT<vrm: STRING, score: DOUBLE, rule: STRING>>"
CONFIDENCE = Column("confidence", "DOUBLE", "0 to 1, as the reader or supplier states it")
CONFIDENCE_CHECK = ("confidence_is_a_share", "confidence IS NULL OR (confidence >= 0 AND confidence <= 1)")
FINDING = (
    Column("window_end", "DATE", "last day of the nights looked at", required=True),
    Column("data_version", "BIGINT", "Delta version of restricted.reads that was read", required=True),
)
