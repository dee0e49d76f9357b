"""One checked publish: what reaches a table passed its suite, or is written by delta-rs, which enforces the rules."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from deltalake.exceptions import DeltaError

from jobs.lake.store import Store
from jobs.lake.tables import CATALOGUE, READS_STAGED, Table
from jobs.quality import gate
from jobs.quality.suites import load_suite
from jobs.runtime.stages import STAGES
from jobs.settings import load_settings
from tests.factories import land, register
from tests.ingest.test_feeds import FILES

DAY = date(2026, 11, 20)
SUITES = Path(load_settings(environment={}).quality.suites)
WITH_SUITE = [table for table in CATALOGUE if (SUITES / f"{table.full_name}.json").exists()]
with_suite = pytest.mark.parametrize("table", WITH_SUITE, ids=lambda table: table.full_name)
BY_DELTA = [table for table in CATALOGUE if table not in WITH_SUITE and table is not READS_STAGED]

_VALUES = {
    "STRING": "x", "DATE": DAY, "TIMESTAMP": datetime(2026, 11, 20, 8, tzinfo=UTC), "INT": 1, "BIGINT": 1,
    "DOUBLE": 0.5, "BOOLEAN": True, "BINARY": b"x",
}  # fmt: skip
_FITTING = {
    "outcome": "x", "rows_received": 3, "reads_by_hour": [0] * 24, "members": ["x", "y"],
    "weed_date": date(2026, 11, 21),
}  # fmt: skip
"""Values that rules ask for."""


def row(table: Table) -> dict[str, Any]:
    """A row that breaks nothing that the catalogue says of a table."""
    columns = {column.name: column.type for column in table.columns}
    fitting = _FITTING | {column.name: column.values[0] for column in table.columns if column.values}
    empty = {name: {} if kind.startswith("MAP") else [] for name, kind in columns.items() if "<" in kind}
    values = {name: _VALUES[kind] for name, kind in columns.items() if kind in _VALUES}
    return (
        values
        | {k: v for k, v in empty.items() if columns[k][:6] != "STRUCT"}
        | {name: value for name, value in fitting.items() if name in columns and table.rules}
    )


BREAKING = {
    "confidence_is_a_share": {"confidence": 1.5}, "numbers_add_up": {"rows_received": 9},
    "ends_after_its_start": {"ended_at": datetime(2026, 11, 19, tzinfo=UTC)},
    "two_members_at_least": {"members": ["x"]},
    "a_day_has_24_hours": {"reads_by_hour": [0]}, "unrecognised_are_reads": {"unrecognised": 2},
    "mean_is_a_share": {"mean_confidence": -0.1}, "error_is_a_spread": {"clock_error_s": -1.0},
    "pairs_are_counted": {"clock_pairs": -1}, "is_later": {"previous_weed_date": date(2026, 11, 22)},
    "closed_has_an_outcome": {"state": "closed", "outcome": None},
}  # fmt: skip
"""What breaks each rule of the catalogue but those of known values."""


def broken(table: Table) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows that break one thing each, by the column that a suite says it of."""
    for column in table.columns:
        if column.required:
            yield column.name, row(table) | {column.name: None}
    known = {f"{column.name}_is_known": {column.name: "x"} for column in table.columns if column.values}
    for name, _ in table.rules:
        yield f"check_{name}", row(table) | (BREAKING | known)[name]


@pytest.fixture
def commits(monkeypatch) -> list[tuple[str, str]]:
    """What happens to tables in order: ("checked" or "written", name)."""
    seen: list[tuple[str, str]] = []
    audit = gate.audit

    def audited(night: Any, table: Table, rows: Any, rows_of: Any) -> Any:
        seen.append(("checked", table.full_name))
        return audit(night, table, rows, rows_of)

    def written(method: Any, store: Store, table: Table, *rest: Any) -> Any:
        if rest and rest[0] != []:  # no files: what was there goes
            seen.append(("written", table.full_name))
        return method(store, table, *rest)

    monkeypatch.setattr(gate, "audit", audited)
    monkeypatch.setattr("jobs.quality.publish.audit", audited)
    for name in ("add_files", "replace_files", "replace_days", "append_new"):
        method = getattr(Store, name)
        monkeypatch.setattr(Store, name, lambda store, *args, method=method: written(method, store, *args))
    return seen


def test_what_executors_and_frames_write_passed_its_suite_first(night, commits):
    for path, text in FILES.items():
        land(night, path, text)
    land(night, "2026-11-20/cameras/c.csv", register("F001"))
    for stage in STAGES.values():
        stage(night)
    files = {name for what, name in commits if what == "written"} - {READS_STAGED.full_name}
    assert len(files) > len(WITH_SUITE) / 2
    assert files <= {table.full_name for table in WITH_SUITE}  # tests/e2e has a night on which something is found
    for place, (what, name) in enumerate(commits):
        if what == "written" and name in files:
            assert ("checked", name) in commits[:place], name


@with_suite
def test_a_row_that_breaks_what_the_catalogue_says_is_found_by_the_suite_by_name(night, table):
    wanted = dict(broken(table))
    suite = load_suite(night.settings.quality.suites, table)
    rows = suite.with_checks(night.store.frame(table, [row(table), *wanted.values()]))
    # Verdicts alone: what closes the gate is told by tests of the gate, and each count is a query.
    found = gate._validated(gate._source("spark"), suite.rows.expectations, rows, gate._VERDICT_ONLY).values()
    of_catalogue = ("expect_column_values_to_not_be_null", "expect_column_values_to_be_in_set")
    configs = [one.expectation_config for one in found if not one.success]
    assert wanted.keys() <= {one.kwargs.get("column") for one in configs if one.type in of_catalogue}
    assert {one.severity for one in configs if one.kwargs.get("column") in wanted} == {"critical"}


@pytest.mark.parametrize("table", BY_DELTA, ids=lambda table: table.full_name)
def test_a_row_of_a_table_without_a_suite_is_refused_by_delta(night, table):
    night.store.append_rows(table, [row(table)])
    version = night.store.version(table)
    for name, bad in broken(table):
        for write in (night.store.append_rows, night.store.replace_rows):
            with pytest.raises(DeltaError):
                write(table, [bad])
        assert night.store.version(table) == version, name
