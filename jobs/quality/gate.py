"""The gate: rows pass their table's suite before anybody may read them; of many days at once, each by itself."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import pyspark.sql.functions as F
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame

from jobs.domain.errors import LakeError
from jobs.lake.data_files import DAY
from jobs.lake.tables import QUALITY_RESULTS, Table
from jobs.quality.suites import Suite, SuiteError, load_suite
from jobs.runtime.night import Night

if TYPE_CHECKING:
    # It takes seconds to import: only what runs a suite does, so that Python workers do without.
    from great_expectations.core.batch_definition import BatchDefinition

log = logging.getLogger(__name__)

# Without the zero, results list the failing values, which are plates.
_COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}
_VERDICT_ONLY = {"result_format": "BOOLEAN_ONLY"}
_DAY = "day"
_FAILED_DAYS = {"result_format": "COMPLETE", "unexpected_index_column_names": [_DAY]}
"""Of shares alone, which name nobody."""
_ONE_AT_A_TIME = Lock()
"""Great Expectations has one engine for a data source, and one batch in it."""

Part = date | None
"""Rows that are judged together: those of a day, or all (None)."""


class GateClosedError(LakeError):
    """A critical expectation failed; the message names suite, day, expectation and counts, never values."""


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
    """What a table's suite said of one day, or of all rows that are about to be published (day None)."""

    table: Table
    day: Part
    rows: int
    outcomes: list[Outcome]

    @property
    def refusal(self) -> str | None:
        """Why nothing of it may be published: the critical expectations that failed, with counts; None if it may."""
        critical = [str(one) for one in self.outcomes if not one.success and one.severity == "critical"]
        where = f"{self.table.full_name} {self.day or ''}"
        return f"{where}: {'; '.join(critical)}; nothing of it was published" if critical else None


def check(night: Night, table: Table, rows: DataFrame, count: int | None = None) -> int:
    """Put rows that are about to be published through the table's suite, record every result, and let them through.

    Args:
        night: where results go, and under which run.
        table: names the suite.
        rows: what is about to be published; cached by the caller if it is costly.
        count: their number, where the caller knows it.

    Returns:
        The number of rows.

    Raises:
        GateClosedError: an expectation of severity critical failed; nothing may be published.
    """
    (done,) = audit(night, table, rows, {None: rows.count() if count is None else count})
    record(night, [done])
    if done.refusal:
        raise GateClosedError(done.refusal)
    return done.rows


def audit(night: Night, table: Table, rows: DataFrame, rows_of: Mapping[Part, int]) -> list[Audit]:
    """Run the table's suite on rows, each day for itself, in a few queries for all; nothing is recorded yet.

    Args:
        night: whose suites.
        table: names the suite.
        rows: looked at several times.
        rows_of: the number of rows of each day, or of all, as None.
    """
    if not rows_of:
        return []
    suite = load_suite(night.settings.quality.suites, table)
    broken = _broken(suite.rows.expectations, suite.with_checks(rows), list(rows_of))
    shares = _shares(suite, rows, rows_of)
    failed = _failed_days(suite, shares)
    audits = []
    for part, count in rows_of.items():
        of_rows = [
            _outcome(one, count, broken.get((part, _key(one.configuration)), 0)) for one in suite.rows.expectations
        ]
        of_days = [
            _outcome(
                one,
                *shares[part][one.configuration.kwargs["column"]],
                success=(part, _key(one.configuration)) not in failed,
            )
            for one in suite.days.expectations
        ]
        audits.append(Audit(table, part, count, of_rows + of_days))
    return audits


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


def _broken(expectations: Sequence[Any], rows: DataFrame, parts: Sequence[Part]) -> dict[tuple[Part, str], int]:
    """How many rows broke which expectations, by day and key; what is not named was broken by none.

    Verdicts on all days take one pass. Those of which some row failed are looked for in each half of the days, so
    that a few bad days are found in a few passes; and failing rows, which take Great Expectations a query for each
    expectation, are counted of single days alone.
    """
    verdicts = _validated(_source("spark"), expectations, rows, _VERDICT_ONLY)
    failed = [one for one in expectations if not verdicts[_key(one.configuration)].success]
    if not failed:
        return {}
    if len(parts) == 1:
        counted = _validated(_source("spark"), failed, rows, _COUNTS_ONLY)
        return {(parts[0], key): result.result["unexpected_count"] for key, result in counted.items()}
    middle = len(parts) // 2
    halves = (parts[:middle], parts[middle:])
    return {
        key: count for half in halves for key, count in _broken(failed, rows.where(F.col(DAY).isin(half)), half).items()
    }


