"""What is built together, reads and writes of `restricted.lineage`, and the digests that it is held against."""

import json
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from jobs.domain.cameras import in_force
from jobs.domain.lineage import Inputs, Record, State, Status, digest, keyed_digest, status
from jobs.domain.weeding import Weeding
from jobs.lake.data_files import DataFile
from jobs.lake.store import Rows, Store
from jobs.lake.tables import CAMERAS, HOTLIST_VERSIONS, LINEAGE, READS, SIGHTINGS, Table
from jobs.runtime.stage_names import Stage
from jobs.runtime.weeding import weeding
from jobs.settings import Settings

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from pyspark.sql import DataFrame
    from sqlalchemy import Connection

_ONE_AT_A_TIME = Lock()
"""Parts of a job that run at once write into one table."""
_HALF = (1 << 32) - 1
_STAMPS = {"process_date", "run_id", "data_version"}
"""Columns that say which run wrote a row, and nothing of what is true."""


@dataclass(frozen=True)
class Unit:
    """Tables that are built together, a day or a window at a time.

    Attributes:
        stage: that builds it.
        rests_on: the days of capture that a day or window rests on, in order.
        inputs: digests of what it is built from, as it is now.
        settings: those that bear on it, as anything JSON can hold.
        rules: raised by hand whenever the same input gives another output (tests/golden).
        is_window: its days are the last ones of windows, and a night builds only so many.
    """

    name: str
    stage: Stage
    tables: tuple[Table, ...]
    rests_on: Callable[[Settings, date], list[date]]
    inputs: "Callable[[Lineage, Settings, date], Inputs]"
    settings: Callable[[Settings], object]
    rules: int
    is_window: bool = False

    def settings_digest(self, settings: Settings) -> str:
        """The digest of what bears on it."""
        return digest([json.dumps(self.settings(settings), sort_keys=True, default=str)])

    def records(
        self, settings: Settings, table: Table, inputs: Mapping[date, Inputs], found: "Mapping[date, Content]",
        files: Mapping[date, Sequence[DataFile]],
    ) -> "Iterator[Record]":  # fmt: skip
        """The records of days or windows that were built of one table.

        Args:
            settings: in force.
            table: that was written.
            inputs: of each day that was built.
            found: what there is of each day; a day that is not there is empty.
            files: the table's data files by day.
        """
        rules = self.settings_digest(settings)
        for day, of_day in inputs.items():
            content = found.get(day, Content(0, ""))
            state = State.BUILT if content.rows else State.EMPTY
            yield Record(
                table.full_name, day, self.rests_on(settings, day)[0], of_day, rules, self.rules,
                files_digest(files.get(day, ())), content.digest, content.rows, state,
            )  # fmt: skip


class Now(NamedTuple):
    """What a day or window is, and what it would be built from."""

    status: Status
    inputs: Inputs


@dataclass(frozen=True)
class Content:
    """What a day or window holds: number of rows, and their keyed digest in any order."""

    rows: int
    digest: str


Built = Mapping[Table, Mapping[date, Content]]
"""What was written of each day or window of each table."""


def contents(rows: "DataFrame", table: Table, by: str, key: bytes) -> dict[date, Content]:
    """The content of each day or window of some rows.

    The sum of a hash of each row, and that of the hash of this hash: equal rows add up alike in whatever order, and two
    different days agree by chance once in some 10**19. The key keeps a day of one read from being guessed.

    Args:
        rows: with all columns of the table.
        table: says which of them count.
        by: `capture_date` or `window_end`.
        key: of the digests.
    """
    import pyspark.sql.functions as F

    columns = []
    for column in table.columns:
        if column.name not in _STAMPS:
            value = F.col(column.name)
            columns.append(F.array_sort(F.map_entries(value)) if column.type.startswith("MAP") else value)
            if not column.required:  # Spark's hash passes over what is empty
                columns.append(value.isNull())
    hashed = rows.select(by, F.xxhash64(*columns).alias("one")).withColumn("other", F.xxhash64("one"))
    # Of halves: whole ones would outgrow 64 bits, and sums of decimals take Spark as long as the hashes.
    sums = [
        F.sum(half) for name in ("one", "other") for half in (F.col(name).bitwiseAND(_HALF), F.shiftright(name, 32))
    ]
    found = hashed.groupBy(by).agg(F.count("*"), *sums).collect()
    return {
        day: Content(count, keyed_digest(key, [table.full_name, *map(str, halves)])) for day, count, *halves in found
    }


