"""The gate: critical failures close it, warnings are recorded, and no result holds a value of a row."""

import json
from datetime import date

import pytest

from jobs.lake.tables import FLOWS, QUALITY_RESULTS, READS_STAGED
from jobs.quality.gate import GateClosedError, SuiteError, check, evaluate, load_suite

DAY = date(2026, 11, 20)


@pytest.fixture
def suites(tmp_path):
    """A folder of suites of the test's own: call it with expectations for `restricted.reads_staged`."""
    folder = tmp_path / "suites"
    folder.mkdir()

    def write(*expectations):
        content = {"name": READS_STAGED.full_name, "expectations": list(expectations)}
        (folder / f"{READS_STAGED.full_name}.json").write_text(json.dumps(content), encoding="utf-8")
        return str(folder)

    return write


def expectation(kind, severity, **kwargs):
    return {"type": kind, "severity": severity, "kwargs": kwargs}


UNIQUE = expectation("expect_column_values_to_be_unique", "critical", column="vrm")
UK = expectation("expect_column_values_to_match_regex", "warning", column="vrm", regex="^[A-Z]{2}[0-9]{2}[A-Z]{3}$")
FILLED = expectation("expect_column_values_to_not_be_null", "critical", column="vrm")


def test_a_critical_failure_closes_the_gate_with_counts_and_every_result_is_kept_without_values(
    spark, night, suites, caplog
):
    quality = night.settings.quality.model_copy(update={"suites": suites(UNIQUE, UK, FILLED)})
    object.__setattr__(night, "settings", night.settings.model_copy(update={"quality": quality}))
    rows = spark.createDataFrame([("AB12CDE",), ("AB12CDE",), ("WX34YZA",), ("FOREIGN1",)], "vrm STRING")
    with pytest.raises(GateClosedError) as closed:
        check(night, READS_STAGED, rows, DAY)
    message = str(closed.value)
    assert message.startswith("restricted.reads_staged 2026-11-20: expect_column_values_to_be_unique of vrm: 2 of 4")
    assert "nothing of it was published" in message
    assert "match_regex" not in message
    kept = night.store.read(QUALITY_RESULTS).collect()
    found = {(row.expectation, row.severity, row.success, row.element_count, row.unexpected_count) for row in kept}
    assert found == {
        ("expect_column_values_to_be_unique", "critical", False, 4, 2),
        ("expect_column_values_to_match_regex", "warning", False, 4, 1),
        ("expect_column_values_to_not_be_null", "critical", True, 4, 0),
    }
    assert {(row.checked_date, row.run_id, row.suite) for row in kept} == {(DAY, "test-run", READS_STAGED.full_name)}
    told = message + caplog.text + "".join(str(row) for row in kept)
    assert not [mark for mark in ("AB12CDE", "WX34YZA", "FOREIGN1") if mark in told]


def test_a_warning_alone_leaves_the_gate_open(spark, suites):
    outcomes = evaluate(load_suite(suites(UK), READS_STAGED), spark.createDataFrame([("FOREIGN1",)], "vrm STRING"), 1)
    assert [(one.severity, one.success) for one in outcomes] == [("warning", False)]
    assert str(outcomes[0]) == "expect_column_values_to_match_regex of vrm: 1 of 1 rows"


def test_a_suite_on_a_column_that_is_not_there_is_an_error_not_a_success(spark, suites):
    with pytest.raises(SuiteError, match="expect_column_values_to_match_regex of vrm could not be evaluated"):
        evaluate(load_suite(suites(UK), READS_STAGED), spark.createDataFrame([("x",)], "mark STRING"), 1)


def test_a_missing_or_broken_suite_is_named(settings, tmp_path):
    with pytest.raises(SuiteError, match=r"restricted\.reads_staged\.json: there is no suite"):
        load_suite(settings.quality.suites, READS_STAGED)
    for number, content in enumerate(["{", "{}", '{"name": "x", "expectations": [{"type": "expect_nonsense"}]}']):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / f"{FLOWS.full_name}.json").write_text(content, encoding="utf-8")
        with pytest.raises(SuiteError, match=r"analytic\.flows\.json: "):
            load_suite(str(folder), FLOWS)
