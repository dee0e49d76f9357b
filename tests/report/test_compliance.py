"""The compliance report: what it says of a lake, and that it names no vehicle and tells no camera's state."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from jobs.cli import main
from jobs.control import corrections, holds, people, weeding
from jobs.control.corrections import Correction
from jobs.control.database import open_control
from jobs.control.heads import sign_now
from jobs.control.holds import Hold, Review, Scope
from jobs.control.people import Person, Role
from jobs.control.schema import PEOPLE
from jobs.control.weeding import Decider
from jobs.domain.tokens import site_code
from jobs.domain.weeding import Listed
from jobs.lake.tables import HOTLIST, HOTLIST_HITS, QUALITY_RESULTS, READS, RETENTION_LEDGER, RUNS
from jobs.report.compliance.clauses import load_clauses
from jobs.report.compliance.page import write_compliance_report
from jobs.report.people import show_people
from jobs.report.suppressions import show_corrections
from jobs.retention.residue.kinds import Kind, Known, classified
from jobs.settings import conf_dir
from tests.factories import changed
from tests.report.conftest import NIGHT
from tests.report.test_compliance_hits import entry, hit
from tests.report.test_quality import ended, result

MARKS = ("AB12CDE", "WX34YZA", "B123")
CAMERAS = ("F001", "F002", "P0042")
TODAY = datetime.now(UTC).date()


def read(number, day, vrm, camera):
    return {
        "read_id": f"{number:032x}", "captured_at": datetime(day.year, day.month, day.day, 8, tzinfo=UTC),
        "camera_id": camera, "vrm": vrm, "vrm_format": "current", "confidence": 0.9, "direction": "towards",
        "latitude": 54.97331, "longitude": -1.61396, "sighting_ids": [f"s{number}"], "source_kinds": ["fixed"],
        "sources": ["fixed:force"], "readings": {vrm: 1}, "flags": [], "process_date": day, "run_id": "r",
        "capture_date": day,
    }  # fmt: skip


def removed(run, as_of, place, rows, **changes):
    counts = dict.fromkeys(("partitions_removed", "rows_removed", "files_removed", "bytes_removed"), rows)
    return counts | {
        "run_id": run, "log_position": rows, "table_name": place, "retention_class": "reads", "profile": "acpo_2011",
        "maximum_days": 730, "cutoff": as_of - timedelta(days=730), "error": None, "process_date": as_of,
        "recorded_at": datetime(2026, 11, 20, 6, tzinfo=UTC),
    } | changes  # fmt: skip


@pytest.fixture
def lake(quiet):
    """Reads, hits, findings about cameras, and decisions about vehicles at cameras."""
    store = quiet.store
    places = zip(range(3), MARKS, CAMERAS, strict=True)
    store.append_rows(READS, [read(number, NIGHT, vrm, camera) for number, vrm, camera in places])
    store.append_rows(HOTLIST, [entry("a", "Northumbria"), entry("b", "for AB12CDE at F001")])
    hits = [hit(number, MARKS[number % 3], CAMERAS[number % 3], "ab"[number % 2], "no trace") for number in range(30)]
    store.append_rows(HOTLIST_HITS, hits)
    silent = result(NIGHT, "night", success=False, severity="warning", subject=site_code(quiet.token_key, "S009"))
    gate = silent | {"expectation": "expect_column_values_to_not_be_null", "column_name": "vrm", "subject": None}
    store.append_rows(QUALITY_RESULTS, [silent | {"expectation": "camera_silent"}, gate])
    store.append_rows(RUNS, [ended("night", 2)])
    store.append_rows(RETENTION_LEDGER, [removed("purge-1", NIGHT, "restricted.reads", 7)])
    with open_control(quiet.settings) as control, control.deciding() as connection:
        _decide(connection)
    return quiet


def _decide(connection):
    until = TODAY + timedelta(days=30)
    people.add(connection, Person("1", "inspector", Role.GRANTOR, until, TODAY), None, TODAY)
    for number in "34":
        people.add(connection, Person(number, "inspector", Role.AUTHORISER, until, TODAY), "1", TODAY)
    scope = Scope(vehicles=frozenset(MARKS), cameras=frozenset(CAMERAS))
    review = Hold("Op Kestrel", "trial in spring", "3", TODAY + timedelta(days=9), scope)
    name = holds.place(connection, review, datetime.now(UTC))
    answers = dict.fromkeys(Review, "yes, it is")
    holds.review(connection, name, "4", answers, TODAY + timedelta(days=20), TODAY)
    holds.ask_release(connection, name, "3", "acquitted", "closed", TODAY)
    listed = Listed("a" * 32, TODAY, TODAY + timedelta(days=9))
    weeding.close(connection, listed, Decider("3", "the case is closed", TODAY, 730))


def report(night):
    """The report's document, page, and the page without its tags."""
    page = Path(write_compliance_report(night, sign_now(night.settings)))
    html = page.read_text(encoding="utf-8")
    text = " ".join(re.sub("<[^>]+>", " ", html).split())
    return json.loads(page.with_suffix(".json").read_text(encoding="utf-8")), html, text


