"""Write, audit, publish: staged days pass the gate one by one and replace what analysts read."""

import logging
from datetime import date

import pyspark.sql.functions as F
from pyspark.sql import DataFrame

from jobs.consolidate.job import touched_days
from jobs.lake.tables import ANALYTIC_READS, READS, READS_STAGED
from jobs.night import Night, RunSummary
from jobs.quality.gate import GateClosedError, check
from jobs.tokens import load_key, site_code_column, token_column

log = logging.getLogger(__name__)


def validate(night: Night) -> RunSummary:
    """Put each touched day through the gate, and publish the days that pass.

    Raises:
        GateClosedError: a day failed; its published data stays as it was, the other days are published.
    """
    days = touched_days(night)
    passed: list[date] = []
    failures: list[str] = []
    rows = 0
    for day in days:
        staged = night.store.read_days(READS_STAGED, [day]).persist()
        try:
            check(night, READS, staged, day)
        except GateClosedError as error:
            failures.append(str(error))
        else:
            passed.append(day)
            rows += staged.count()
        staged.unpersist()
    if passed:
        _publish(night, passed)
    if failures:
        raise GateClosedError(" | ".join(failures))
    return RunSummary(0, rows, rows, tables=(READS, ANALYTIC_READS), notes={"days_published": len(passed)})


def _publish(night: Night, days: list[date]) -> None:
    store = night.store
    staged = store.read_days(READS_STAGED, days)
    store.replace_days(READS, staged, days)
    store.replace_days(ANALYTIC_READS, tokenised(night, store.read_days(READS, days)), days)
    store.replace_days(READS_STAGED, staged.where(F.lit(False)), days)


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
