"""Write, audit, publish: staged days pass the gate, each by itself, and replace what analysts read."""

import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import partial

import pyarrow as pa

from jobs.consolidate.due import READS_UNIT, due_days, staged_days
from jobs.domain.errors import LakeError
from jobs.domain.lineage import Record, State, refused
from jobs.domain.tokens import read_tokens_of, site_codes_of, tokens_of
from jobs.lake.arrays import numbers, of_distinct, one_chunk
from jobs.lake.data_files import DAY, DataFile, DataFiles
from jobs.lake.shuffle import ForTask, Tasks, gathered, plan_days, rows_of_items, split, told_by_task
from jobs.lake.store import Rows, Store
from jobs.lake.tables import ANALYTIC_READS, CAMERA_DAYS, READS, READS_STAGED
from jobs.quality.gate import GateClosedError, audit, check, record
from jobs.quality.over_time import held_against_history, keep, profiled
from jobs.report.quality_page import write_quality_page
from jobs.runtime.lineage import Lineage, contents, forget, records_of_tables, write_records
from jobs.runtime.night import Night, RunSummary
from jobs.runtime.parallel import in_parallel

log = logging.getLogger(__name__)
_NAMED = ("read_id", "vrm", "camera_id")
_TOLD = [*_NAMED, *(name for name in ANALYTIC_READS.column_names if name in READS.column_names)]
_DIGITS = 6
"""Of a token, which are spread evenly: they tell in which file of a large day it belongs."""


class NothingStagedError(LakeError):
    """A day that is due was not consolidated; the message names the days."""


def validate(night: Night) -> RunSummary:
    """Put each staged day through the gate, whichever night staged it, and publish the days that pass.

    A day that was refused stays as it was published before, and lies staged until `recover`; it is tried again
    when its sightings, the suite or a setting have changed, and by the same night, so that a retry cannot turn green.

    Raises:
        NothingStagedError: a day that is due was not consolidated; nothing is published.
        GateClosedError: a day failed; the other days are published.
    """
    lineage = night.lineage()
    staged = to_publish(night, lineage)
    _unstage(night.store, _left_over(lineage))
    days = list(staged)
    # Not kept between the passes of the gate: each reads a few columns, which lie apart in the files.
    rows_of: dict[date | None, int] = {day: one.rows for day, one in staged.items()}
    audits = audit(night, READS, night.store.read_days(READS_STAGED, days), rows_of) if days else []
    profiles = profiled(night, READS_STAGED, days)
    checked = [*audits, *held_against_history(night, profiles, days)]
    if checked:
        record(night, checked)
    refusals = {one.day: one.refusal for one in checked if one.refusal}
    passed = {day: one for day, one in staged.items() if day not in refusals}
    if passed:
        _publish(night, passed, [row for row in profiles if row["capture_date"] in passed])
    write_records(night.store, [one for day in refusals if day in staged for one in _refused(lineage, staged[day])],
                  night.stamp)  # fmt: skip
    if checked:
        write_quality_page(night)
    if refusals:
        raise GateClosedError(" | ".join(one for one in refusals.values() if one))
    rows = sum(rows_of.values())
    return RunSummary(0, rows, rows, tables=READS_UNIT.tables, notes={"days_published": len(passed)})


def to_publish(night: Night, lineage: Lineage) -> dict[date, Record]:
    """The staged days that are neither published nor refused as they are; of its scope a backfill tries all again.

    Raises:
        NothingStagedError: a day that is due is not among them.
    """
    again = lineage.refused_by(night.process_date)
    found = {
        day: one for day, one in staged_days(lineage).items()
        if (night.scope.has(day) if night.scope else day in again or not _is_known(lineage, one))
    }  # fmt: skip
    missing = due_days(night, lineage).keys() - found.keys()
    if missing:
        named = ", ".join(str(day) for day in sorted(missing))
        raise NothingStagedError(f"nothing is staged for {named}: run consolidate first")
    return found