def test_the_report_names_no_vehicle_no_place_and_no_camera_and_tells_no_cameras_state(lake):
    document, html, _ = report(lake)
    secret = re.compile(rf"\b({'|'.join((*MARKS, *CAMERAS, 'S009', '54.97331', '1.61396'))})\b")
    blind = site_code(lake.token_key, "S009")
    for text in (json.dumps(document), html):
        assert not secret.findall(text)
        assert blind not in text
        assert not re.search("camera_(silent|few|rubbish)|clock_(offset|jumped)|quality.html", text)
    assert site_code(lake.token_key, "F001") in html  # by which hits are told


def test_page_and_json_tell_the_same_of_tables_purges_holds_weeding_approvals_quality_and_hits(lake):
    document, html, text = report(lake)
    by_table = {one["table"]: one for one in document["tables"]}
    reads = by_table["restricted.reads"]
    assert (reads["rows"], reads["oldest"], reads["age_days"], reads["maximum_days"], reads["kept"]) == (
        3, "2026-11-20", 0, 730, True,
    )  # fmt: skip
    assert {one["place"] for one in document["places"]} == {
        "landing.feeds", "landing.footage", "landing.lines", "control.hotlist_responses", "control.corrections",
        "control.entry_decisions",
    }  # fmt: skip
    assert document["reads_by_month"] == {"2026-11": 3}
    assert [(one["run_id"], one["rows"], one["certificate"]) for one in document["purges"]] == [("purge-1", 7, None)]
    (hold,) = document["holds"]
    assert (hold["hold"], hold["keeps"], hold["reviews"]) == ("hold00001", "3 vehicles, 3 cameras", 1)
    assert {one["role"]: one["may_decide"] for one in document["people"]} == {"authoriser": 2, "grantor": 1}
    assert document["weeding"] == {"decisions": {"close": 1}, "asked": None}
    (asked,) = document["approvals"]
    assert (asked["what"], asked["asked_by"], asked["agreed_by"]) == ("release of a hold", "3", None)
    assert document["quality"]["by_gate"]["passed"] == 1
    assert [one["expectation"] for one in document["quality"]["failed"]] == ["expect_column_values_to_not_be_null"]
    assert [(one["name"], one["hits"]) for one in document["hits"]["by_format"]] == [("current", 20), ("dateless", 10)]
    assert document["problems"] == []
    for told in ("Op Kestrel", "nobody yet", "purge-1", "30 answered", "No table holds data older", "3 asks for its"):
        assert told in text, told
    assert html.count("<svg") == 3


def test_the_page_needs_nothing_from_elsewhere(lake):
    _, html, _ = report(lake)
    assert re.findall(r'(?:src|href)="(?!#)([^"]*)"', html) == [
        "compliance.json",
        "data_dictionary.html",
        "certificate.html",
    ]
    assert "<script" not in html
    assert "url(http" not in html


def test_an_empty_lake_has_a_report_of_which_nothing_is_proved(quiet):
    document, html, text = report(quiet)
    assert (document["tables"], document["purges"], document["holds"], document["hits"]["all"]["hits"]) == (
        [],
        [],
        [],
        0,
    )
    assert document["problems"] == []
    assert {one["state"] for one in document["clauses"]} == {
        "not proved by a test of this build",
        "not met by this product",
    }
    assert "met, proved" not in text
    assert "There is no test report" in text
    assert 'class="verdict held"' in html


def test_a_clause_is_green_only_where_its_tests_have_passed(lake):
    clauses = load_clauses(conf_dir())
    (clause,) = [one for one in clauses if one.clause == "Policy 6: retention"]
    *others, last = [name.removeprefix("tests/").split(".py::") for name in clause.tests]
    for inner, proved in (("", True), ("<failure/>", False)):
        cases = [f'<testcase classname="tests.{path.replace("/", ".")}" name="{name}"/>' for path, name in others]
        cases.append(f'<testcase classname="tests.{last[0].replace("/", ".")}" name="{last[1]}">{inner}</testcase>')
        file = Path(lake.settings.report.tests)
        file.write_text(f'<testsuites><testsuite name="abc1234-dirty">{"".join(cases)}</testsuite></testsuites>')
        document, html, text = report(lake)
        told = next(one for one in document["clauses"] if one["clause"] == clause.clause)
        assert (told["state"] == "met, and proved by tests of this build") == proved
        assert html.count('class="tag good">met, proved') == proved
        assert "test report of build abc1234-dirty with changes that nobody has committed , begun" in text


def test_data_that_is_too_old_a_damaged_table_and_a_changed_log_are_said_first(lake):
    late = replace(lake, process_date=NIGHT + timedelta(days=730))
    (Path(lake.store.path(HOTLIST_HITS)) / "_delta_log/00000000000000000001.json").write_text("{")
    with open_control(lake.settings) as control, control.deciding() as connection:
        connection.exec_driver_sql("UPDATE log SET kind = 'nothing' WHERE position = 1")
    document, html, text = report(late)
    assert document["problems"][0] == "2 table(s) hold data older than allowed: restricted.hotlist, restricted.reads."
    assert 'class="verdict broken"' in html
    assert "1 table(s) are damaged, and nobody can tell: restricted.hotlist_hits." in text
    assert "The log is BROKEN" in text
    assert "restricted.hotlist_hits is damaged" in document["hits"]["cannot"]


