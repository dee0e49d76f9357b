"""Clauses: the tests that prove each are there, and a clause is proved by what passed in this build alone."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.report.compliance.clauses import Clause, State, judged, load_clauses
from jobs.report.compliance.junit import read_report
from jobs.settings import SettingsError, conf_dir

ROOT = Path(__file__).resolve().parents[2]
PROOF = "tests/retention/purge/test_purge.py::test_it_goes"
CASE = '<testcase classname="tests.retention.purge.test_purge" name="{}" time="0.1">{}</testcase>'


def report_of(folder, *cases):
    """A report of tests: name and what is in its element."""
    inner = "".join(CASE.format(*case) for case in cases)
    file = folder / "tests.xml"
    file.write_text(
        '<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="b92efd2" errors="0"'
        f' failures="0" timestamp="2026-11-20T08:00:00+00:00">{inner}</testsuite></testsuites>'
    )
    return read_report(str(file))


def state(report, **changes):
    clause = Clause(**({"clause": "c", "says": "s", "met_by": "m", "tests": (PROOF,)} | changes))
    (told,) = judged((clause,), report)
    return told["state"]


def names_in(path):
    return {node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)}


def test_every_test_that_a_clause_names_is_there():
    named = {name for clause in load_clauses(conf_dir()) for name in clause.tests}
    assert len(named) > 50
    missing = [one for one in named if (at := one.split("::")) and at[1] not in names_in(ROOT / at[0])]
    assert missing == []


def test_every_clause_of_the_policy_and_the_law_is_listed():
    listed = " ".join(clause.clause for clause in load_clauses(conf_dir()))
    policy = [f"Policy {number}:" for number in range(1, 9)]
    law = [f"s{number}:" for number in (38, 46, 47, 48, 57, 61, 62, 64, 66, 67)]
    assert [one for one in (*policy, *law, "CPIA", "MoPI", "ACPO", "NASP", "ECHR") if one not in listed] == []


def test_what_passed_proves_a_clause_and_nothing_else_does(tmp_path):
    assert state(report_of(tmp_path, ("test_it_goes", ""))) == State.PROVED
    assert state(report_of(tmp_path, ("test_it_goes", "")), lacks="the rest") == State.IN_PART
    for inner in (
        '<failure message="x">x</failure>',
        '<error message="x">x</error>',
        '<skipped message="x">x</skipped>',
    ):
        assert state(report_of(tmp_path, ("test_it_goes", inner))) == State.NOT_PROVED
    assert state(report_of(tmp_path, ("test_it_goes_on", ""))) == State.NOT_PROVED
    assert state(report_of(tmp_path)) == State.NOT_PROVED
    assert state(report_of(tmp_path, ("test_it_goes", "")), met_by=None, tests=(), lacks="all") == State.NOT_MET


def test_of_a_test_with_parameters_none_may_fail_and_one_must_run(tmp_path):
    skipped, failed = '<skipped message="no PostgreSQL"/>', '<failure message="x"/>'
    assert (
        state(report_of(tmp_path, ("test_it_goes[sqlite]", ""), ("test_it_goes[postgresql]", skipped))) == State.PROVED
    )
    assert state(report_of(tmp_path, ("test_it_goes[a]", ""), ("test_it_goes[b]", failed))) == State.NOT_PROVED
    assert state(report_of(tmp_path, ("test_it_goes[a]", skipped), ("test_it_goes[b]", skipped))) == State.NOT_PROVED


def test_the_report_says_of_which_build_it_is_and_what_came_of_it(tmp_path):
    report = report_of(
        tmp_path, ("test_a", ""), ("test_b[1]", "<failure/>"), ("test_b[2]", ""), ("test_c", "<skipped/>")
    )
    assert report.told() == {
        "build": "b92efd2", "at": "2026-11-20T08:00:00+00:00", "problem": None, "tests": 4, "passed": 2, "failed": 1,
        "skipped": 1,
    }  # fmt: skip


def test_pytest_itself_writes_what_is_read_here(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_x.py").write_text(
        "import pytest\n@pytest.mark.parametrize('n', [1, 2])\ndef test_n(n): pass\ndef test_no(): assert 0\n"
    )
    file = tmp_path / "report.xml"
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib",
        "--rootdir", tmp_path, f"--junitxml={file}", "-o", "junit_suite_name=1.0-7-gabc-dirty",
        tmp_path / "tests",
    ]  # fmt: skip
    subprocess.run(command, check=False, capture_output=True, cwd=tmp_path)
    report = read_report(str(file))
    assert (report.build, report.told()["passed"], report.told()["failed"]) == ("1.0-7-gabc-dirty", 2, 1)
    assert report.outcome("tests/test_x.py::test_n") == "passed"
    assert report.outcome("tests/test_x.py::test_no") == "failed"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "there is no test report"),
        ("<testsuites><testsuite", "cannot be read: ParseError"),
        ("<other/>", "has no tests"),
    ],
    ids=["absent", "broken", "another"],
)
def test_without_a_report_nothing_is_proved_and_it_says_why(tmp_path, text, told):
    file = tmp_path / "tests.xml"
    if text:
        file.write_text(text)
    report = read_report(str(file))
    assert told in report.told()["problem"]
    assert state(report) == State.NOT_PROVED


@pytest.mark.parametrize(
    "text",
    [
        "clauses: [{clause: c, says: s}]",
        "clauses: [{clause: c, says: s, met_by: m}]",
        "clauses: [{clause: c, says: s, tests: ['tests/a.py::test_b'], lacks: l}]",
        "clauses: [{clause: c, says: s, met_by: m, tests: ['test_b']}]",
        "clauses: 1",
        "[",
    ],
)
def test_a_wrong_list_of_clauses_is_named(tmp_path, text):
    (tmp_path / "clauses.yaml").write_text(text)
    with pytest.raises(SettingsError, match=r"clauses\.yaml"):
        load_clauses(tmp_path)
