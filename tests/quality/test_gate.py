"""The gate: critical failures close it, warnings are recorded, days are judged apart, and no result holds a value."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from jobs.lake.tables import FLOWS, QUALITY_RESULTS, READS, Column, RetentionClass, Table, Zone
from jobs.quality import gate
from jobs.quality.gate import GateClosedError, audit, check
from jobs.quality.suites import SuiteError, load_suite
from tests.factories import changed

DAY = date(2026, 11, 20)
MARKS = Table(
    "marks", Zone.RESTRICTED, "A table of this test",
    (
        Column("vrm", "STRING", "mark"), Column("lane", "INT", "lane", required=True),
        Column("capture_date", "DATE", "day"),
    ),
    RetentionClass.READS, key=("vrm",), checks=(("lane_is_known", "lane IN (1, 2) AND vrm <> 'NONE'"),),
)  # fmt: skip


@pytest.fixture
def with_suite(night, tmp_path):
    """A night whose suite of `MARKS` is the test's own."""
    folder = tmp_path / "suites"
    folder.mkdir()

    def write(*expectations, **more):
        content = {"name": MARKS.full_name, "expectations": list(expectations), **more}
        (folder / f"{MARKS.full_name}.json").write_text(json.dumps(content), encoding="utf-8")
        return replace(night, settings=changed(night.settings, "quality.suites", str(folder)))

    return write


@pytest.fixture
def vrms(spark):
    """Rows of `MARKS` from marks, or pairs of mark and day."""

    def rows(*found, lane=1):
        pairs = ((one, DAY) if one is None or isinstance(one, str) else one for one in found)
        return spark.createDataFrame([(vrm, lane, day) for vrm, day in pairs], MARKS.frame_ddl)

    return rows


def expectation(kind, severity, **kwargs):
    return {"type": kind, "severity": severity, "kwargs": kwargs}


UNIQUE = expectation("expect_column_values_to_be_unique", "critical", column="vrm")
UK = expectation("expect_column_values_to_match_regex", "warning", column="vrm", regex="^[A-Z]{2}[0-9]{2}[A-Z]{3}$")
FEW_FOREIGN = {
    "shares": {"foreign": "vrm LIKE 'FOREIGN%'"},
    "days": [expectation("expect_column_values_to_be_between", "warning", column="foreign", max_value=0.5)],
}


def failures(audits):
    return {
        (one.day, outcome.expectation, outcome.column_name, outcome.unexpected_count, outcome.element_count)
        for one in audits
        for outcome in one.outcomes
        if not outcome.success
    }


def test_a_critical_failure_closes_the_gate_with_counts_and_every_result_is_kept_without_values(
    with_suite, vrms, caplog
):
    night = with_suite(UNIQUE, UK, **FEW_FOREIGN)
    with pytest.raises(GateClosedError) as closed:
        check(night, MARKS, vrms("AB12CDE", "AB12CDE", "WX34YZA", "FOREIGN1"))
    message = str(closed.value)
    assert message.startswith("restricted.marks : expect_column_values_to_be_unique of vrm: 2 of 4")
    assert "nothing of it was published" in message
    assert "match_regex" not in message
    kept = night.store.read(QUALITY_RESULTS).collect()
    found = {
        (row.expectation, row.column_name, row.severity, row.success, row.element_count, row.unexpected_count)
        for row in kept
    }
    assert found == {
        ("expect_column_values_to_not_be_null", "lane", "critical", True, 4, 0),
        ("expect_column_values_to_be_in_set", "check_lane_is_known", "critical", True, 4, 0),
        ("expect_column_values_to_be_unique", "vrm", "critical", False, 4, 2),
        ("expect_column_values_to_match_regex", "vrm", "warning", False, 4, 1),
        ("expect_column_values_to_be_between", "foreign", "warning", True, 4, 1),
    }
    assert {(row.checked_date, row.run_id, row.suite) for row in kept} == {(None, "test-run", MARKS.full_name)}
    told = message + caplog.text + "".join(str(row) for row in kept)
    assert not [vrm for vrm in ("AB12CDE", "WX34YZA", "FOREIGN1") if vrm in told]


