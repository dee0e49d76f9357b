"""Write, audit, publish: staged days pass the gate one by one and replace what analysts read."""

import logging
from collections.abc import Iterator
from datetime import date
from functools import partial

import pyarrow as pa

from jobs.consolidate.job import touched_days
from jobs.domain.errors import LakeError
from jobs.domain.tokens import read_tokens_of, site_codes_of, tokens_of
from jobs.lake.arrays import numbers, of_distinct, one_chunk
from jobs.lake.data_files import DAY, DataFile, DataFiles
from jobs.lake.exchange import ForTask, Tasks, each_task, exchange, gathered, plan_days, spread
from jobs.lake.tables import ANALYTIC_READS, READS, READS_STAGED, SIGHTINGS
from jobs.quality.gate import Audit, GateClosedError, audit, record
from jobs.quality.over_time import held_against_history, keep, profiled
from jobs.report.quality_page import write_quality_page
from jobs.runtime.night import Night, RunSummary
from jobs.runtime.parallel import in_parallel

log = logging.getLogger(__name__)
_NAMED = ("read_id", "vrm", "camera_id")
_TOLD = [*_NAMED, *(name for name in ANALYTIC_READS.column_names if name in READS.column_names)]
_DIGITS = 6
"""Of a token, which are spread evenly: they tell in which file of a large day it belongs."""


class NothingStagedError(LakeError):
    """A day with sightings is neither staged nor published by this night; the message names the days."""


def validate(night: Night) -> RunSummary:
    """Put each staged day of this night through the gate, and publish the days that pass.

    Only what this night staged is published: with an empty stage (after `recover`, or run twice) the published days
    stay as they are.

    Raises:
        NothingStagedError: a touched day was not consolidated; nothing is published.
        GateClosedError: a day failed; its published data stays as it was, the other days are published.
    """
    days = _staged_days(night)
    audits = dict(zip(days, in_parallel(*(partial(_audit, night, day) for day in days)), strict=True))
    profiles = profiled(night, days)
    checked = [*audits.values(), *held_against_history(night, profiles, days)]
    if checked:
        record(night, checked)
    refused = {one.day for one in checked if one.refusal}
    passed = [day for day in days if day not in refused]
    if passed:
        keep(night, profiles, passed)
        _publish(night, {day: audits[day].rows for day in passed})
    if checked:
        write_quality_page(night)
    refusals = [one.refusal for one in checked if one.refusal]
    if refusals:
        raise GateClosedError(" | ".join(refusals))
    rows = sum(one.rows for one in audits.values())
    return RunSummary(0, rows, rows, tables=(READS, ANALYTIC_READS), notes={"days_published": len(passed)})


def _audit(night: Night, day: date) -> Audit:
    # Not kept between the passes of the gate: each reads a few columns, which lie apart in the files.
    return audit(night, READS, night.store.read_days(READS_STAGED, [day]), day)


def _staged_days(night: Night) -> list[date]:
    """Days that this night staged, in order, once it is sure that none is missing."""
    store = night.store
    staged = store.days_of_night(READS_STAGED, night.process_date)
    others = set(touched_days(night)) - staged
    if others:
        others -= store.days_of_night(READS, night.process_date, others)
        # A touched day may hold no sighting: footage without a vehicle, or past midnight.
        missing = others & store.rows_by_day(SIGHTINGS).keys()
        if missing:
            named = ", ".join(str(day) for day in sorted(missing))
            raise NothingStagedError(f"nothing is staged for {named}: run consolidate first")
    return sorted(staged)


def _publish(night: Night, rows_of: dict[date, int]) -> None:
    """Copy the staged files into `reads`, byte by byte what passed the gate, and write their tokens beside them."""
    store, days = night.store, rows_of.keys()
    staged, reads, analytic = (store.data_files(table) for table in (READS_STAGED, READS, ANALYTIC_READS))
    files, plan = store.each_file(store.files_of_days(READS_STAGED, days)), plan_days(rows_of)
    by_token = files.flatMap(partial(_by_token, staged, night.token_key, plan))
    with exchange(store.root) as folder:
        copies, tokenised = in_parallel(
            files.map(lambda file: reads.copy_from(staged, file)).collect,
            lambda: each_task(gathered(folder, by_token), analytic.write).collect(),
        )
    store.replace_files(READS, copies, days)
    store.replace_files(ANALYTIC_READS, tokenised, days)
    # Last: what is not published yet is still staged when this is run again.
    store.replace_files(READS_STAGED, [], days)


def _by_token(staged: DataFiles, key: bytes, plan: Tasks, file: DataFile) -> Iterator[ForTask]:
    """The reads of a staged file for the analytic zone, by day and token."""
    rows = tokenised(staged.read(file, _TOLD), key)
    shares = of_distinct(one_chunk(rows, "vehicle_token"), lambda token: int(token[:_DIGITS], 16) / 16**_DIGITS)
    yield from spread(rows, plan.of(numbers(one_chunk(rows, DAY)), shares))


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
