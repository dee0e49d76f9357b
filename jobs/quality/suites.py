"""A table's suite: what the catalogue says of its rows, and what its JSON file asks beyond that.

The file, `<zone>.<table>.json`, has expectations of Great Expectations on single rows, and on whole days:

    "expectations": [...]   each holds for every row
    "shares": {"unsure": "confidence < 0.5"}   SQL on a row; measured: the share of rows of a day of which it is true,
                                               of those of which it is true or false
    "days": [...]           each holds for a share of every day, its column
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyspark.sql.functions as F
from pyspark.sql import DataFrame

from jobs.domain.errors import LakeError
from jobs.ingest.formats.kinds import FEEDS
from jobs.lake.tables import Table

if TYPE_CHECKING:
    # It takes seconds to import: only what runs a suite does, so that Python workers do without.
    import great_expectations as gx

_SOURCE_KINDS = [*FEEDS, "footage", "hotlist"]
_CHECK = "check_"
"""What the name of a rule of the catalogue begins with where it is a column."""


class SuiteError(LakeError):
    """A suite is missing or broken; the message names the file."""


@dataclass(frozen=True)
class Suite:
    """What a table's rows are put through.

    Attributes:
        rows: expectations on rows as `with_checks` gives them.
        shares: SQL conditions on a row by the name of the share.
        days: expectations on shares, a column each.
    """

    table: Table
    rows: "gx.ExpectationSuite"
    shares: Mapping[str, str]
    days: "gx.ExpectationSuite"

    def with_checks(self, rows: DataFrame) -> DataFrame:
        """Rows with each rule of the catalogue as a column: whether it holds; a rule that is NULL does not."""
        rules = {_CHECK + name: F.coalesce(F.expr(rule), F.lit(False)) for name, rule in self.table.rules}
        return rows.withColumns(rules) if rules else rows


@cache
def load_suite(folder: str, table: Table) -> Suite:
    """The suite of a table.

    Raises:
        SuiteError: there is none, or Great Expectations does not accept it.
    """
    from great_expectations.exceptions.exceptions import GreatExpectationsError

    path, text = suite_path(folder, table), _text(folder, table)
    try:
        content: dict[str, Any] = json.loads(text)
        name, shares = content["name"], content.get("shares", {})
        rows = _suite(name, [*_of_catalogue(table), *content["expectations"]])
        days = _suite(name, content.get("days", []))
        _require_of_single_rows(rows.expectations)
        _require_of_shares(days.expectations, shares)
    except (ValueError, KeyError, TypeError, AttributeError, GreatExpectationsError) as error:
        raise SuiteError(f"{path.name}: {error}") from None
    return Suite(table, rows, shares, days)


def _suite(name: str, expectations: Sequence[dict[str, Any]]) -> "gx.ExpectationSuite":
    """Expectations of which none was passed over: Great Expectations logs what it does not know, and goes on."""
    import great_expectations as gx

    suite = gx.ExpectationSuite(name=name, expectations=list(expectations))
    if len(suite.expectations) < len(expectations):
        known = {one.configuration.type for one in suite.expectations}
        unknown = sorted({one["type"] for one in expectations} - known)
        raise ValueError(f"unknown or wrong, or there twice: {', '.join(unknown) or 'arguments of an expectation'}")
    return suite


def suite_path(folder: str, table: Table) -> Path:
    """The file of a table's suite."""
    return Path(folder, f"{table.full_name}.json")


def told_of(folder: str, table: Table) -> list[object]:
    """All that may refuse rows of a table, as anything JSON can hold: its file, and what the catalogue says."""
    return [_text(folder, table), *_of_catalogue(table), table.rules]


def _text(folder: str, table: Table) -> str:
    path = suite_path(folder, table)
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SuiteError(f"{path.name}: there is no suite for this table in quality.suites") from None


def _of_catalogue(table: Table) -> Iterator[dict[str, Any]]:
    """What the catalogue says of every row, as expectations: what must not be empty, rules, kinds of sources."""
    for column in table.columns:
        if column.required:
            yield _critical("expect_column_values_to_not_be_null", column=column.name)
        if column.name == "source_kind":
            yield _critical("expect_column_values_to_be_in_set", column=column.name, value_set=_SOURCE_KINDS)
    for name, _ in table.rules:
        yield _critical("expect_column_values_to_be_in_set", column=_CHECK + name, value_set=[True])


def _critical(kind: str, **kwargs: object) -> dict[str, Any]:
    return {"type": kind, "kwargs": kwargs, "severity": "critical"}


def _require_of_single_rows(expectations: "Sequence[Any]") -> None:
    """All days are judged at once: that holds for each of them only where each row is judged for itself."""
    from great_expectations.expectations import expectation

    maps = (
        expectation.ColumnMapExpectation, expectation.ColumnPairMapExpectation, expectation.MulticolumnMapExpectation,
    )  # fmt: skip
    for one in expectations:
        if not isinstance(one, maps) or one.configuration.kwargs.get("mostly", 1) != 1:
            raise ValueError(f"{one.configuration.type}: only single rows are judged; what a day may have is a share")


def _require_of_shares(expectations: "Sequence[Any]", shares: Mapping[str, str]) -> None:
    for one in expectations:
        if (column := one.configuration.kwargs.get("column")) not in shares:
            raise ValueError(f"{one.configuration.type} of {column}: there is no such share")