def test_a_warning_alone_leaves_the_gate_open(with_suite, vrms):
    assert check(with_suite(UK, **FEW_FOREIGN), MARKS, vrms("FOREIGN1", "FOREIGN2")) == 2


def test_what_the_catalogue_says_of_rows_is_asked_although_the_file_says_nothing(with_suite, vrms):
    night = with_suite()
    (lanes,) = audit(night, MARKS, vrms("AB12CDE", lane=3), {None: 1})
    assert "expect_column_values_to_be_in_set of check_lane_is_known: 1 of 1 rows" in lanes.refusal
    # A rule that says neither yes nor no is broken, as Delta has it.
    (unknown,) = audit(night, MARKS, vrms(None), {None: 1})
    assert "check_lane_is_known" in unknown.refusal
    (missing,) = audit(night, MARKS, vrms("AB12CDE", lane=None), {None: 1})
    assert "expect_column_values_to_not_be_null of lane: 1 of 1 rows" in missing.refusal


def test_each_day_is_judged_for_itself_in_queries_that_do_not_grow_with_the_days(with_suite, vrms, monkeypatch):
    night, asked, validated = with_suite(UK, **FEW_FOREIGN), [], gate._validated
    monkeypatch.setattr(gate, "_validated", lambda *args: asked.append(args) or validated(*args))
    days = [DAY - timedelta(days=back) for back in range(16)]

    def audited(*rows):
        asked.clear()
        return audit(night, MARKS, vrms(*rows), dict.fromkeys(days, 1))

    well = audited(*(("AB12CDE", day) for day in days))
    assert [one.day for one in well] == days
    assert not failures(well)
    assert len(asked) == 2  # of rows, and of days
    last = days[-1]
    of_row = (last, UK["type"], "vrm", 1, 1)
    assert failures(audited(*(("AB12CDE", day) for day in days[:-1]), ("X1", last))) == {of_row}
    assert len(asked) < len(days)  # verdicts of halves, and one that counts
    # A share of one day is not made good by the others: 1 of 1 there, 1 of 16 in all; the rows are warnings here too.
    foreign = audited(*(("AB12CDE", day) for day in days[:-1]), ("FOREIGN1", last))
    assert failures(foreign) == {of_row, (last, "expect_column_values_to_be_between", "foreign", 1, 1)}


def test_a_day_without_a_row_that_can_be_judged_fails_no_share(with_suite, vrms):
    assert not failures(audit(with_suite(**FEW_FOREIGN), MARKS, vrms("AB12CDE"), {DAY: 1, DAY - timedelta(days=1): 0}))


def test_a_suite_on_a_column_that_is_not_there_is_an_error_not_a_success(with_suite, vrms):
    rows = vrms("x").withColumnRenamed("vrm", "mark").drop("check_lane_is_known")
    without_rules = replace(MARKS, checks=())
    with pytest.raises(SuiteError, match="expect_column_values_to_match_regex of vrm could not be evaluated"):
        check(with_suite(UK), without_rules, rows)
    with pytest.raises(SuiteError, match="shares: UNRESOLVED_COLUMN"):
        check(with_suite(shares={"foreign": "nothing = 1"}), MARKS, vrms("x"))


EMPTY = expectation("expect_column_values_to_be_null", "critical", column="hour")


@pytest.mark.parametrize(
    "content",
    [
        "nothing",
        {},
        {"name": "x", "expectations": [expectation("expect_nonsense", "critical")]},
        {"name": "x", "expectations": [expectation("expect_table_row_count_to_be_between", "critical", min_value=1)]},
        {"name": "x", "expectations": [EMPTY | {"kwargs": {"column": "hour", "mostly": 0.5}}]},
        {"name": "x", "expectations": [], "days": [EMPTY]},
    ],
)
def test_a_broken_suite_is_named_and_so_is_one_that_judges_days_as_rows_or_rows_as_days(tmp_path, content):
    (tmp_path / f"{FLOWS.full_name}.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SuiteError, match=r"analytic\.flows\.json: "):
        load_suite(str(tmp_path), FLOWS)


def test_a_missing_suite_is_named(settings):
    with pytest.raises(SuiteError, match=r"restricted\.marks\.json: there is no suite"):
        load_suite(settings.quality.suites, MARKS)
    assert load_suite(settings.quality.suites, READS).rows.expectations