def files_digest(files: Iterable[DataFile]) -> str:
    """The digest of the paths of a day's data files; '' where there is none."""
    paths = sorted(file.path for file in files)
    return digest(paths) if paths else ""


@dataclass
class Lineage:
    """The lineage as a stage finds it at its beginning: each log is read once, so what is hashed is what is read.

    Attributes:
        find_key: gives the key of the keyed digests, when there is something to digest.
        look: into the control database; None where there is none.
    """

    store: Store
    find_key: Callable[[], bytes]
    look: "Callable[[], AbstractContextManager[Connection | None]]"
    _files: dict[str, Mapping[date, Sequence[DataFile]]] = field(default_factory=dict)
    _changed: dict[str, Mapping[date, str]] = field(default_factory=dict)
    _cameras: dict[int, str] = field(default_factory=dict)

    @cached_property
    def _rows(self) -> Rows:
        return self.store.rows(LINEAGE)

    @cached_property
    def _records(self) -> dict[tuple[str, date], Record]:
        return {(row["table_name"], row["day"]): _record(row) for row in self._rows}

    def record(self, table: Table, day: date) -> Record | None:
        """What is known of a table's day or window."""
        return self._records.get((table.full_name, day))

    def days(self, table: Table) -> set[date]:
        """The days or windows of which something is known."""
        return {day for name, day in self._records if name == table.full_name}

    def refused_by(self, process_date: date) -> set[date]:
        """The days that a run for that night refused last."""
        refused = (row for row in self._rows if row["state"] == State.REFUSED)
        return {row["day"] for row in refused if row["process_date"] == process_date}

    def files(self, table: Table) -> Mapping[date, Sequence[DataFile]]:
        """The table's data files by day or window, as they were when this was first asked."""
        if table.full_name not in self._files:
            self._files[table.full_name] = self.store.files_by_day(table)
        return self._files[table.full_name]

    def states(self, unit: Unit, settings: Settings, days: Iterable[date], cutoff: date) -> "dict[date, Now]":
        """What each of some days or windows of a unit is, and its inputs as they are.

        One that rests on a day up to `cutoff` has expired: a part of what it is of is gone, so it is never built again.
        """
        rules, found = unit.settings_digest(settings), {}
        for day in sorted(days):
            if unit.rests_on(settings, day)[0] <= cutoff:
                found[day] = Now(Status.EXPIRED, {})
                continue
            inputs = unit.inputs(self, settings, day)
            now = status([self.record(table, day) for table in unit.tables], inputs, rules, unit.rules)
            is_whole = now is Status.STALE or all(self.whole(table, day) for table in unit.tables)
            found[day] = Now(now if is_whole else Status.MISSING, inputs)
        return found

    # Digests of what days are built from.

    def sightings(self, day: date) -> str:
        """Of the sightings of a day."""
        return files_digest(self.files(SIGHTINGS).get(day, ()))

    def reads(self, day: date) -> str:
        """Of the published reads of a day, by content; '' where there are none."""
        record = self.record(READS, day)
        return self._content(READS, record) if record else ""

    def whole(self, table: Table, day: date) -> Record | None:
        """The record of a day or window; None where its rows are not those that it is of, but changed or lost."""
        record = self.record(table, day)
        return record if record and self._content(table, record) == record.content else None

    def _content(self, table: Table, record: Record) -> str:
        """What there is of a record's day: data files that were only written anew have the same content."""
        if table.full_name not in self._changed:
            self._changed[table.full_name] = self._contents_of_changed(table)
        return self._changed[table.full_name].get(record.day, record.content)

    def _contents_of_changed(self, table: Table) -> dict[date, str]:
        """The contents of the days whose files are not those that their records name; '' where there are none."""
        files, records = self.files(table), (self.record(table, day) for day in self.days(table))
        changed = [one.day for one in records if one and one.files != files_digest(files.get(one.day, ()))]
        found: dict[date, Content] = {}
        if left := [day for day in changed if day in files]:
            found = contents(self.store.read_days(table, left), table, table.day_column, self.find_key())
        return {day: found[day].digest if day in found else "" for day in changed}

    def take_over_files(self) -> None:
        """Have the records of days whose data files were only written anew, by an OPTIMIZE say, name the new ones.

        Of the tables that were asked for: else each night would digest these days again. For a stage, which writes.
        """
        same = {
            (name, day): self._records[name, day]
            for name, changed in self._changed.items()
            for day, content in changed.items()
            if content == self._records[name, day].content
        }
        with _ONE_AT_A_TIME:
            rows = self.store.rows(LINEAGE) if same else []
            # What was built meanwhile is known by its own files.
            old = [
                row for row in rows
                if (one := same.get((row["table_name"], row["day"]))) and row["files"] == one.files
            ]  # fmt: skip
            for row in old:
                row["files"] = files_digest(self._files[row["table_name"]].get(row["day"], ()))
            if old:
                self.store.replace_rows(LINEAGE, rows)

    def cameras(self, days: Collection[date]) -> str:
        """Of the rows of the register in force on any of some days."""
        return digest(self._cameras_on(bisect_right(self._register_changes, day)) for day in sorted(days))

    @cached_property
    def _register(self) -> list[dict[str, Any]]:
        return self.store.rows(CAMERAS)

    @cached_property
    def _register_changes(self) -> list[date]:
        """The days from which on other rows of the register are in force."""
        last = {row["valid_to"] + timedelta(days=1) for row in self._register if row["valid_to"]}
        return sorted(last | {row["valid_from"] for row in self._register})

    def _cameras_on(self, period: int) -> str:
        if period not in self._cameras:
            day = self._register_changes[period - 1] if period else date.min
            rows = (row for row in self._register if in_force(row, day))
            texts = sorted(str(sorted(row.items(), key=lambda item: item[0])) for row in rows)
            self._cameras[period] = keyed_digest(self.find_key(), texts) if texts else ""
        return self._cameras[period]

    @cached_property
    def hotlist_versions(self) -> list[dict[str, Any]]:
        """The rows of `hotlist_versions`."""
        return self.store.rows(HOTLIST_VERSIONS)

    def responses(self, day: date) -> str:
        """Of the responses to the hits of a day."""
        return digest(sorted(self._responses[day])) if day in self._responses else ""

    def taken_out(self, version: str, day: date) -> str:
        """Of the entries of a version of the hot-list that decisions have match nothing on a day; '' without any."""
        names = self._weeding.taken_out(version, day)
        return digest(names) if names else ""

    @cached_property
    def _weeding(self) -> Weeding:
        return weeding(self.store, self.look)

    @cached_property
    def _responses(self) -> Mapping[date, list[str]]:
        from jobs.control.by_day import names_by_day
        from jobs.control.schema import HOTLIST_RESPONSES

        with self.look() as connection:
            return names_by_day(connection, HOTLIST_RESPONSES) if connection else {}


