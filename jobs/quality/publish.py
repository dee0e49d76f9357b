"""Write, audit, publish: staged days pass the gate one by one and replace what analysts read."""

import logging
from datetime import date
from functools import partial

import pyspark.sql.functions as F
from pyspark.sql import DataFrame

from jobs.consolidate.job import touched_days
from jobs.errors import LakeError
from jobs.lake.tables import ANALYTIC_READS, READS, READS_STAGED, SIGHTINGS
from jobs.night import Night, RunSummary
from jobs.quality.gate import Audit, GateClosedError, audit, record
from jobs.quality.over_time import held_against_history, keep, profiled
from jobs.report.quality_page import write_quality_page
from jobs.side_by_side import side_by_side
from jobs.tokens import load_key, site_code_column, token, token_column

log = logging.getLogger(__name__)
_SAMPLED = 5_000
"""Marks that tell where to cut a large day into files of about the same size."""


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
    audits = dict(zip(days, side_by_side(*(partial(_audit, night, day) for day in days)), strict=True))
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
    store, key = night.store, load_key(night.settings.storage.token_key)
    staged = store.read_days(READS_STAGED, rows_of)
    share = min(1.0, _SAMPLED / max(sum(rows_of.values()), 1))
    marks = [row.vrm for row in staged.select("vrm").sample(share, seed=1).collect()]
    tokens = [token(key, "vehicle", mark) for mark in marks]
    side_by_side(
        partial(store.replace_large_days, READS, staged, rows_of, marks),
        partial(store.replace_large_days, ANALYTIC_READS, tokenised(night, staged), rows_of, tokens),
    )
    # Last: what is not published yet is still staged when this is run again.
    store.replace_rows(READS_STAGED, [], rows_of)


def tokenised(night: Night, reads: DataFrame) -> DataFrame:
    """Reads for the analytic zone: tokens for plates and reads, codes for cameras."""
    key = load_key(night.settings.storage.token_key)
    return reads.withColumns(
        {
            "read_token": token_column(key, "read", F.col("read_id")),
            "vehicle_token": token_column(key, "vehicle", F.col("vrm")),
            "site_code": site_code_column(key, F.col("camera_id")),
        }
    )