def test_without_the_token_key_the_rest_is_told_and_why_hits_are_not(lake):
    Path(lake.settings.storage.token_key).unlink()
    found = replace(lake, run_id="without a key")
    document, _, text = report(found)
    assert "storage.token_key" in document["hits"]["cannot"]
    assert "storage.token_key" in text
    assert document["quality"]["by_gate"]


def test_a_purge_that_left_something_and_a_certificate_that_was_changed_are_problems(lake):
    lake.store.append_rows(RETENTION_LEDGER, [removed("purge-2", NIGHT, "landing.feeds", 9, error="OSError: full")])
    folder = Path(lake.store.root, "governance/certificates")
    folder.mkdir(parents=True)
    (folder / f"{NIGHT}-purge_2-20261120T060000.json").write_text('{"certificate": {"run_id": "purge-2"}}')
    document, html, text = report(lake)
    assert document["problems"] == [
        "The last purge could not remove what has expired in landing.feeds.",
        "The certificate of the last purge is not as it was signed.",
    ]
    assert "NOT as it was signed" in text
    assert "still there: OSError: full" in text
    assert html.count('class="tag good">complete') == 0


def test_what_is_written_into_the_lake_is_of_a_declared_class(lake):
    report(lake)
    written = [path.name for path in Path(lake.store.root, "governance").iterdir() if path.is_file()]
    assert {"compliance.html", "compliance.json"} <= set(written)
    nothing = Known({}, {}, frozenset(), frozenset())
    assert {classified(f"governance/{name}", 1, nothing).kind for name in written} == {Kind.PAGE}


def test_the_command_writes_both_and_refuses_a_day_that_has_not_come(quiet, monkeypatch, capsys):
    for name in ("root", "landing", "scratch", "token_key"):
        monkeypatch.setenv(f"ANPRLAKE_STORAGE__{name.upper()}", getattr(quiet.settings.storage, name))
    for name in ("signing_key", "suppression_key", "heads"):
        monkeypatch.setenv(f"ANPRLAKE_CONTROL__{name.upper()}", getattr(quiet.settings.control, name))
    monkeypatch.delenv("ANPRLAKE_AHEAD", raising=False)
    with pytest.raises(SystemExit) as refused:
        main(["report", "--as-of", str(TODAY + timedelta(days=2))])
    assert refused.value.code == 2
    assert "has not come" in capsys.readouterr().err
    with pytest.raises(SystemExit) as done:
        main(["report", "--run-id", "by-hand"])
    assert done.value.code == 0
    assert capsys.readouterr().out.strip().endswith("governance/compliance.html")
    document = json.loads(Path(quiet.store.root, "governance/compliance.json").read_text())
    assert (document["run_id"], document["as_of"]) == ("by-hand", str(TODAY))


def test_the_smallest_group_is_a_setting(lake):
    few = replace(lake, settings=changed(lake.settings, "report.smallest_group", 11))
    assert [one["name"] for one in report(few)[0]["hits"]["by_site"]] == ["all together"]


def test_who_was_not_looked_at_for_too_long_is_late_in_the_report_and_red_in_the_list(lake, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    settings = changed(lake.settings, "control.people_review_days", 30)
    with open_control(lake.settings) as control, control.deciding() as connection:
        for late, number in ((False, "3"), (True, "4")):
            ago = TODAY - timedelta(days=30 + late)
            connection.execute(update(PEOPLE).where(PEOPLE.c.staff_no == number).values(reviewed_on=ago))
        show_people(connection, TODAY, 30)
    red = [line for line in capsys.readouterr().out.splitlines() if "\033[1;31m" in line]
    assert [line.split()[0] for line in red] == ["4"]
    document, html, _ = report(replace(lake, settings=settings))
    assert {one["role"]: one["overdue"] for one in document["people"]} == {"authoriser": 1, "grantor": 0}
    assert re.findall(r'late">(\S+?)<', html) == [str(TODAY - timedelta(days=31))]
    assert document["problems"] == []


def test_a_correction_that_was_ended_on_the_way_is_a_problem_and_the_list_names_its_sighting(lake, capsys):
    with open_control(lake.settings) as control, control.deciding() as connection:
        for name in ("s1", "s2"):
            one = Correction(name, NIGHT, MARKS[0], "read wrong", "3")
            corrections.place(connection, one, TODAY + timedelta(days=700), datetime.now(UTC))
        corrections.finish(connection, ["s1"], datetime.now(UTC))
        show_corrections(connection)
    document, html, text = report(lake)
    (problem,) = document["problems"]
    assert problem.startswith("Corrections that were ended on the way: 1;")
    assert "sightings corrected: 1" in text
    listed = capsys.readouterr().out
    assert ("1 sightings are corrected" in listed, "s2" in listed, "s1" in listed) == (True, True, False)
    assert MARKS[0] not in html + listed