def _shares(suite: Suite, rows: DataFrame, parts: Iterable[Part]) -> dict[Part, dict[str, tuple[int, int]]]:
    """Of each day and share, the rows that can be judged, and those of which its condition is true.

    Raises:
        SuiteError: a condition is no SQL on the columns of `rows`.
    """
    found: dict[Part, dict[str, tuple[int, int]]] = {part: dict.fromkeys(suite.shares, (0, 0)) for part in parts}
    if not suite.shares:
        return found
    by = F.lit(None) if None in found else F.col(DAY)
    counts = [
        F.struct(F.count(F.expr(condition)), F.count_if(F.expr(condition))).alias(name)
        for name, condition in suite.shares.items()
    ]
    try:
        measured = rows.groupBy(by.cast("date").alias(_DAY)).agg(*counts)
    except AnalysisException as error:
        raise SuiteError(f"{suite.table.full_name}: shares: {error.getCondition()}") from None
    return found | {row[_DAY]: {name: tuple(row[name]) for name in suite.shares} for row in measured.collect()}


def _failed_days(suite: Suite, shares: Mapping[Part, Mapping[str, tuple[int, int]]]) -> set[tuple[Part, str]]:
    """The days that failed an expectation on shares, each with its key."""
    import pandas as pd

    if not suite.days.expectations:
        return set()
    parts = list(shares)
    of_day = [[bad / judged if judged else None for judged, bad in one.values()] for one in shares.values()]
    frame = pd.DataFrame(of_day, columns=list(suite.shares), dtype=float)
    results = _validated(
        _source("pandas"), suite.days.expectations, frame.rename_axis(_DAY).reset_index(), _FAILED_DAYS
    )
    return {
        (parts[failure[_DAY]], key)
        for key, result in results.items()
        for failure in result.result.get("unexpected_index_list") or []
    }


def _validated(
    source: "BatchDefinition[Any]",
    expectations: Sequence[Any],
    rows: Any,  # noqa: ANN401 - a frame of Spark or of pandas
    result_format: dict[str, Any],
) -> dict[str, Any]:
    """What Great Expectations says of each expectation, by key.

    Raises:
        SuiteError: one could not be evaluated, for example because its column is not there.
    """
    from great_expectations import ExpectationSuite

    with _ONE_AT_A_TIME:
        batch = source.get_batch({"dataframe": rows})
        suite = ExpectationSuite(name="all", expectations=list(expectations))
        results = batch.validate(suite, result_format=result_format).results
    for one in results:
        _require_evaluated(one)
    return {_key(one.expectation_config): one for one in results}


def _require_evaluated(result: Any) -> None:  # noqa: ANN401 - Great Expectations is not typed
    infos = [result.exception_info, *(info for info in result.exception_info.values() if isinstance(info, dict))]
    if any(info.get("raised_exception") for info in infos):
        config = result.expectation_config
        raise SuiteError(f"{config.type} of {config.kwargs.get('column')} could not be evaluated")


def _key(config: Any) -> str:  # noqa: ANN401 - Great Expectations is not typed
    kwargs = {name: value for name, value in config.kwargs.items() if name != "batch_id"}
    return json.dumps([config.type, kwargs], sort_keys=True)


@cache
def _source(kind: str) -> "BatchDefinition[Any]":
    """Great Expectations' way to a whole frame; its context takes longer to make than many suites to run."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    sources = context.data_sources
    source = sources.add_spark(kind, persist=False) if kind == "spark" else sources.add_pandas(kind)
    return source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")


def _outcome(expectation: Any, count: int, broken: int, *, success: bool | None = None) -> Outcome:  # noqa: ANN401 - Great Expectations is not typed
    from great_expectations.expectations.metadata_types import FailureSeverity

    config = expectation.configuration
    return Outcome(
        expectation=config.type,
        column_name=config.kwargs.get("column"),
        severity=FailureSeverity(config.severity or FailureSeverity.CRITICAL).value,
        success=not broken if success is None else success,
        element_count=count,
        unexpected_count=broken,
    )