def records_of_tables(
    store: Store, unit: Unit, settings: Settings, inputs: Mapping[date, Inputs], written: Built
) -> list[Record]:
    """The records of what a unit wrote into its tables, all of it committed."""
    return [
        record
        for table, found in written.items()
        for record in unit.records(settings, table, inputs, found, store.files_by_day(table))
    ]


def write_records(store: Store, records: Sequence[Record], stamp: Mapping[str, Any]) -> None:
    """Put records in the place of those of the same tables and days, in one commit; after the data they are of.

    A kill between the two repeats the work, and never hides that it is to be done.
    """
    if not records:
        return
    keys = {(one.table_name, one.day) for one in records}
    with _ONE_AT_A_TIME:
        others = [row for row in store.rows(LINEAGE) if (row["table_name"], row["day"]) not in keys]
        rows = [_row(one) | dict(stamp) for one in records]
        store.replace_rows(LINEAGE, sorted(others + rows, key=lambda row: (row["table_name"], row["day"])))


def forget(store: Store, tables: Collection[Table], days: Collection[date] | None = None) -> None:
    """Drop the records of some tables, of some days or of all: what they are of is to be built anew."""
    names = {table.full_name for table in tables}
    rows = store.rows(LINEAGE)
    kept = [row for row in rows if row["table_name"] not in names or (days is not None and row["day"] not in days)]
    if len(kept) < len(rows):
        store.replace_rows(LINEAGE, kept)


def _record(row: Mapping[str, Any]) -> Record:
    names = ("table_name", "day", "inputs", "settings", "rules", "files", "content", "rows")
    return Record(rests_from=row["capture_date"], state=State(row["state"]), **{name: row[name] for name in names})


def _row(record: Record) -> dict[str, Any]:
    row = vars(record) | {"state": str(record.state), "capture_date": record.rests_from}
    del row["rests_from"]
    return row