def _is_known(lineage: Lineage, staged: Record) -> bool:
    """Whether all tables have been written, or refused, from what is staged, and still are so."""
    known = [lineage.whole(table, staged.day) for table in READS_UNIT.tables]
    what = (staged.inputs, staged.settings, staged.rules)
    return all(one is not None and (one.inputs, one.settings, one.rules) == what for one in known)


def _refused(lineage: Lineage, staged: Record) -> Iterator[Record]:
    """The records of a day that was refused."""
    for table in READS_UNIT.tables:
        yield refused(lineage.record(table, staged.day), replace(staged, table_name=table.full_name))


def _publish(night: Night, staged: Mapping[date, Record], profiles: Rows) -> None:
    """Copy the staged files into `reads`, byte by byte what passed the gate, and write their tokens beside them."""
    store, days = night.store, staged.keys()
    source, reads, analytic = (store.data_files(table) for table in (READS_STAGED, READS, ANALYTIC_READS))
    files = store.files_of_days(READS_STAGED, days)
    plan = plan_days({day: one.rows for day, one in staged.items()})
    key = night.token_key
    by_token = rows_of_items(store.spark, files, partial(_by_token, source, key, plan))
    copies, tokenised = in_parallel(
        lambda: store.each(files, lambda file: reads.copy_from(source, file)),
        lambda: told_by_task(gathered(plan.count, by_token), analytic.write),
    )
    tokens = store.read_files(ANALYTIC_READS, tokenised)
    check(night, ANALYTIC_READS, tokens, count=sum(one.rows for one in staged.values()))
    store.replace_files(READS, copies, days)
    store.replace_files(ANALYTIC_READS, tokenised, days)
    of_cameras = keep(night, profiles, days)
    written = {
        READS: contents(store.read_files(READS, copies), READS, DAY, key),
        CAMERA_DAYS: contents(of_cameras, CAMERA_DAYS, DAY, key),
        ANALYTIC_READS: contents(tokens, ANALYTIC_READS, DAY, key),
    }
    inputs = {day: one.inputs for day, one in staged.items()}
    built = records_of_tables(store, READS_UNIT, night.settings, inputs, written)
    # By what was in force when they were staged, which is what they are of.
    records = [replace(one, settings=staged[one.day].settings, rules=staged[one.day].rules) for one in built]
    write_records(store, records, night.stamp)
    # Last: what is not published yet is still staged when this is run again.
    _unstage(store, days)


def _left_over(lineage: Lineage) -> list[date]:
    """The days that were published by a run that was killed before it had cleared the stage."""
    waiting = {day for day, one in staged_days(lineage).items() if not _is_known(lineage, one)}
    known = {day: lineage.record(READS, day) for day in lineage.days(READS_STAGED) - waiting}
    return sorted(day for day, one in known.items() if one and one.state is not State.REFUSED)


def _unstage(store: Store, days: Collection[date]) -> None:
    if days:
        store.replace_files(READS_STAGED, [], days)
        forget(store, [READS_STAGED], days)


def _by_token(staged: DataFiles, key: bytes, plan: Tasks, file: DataFile) -> Iterator[ForTask]:
    """The reads of a staged file for the analytic zone, by day and token."""
    rows = tokenised(staged.read(file, _TOLD), key)
    shares = of_distinct(one_chunk(rows, "vehicle_token"), lambda token: int(token[:_DIGITS], 16) / 16**_DIGITS)
    yield from split(rows, plan.of(numbers(one_chunk(rows, DAY)), shares))


def tokenised(reads: pa.Table, key: bytes) -> pa.Table:
    """Reads with tokens for plates and reads and codes for cameras in the place of these."""
    return pa.table(
        {name: reads[name] for name in reads.column_names if name not in _NAMED}
        | {
            "read_token": read_tokens_of(key, one_chunk(reads, "read_id")),
            "vehicle_token": tokens_of(key, "vehicle", one_chunk(reads, "vrm")),
            "site_code": site_codes_of(key, one_chunk(reads, "camera_id")),
        }
    )
