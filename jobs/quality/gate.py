"""The gate: a table's Great Expectations suite on a partition, before anybody may read it."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame

from jobs.domain.errors import LakeError
from jobs.lake.tables import QUALITY_RESULTS, Table
from jobs.runtime.night import Night

if TYPE_CHECKING:
    # It takes seconds to import: only what runs a suite does, so that Python workers do without.
    import great_expectations as gx
    from great_expectations.core.batch_definition import BatchDefinition

log = logging.getLogger(__name__)

# Without the zero, results list the failing values, which are plates.
_COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}
_VERDICT_ONLY = {"result_format": "BOOLEAN_ONLY"}
_ONE_AT_A_TIME = Lock()
"""Great Expectations has one engine for a data source, and one batch in it."""


class GateClosedError(LakeError):
    """A critical expectation failed; the message names suite, day, expectation and counts, never values."""


class SuiteError(LakeError):
    """A suite is missing or broken; the message names the file."""


@dataclass(frozen=True)
class Outcome:
    """What one expectation said.

    Attributes:
        owner: who answers for it; None: who answers for the suites.
        subject: of a check against history, the site code or source that it found; never a camera or a mark.
        observed: the same check's: what there was.
        expected: what there used to be.
    """

    expectation: str
    column_name: str | None
    severity: str
    success: bool
    element_count: int | None
    unexpected_count: int | None
    owner: str | None = None
    subject: str | None = None
    observed: float | None = None
    expected: float | None = None

    def __str__(self) -> str:
        """One line without values of rows."""
        where = f" of {self.column_name}" if self.column_name else ""
        if self.subject is None:
            return f"{self.expectation}{where}: {self.unexpected_count} of {self.element_count} rows"
        observed, expected = _number(self.observed), _number(self.expected)
        return f"{self.expectation} {self.subject}: {self.column_name} {observed}, expected {expected}"


def _number(value: float | None) -> str:
    """With two decimals at most: one with more looks like a coordinate, which no log shows."""
    return "unknown" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class Audit:
    """What a table's suite said of one partition, or of all rows that are about to be published (day None)."""

    table: Table
    day: date | None
    rows: int
    outcomes: list[Outcome]

    @property
    def refusal(self) -> str | None:
        """Why nothing of it may be published: the critical expectations that failed, with counts; None if it may."""
        critical = [str(one) for one in self.outcomes if not one.success and one.severity == "critical"]
        where = f"{self.table.full_name} {self.day or ''}"
        return f"{where}: {'; '.join(critical)}; nothing of it was published" if critical else None


def check(night: Night, table: Table, rows: DataFrame, day: date | None = None, count: int | None = None) -> int:
    """Audit rows that are about to be published, record every result, and let them through.

    Args:
        night: where results go, and under which run.
        table: names the suite `<zone>.<table>.json`.
        rows: what is about to be published; cached by the caller if it is costly.
        day: the partition, where the rows are of one day.
        count: their number, where the caller knows it.

    Returns:
        The number of rows.

    Raises:
        GateClosedError: an expectation of severity critical failed; nothing may be published.
    """
    done = audit(night, table, rows, day, count)
    record(night, [done])
    if done.refusal:
        raise GateClosedError(done.refusal)
    return done.rows


def audit(night: Night, table: Table, rows: DataFrame, day: date | None, count: int | None = None) -> Audit:
    """Run the table's suite on rows, of one day or of all (None), and count them; nothing is recorded yet."""
    count = rows.count() if count is None else count
    return Audit(table, day, count, evaluate(load_suite(night.settings.quality.suites, table), rows, count))


def record(night: Night, audits: Sequence[Audit]) -> None:
    """Write the results of audits into `governance.quality_results`, in one commit."""
    results = [
        {
            "run_id": night.run_id, "suite": one.table.full_name, "checked_date": one.day,
            "process_date": night.process_date, **vars(outcome),
            "owner": outcome.owner or night.settings.quality.owner,
        }
        for one in audits
        for outcome in one.outcomes
    ]  # fmt: skip
    night.store.append_rows(QUALITY_RESULTS, results)
    for one in audits:
        for outcome in one.outcomes:
            if not outcome.success:
                log.warning("%s %s: %s: %s", one.table.full_name, one.day or "", outcome.severity, outcome)


