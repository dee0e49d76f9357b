"""The gate: a table's Great Expectations suite on a partition, before anybody may read it."""

import json
import logging
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import great_expectations as gx
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.exceptions.exceptions import GreatExpectationsError
from great_expectations.expectations.metadata_types import FailureSeverity
from pyspark.sql import DataFrame

from jobs.errors import LakeError
from jobs.lake.tables import QUALITY_RESULTS, Table
from jobs.night import Night

log = logging.getLogger(__name__)

# Counts only: without this, results list the failing values, which are plates.
_COUNTS_ONLY = {"result_format": "SUMMARY", "partial_unexpected_count": 0}


class GateClosedError(LakeError):
    """A critical expectation failed; the message names suite, day, expectation and counts, never values."""


class SuiteError(LakeError):
    """A suite is missing or broken; the message names the file."""


@dataclass(frozen=True)
class Outcome:
    """What one expectation said."""

    expectation: str
    column_name: str | None
    severity: str
    success: bool
    element_count: int | None
    unexpected_count: int | None

    def __str__(self) -> str:
        """One line without values of rows."""
        where = f" of {self.column_name}" if self.column_name else ""
        return f"{self.expectation}{where}: {self.unexpected_count} of {self.element_count} rows"


def check(night: Night, table: Table, rows: DataFrame, day: date | None = None) -> None:
    """Run the table's suite on rows that are about to be published, and record every result.

    Args:
        night: where results go, and under which run.
        table: names the suite `<zone>.<table>.json`.
        rows: what is about to be published; cached by the caller if it is costly.
        day: the partition, where the rows are of one day.

    Raises:
        GateClosedError: an expectation of severity critical failed; nothing may be published.
    """
    outcomes = evaluate(load_suite(night.settings.quality.suites, table), rows)
    results = [
        {
            "run_id": night.run_id, "suite": table.full_name, "checked_date": day, "process_date": night.process_date,
            **vars(outcome),
        }
        for outcome in outcomes
    ]  # fmt: skip
    night.store.append(QUALITY_RESULTS, night.store.frame(QUALITY_RESULTS, results))
    failed = [outcome for outcome in outcomes if not outcome.success]
    for outcome in failed:
        log.warning("%s %s: %s: %s", table.full_name, day or "", outcome.severity, outcome)
    critical = [str(outcome) for outcome in failed if outcome.severity == "critical"]
    if critical:
        raise GateClosedError(f"{table.full_name} {day or ''}: {'; '.join(critical)}; nothing of it was published")


@cache
def load_suite(folder: str, table: Table) -> gx.ExpectationSuite:
    """The suite of a table.

    Raises:
        SuiteError: there is none, or Great Expectations does not accept it.
    """
    path = Path(folder) / f"{table.full_name}.json"
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return gx.ExpectationSuite(name=content["name"], expectations=content["expectations"])
    except FileNotFoundError:
        raise SuiteError(f"{path.name}: there is no suite for this table") from None
    except (ValueError, KeyError, TypeError, GreatExpectationsError) as error:
        raise SuiteError(f"{path.name}: {error}") from None


def evaluate(suite: gx.ExpectationSuite, rows: DataFrame) -> list[Outcome]:
    """What each expectation of a suite says of the rows: counts, never values.

    Raises:
        SuiteError: an expectation could not be evaluated, for example because its column is not there.
    """
    result = _batch_definition().get_batch({"dataframe": rows}).validate(suite, result_format=_COUNTS_ONLY)
    return [_outcome(one) for one in result.results]


@cache
def _batch_definition() -> BatchDefinition[Any]:
    """Great Expectations' way to a whole data frame; its context takes longer to make than many suites to run."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_spark("lake", persist=False)
    return source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")


def _outcome(result: Any) -> Outcome:  # noqa: ANN401 - Great Expectations is not typed
    config = result.expectation_config
    if result.exception_info.get("raised_exception", False) or any(
        isinstance(info, dict) and info.get("raised_exception") for info in result.exception_info.values()
    ):
        raise SuiteError(f"{config.type} of {config.kwargs.get('column')} could not be evaluated")
    counts = result.result
    return Outcome(
        expectation=config.type,
        column_name=config.kwargs.get("column"),
        severity=FailureSeverity(config.severity or FailureSeverity.CRITICAL).value,
        success=bool(result.success),
        element_count=counts.get("element_count"),
        unexpected_count=counts.get("unexpected_count"),
    )