@cache
def load_suite(folder: str, table: Table) -> "gx.ExpectationSuite":
    """The suite of a table.

    Raises:
        SuiteError: there is none, or Great Expectations does not accept it.
    """
    import great_expectations as gx
    from great_expectations.exceptions.exceptions import GreatExpectationsError

    path = Path(folder) / f"{table.full_name}.json"
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return gx.ExpectationSuite(name=content["name"], expectations=content["expectations"])
    except FileNotFoundError:
        raise SuiteError(f"{path.name}: there is no suite for this table") from None
    except (ValueError, KeyError, TypeError, GreatExpectationsError) as error:
        raise SuiteError(f"{path.name}: {error}") from None


def evaluate(suite: "gx.ExpectationSuite", rows: DataFrame, count: int) -> list[Outcome]:
    """What each expectation of a suite says of the rows: counts, never values.

    Verdicts alone take one pass; Great Expectations looks for the failing values of every expectation that is to be
    counted, in a query each. So only those are counted that failed, or that allow for failures.

    Args:
        suite: expectations on the columns of `rows`.
        rows: what is looked at, several times.
        count: the number of rows.

    Raises:
        SuiteError: an expectation could not be evaluated, for example because its column is not there.
    """
    from great_expectations import ExpectationSuite

    verdicts = _validated(suite, rows, _VERDICT_ONLY)
    to_count = {key for key, result in verdicts.items() if not _is_clean(result)}
    if not to_count:
        return [_outcome(result, count) for result in verdicts.values()]
    doubtful = [one for one in suite.expectations if _key(one.configuration) in to_count]
    counted = _validated(ExpectationSuite(name=suite.name, expectations=doubtful), rows, _COUNTS_ONLY)
    return [_outcome(counted.get(key, verdict), count) for key, verdict in verdicts.items()]


def _validated(suite: "gx.ExpectationSuite", rows: DataFrame, result_format: dict[str, Any]) -> dict[str, Any]:
    with _ONE_AT_A_TIME:
        batch = _batch_definition().get_batch({"dataframe": rows})
        results = batch.validate(suite, result_format=result_format).results
    return {_key(one.expectation_config): one for one in results}


def _key(config: Any) -> str:  # noqa: ANN401 - Great Expectations is not typed
    kwargs = {name: value for name, value in config.kwargs.items() if name != "batch_id"}
    return json.dumps([config.type, kwargs], sort_keys=True)


def _is_clean(result: Any) -> bool:  # noqa: ANN401 - the same
    """Whether a verdict says that no row failed."""
    return bool(result.success) and result.expectation_config.kwargs.get("mostly", 1) == 1


@cache
def _batch_definition() -> "BatchDefinition[Any]":
    """Great Expectations' way to a whole data frame; its context takes longer to make than many suites to run."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_spark("lake", persist=False)
    return source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")


def _outcome(result: Any, count: int) -> Outcome:  # noqa: ANN401 - the same
    from great_expectations.expectations.expectation import (
        ColumnMapExpectation,
        ColumnPairMapExpectation,
        MulticolumnMapExpectation,
    )
    from great_expectations.expectations.metadata_types import FailureSeverity
    from great_expectations.expectations.registry import get_expectation_impl

    config = result.expectation_config
    if result.exception_info.get("raised_exception", False) or any(
        isinstance(info, dict) and info.get("raised_exception") for info in result.exception_info.values()
    ):
        raise SuiteError(f"{config.type} of {config.kwargs.get('column')} could not be evaluated")
    maps = (ColumnMapExpectation, ColumnPairMapExpectation, MulticolumnMapExpectation)
    of_rows = issubclass(get_expectation_impl(config.type), maps)
    return Outcome(
        expectation=config.type,
        column_name=config.kwargs.get("column"),
        severity=FailureSeverity(config.severity or FailureSeverity.CRITICAL).value,
        success=bool(result.success),
        element_count=count if of_rows else None,
        unexpected_count=result.result.get("unexpected_count", 0) if of_rows else None,
    )
