"""The brake: large purges, and those under other ages, are done by two people's agreement on what goes, and no more."""

import re
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import update

from jobs.cli import main
from jobs.commands.retention import NOTHING_TO_APPROVE
from jobs.control import people
from jobs.control.database import open_control
from jobs.control.log import Entry, append, entries
from jobs.control.people import PeopleError
from jobs.control.schema import PURGE_REQUESTS
from jobs.domain.errors import LakeError
from jobs.domain.retention import RetentionClass
from jobs.domain.variables import AHEAD_VARIABLE
from jobs.lake.store import Store
from jobs.lake.tables import HOTLIST_VERSIONS
from jobs.retention.expired import Expired
from jobs.retention.purge.brake import PROFILE, BrakeError, approve, note_profile, plan_of, request, require_approval
from jobs.retention.purge.journal import REMOVED
from jobs.runtime.night import RunSummary, run_job
from jobs.settings import with_profile
from tests.factories import changed as with_setting
from tests.factories import staff
from tests.retention.conftest import EXPIRED, NIGHT, version_of_list

TODAY = datetime.now(UTC).date()
CUTOFF = date(2024, 11, 20)


def of_reads(rows, held=1000, cutoff=CUTOFF, days=1):
    return Expired("restricted.reads", RetentionClass.READS, cutoff, days, rows, days, 1, None, held)


@pytest.fixture
def connection(night):
    """A control database with two analysts and two authorisers."""
    with open_control(night.settings) as control, control.deciding() as opened:
        staff(opened, TODAY)
        yield opened


def test_a_days_purge_needs_nobody(night, connection):
    plan = plan_of(night, connection, [of_reads(50)])
    assert (plan.share, plan.reasons) == (0.05, ())
    require_approval(connection, plan)
    with pytest.raises(BrakeError, match="needs no approval"):
        request(connection, plan, "2", "why")


@pytest.mark.parametrize(("files", "reasons"), [(25, 0), (26, 1)])
def test_so_do_more_files_as_received_than_lie_there_for_weeks(night, connection, files, reasons):
    found = Expired("landing.feeds", RetentionClass.LANDING, CUTOFF, 1, 0, files, 1, None, lying=100)
    told = plan_of(night, connection, [found]).reasons
    assert told == (f"it would remove {files} of 100 files of landing.feeds (retention.brake_files_share)",) * reasons


def test_what_one_asked_for_who_may_decide_no_more_is_asked_for_anew(night, connection):
    plan = plan_of(night, connection, [of_reads(51)])
    request(connection, plan, "2", "the first purge of this lake")
    people.end(connection, "2", "1", TODAY)
    with pytest.raises(BrakeError, match=r"2, who has asked for plan .*, may decide no more: ask for it anew"):
        approve(connection, plan.name, "4")
    request(connection, plan, "3", "the first purge of this lake")
    approve(connection, plan.name, "4")
    require_approval(connection, plan)


def test_a_large_purge_needs_two_people_who_agree_on_it(night, connection):
    plan = plan_of(night, connection, [of_reads(51)])
    with pytest.raises(BrakeError, match=r"needs the approval of a second person: it would remove 5\.1% of all rows"):
        require_approval(connection, plan)
    request(connection, plan, "3", "the first purge of this lake")
    with pytest.raises(BrakeError, match="needs the approval"):
        require_approval(connection, plan)
    with pytest.raises(BrakeError, match="3 has asked for plan"):
        approve(connection, plan.name, "3")
    with pytest.raises(PeopleError, match="2 is analyst; it takes the role authoriser"):
        approve(connection, plan.name, "2")
    with pytest.raises(BrakeError, match="nobody has asked for a plan of that name"):
        approve(connection, "other", "4")
    approve(connection, plan.name, "4")
    require_approval(connection, plan)
    with pytest.raises(BrakeError, match="approved already, by 4"):
        approve(connection, plan.name, "4")
    with pytest.raises(BrakeError, match="asked for already"):
        request(connection, plan, "2", "why")
    kinds = [kind for _, _, kind, _ in entries(connection) if kind.startswith("purge_")]
    assert kinds == ["purge_request", "purge_approval"]


@pytest.mark.parametrize(
    ("later", "covered"),
    [
        (of_reads(40, 60), True),  # a killed one goes on
        (of_reads(101), False), (of_reads(100, days=2), False), (of_reads(100, cutoff=date(2024, 11, 21)), False),
        (replace(of_reads(100), place="restricted.sightings"), False),
    ],
)  # fmt: skip
def test_what_goes_beyond_the_plan_is_not_approved_with_it(night, connection, later, covered):
    plan = plan_of(night, connection, [of_reads(100)])
    request(connection, plan, "2", "why")
    approve(connection, plan.name, "3")
    changed = plan_of(night, connection, [later])
    assert changed.reasons
    if covered:
        require_approval(connection, changed)
    else:
        with pytest.raises(BrakeError, match=f"{plan.name}, which is approved, has less of {later.place}:"):
            require_approval(connection, changed)


def test_an_approval_that_is_not_in_the_log_is_none(night, connection):
    plan = plan_of(night, connection, [of_reads(100)])
    request(connection, plan, "2", "why")
    connection.execute(update(PURGE_REQUESTS).values(approved_by="3"))
    with pytest.raises(BrakeError, match="needs the approval"):
        require_approval(connection, plan)


def test_a_plan_of_another_day_or_profile_is_another_one(night, connection):
    plan = plan_of(night, connection, [of_reads(100)])
    request(connection, plan, "2", "why")
    approve(connection, plan.name, "3")
    tomorrow = replace(night, process_date=night.process_date + timedelta(days=1))
    other = replace(night, settings=with_profile(night.settings, "nasple_12m"))
    for changed in (tomorrow, other):
        with pytest.raises(BrakeError):
            require_approval(connection, plan_of(changed, connection, [of_reads(100)]))


def removed(connection, maximum_days, **counts):
    payload = {"place": "restricted.reads", "maximum_days": maximum_days, "removed": counts}
    append(connection, [Entry(REMOVED, payload)])


def test_other_ages_than_at_the_last_purge_need_two_people_however_little_goes(night, connection):
    removed(connection, 730, rows=1)
    assert plan_of(night, connection, [of_reads(1)]).reasons == ()
    other = replace(night, settings=with_profile(night.settings, "nasple_12m"))
    (reason,) = plan_of(other, connection, [of_reads(1)]).reasons
    assert reason == "maximum ages are other ones than before: restricted.reads"
    nothing = replace(of_reads(0), files=0)
    assert plan_of(other, connection, [nothing]).reasons == ()


@pytest.mark.parametrize("name", ["footage", "landing", "reads"])
def test_the_first_purge_of_a_lake_is_held_against_what_its_nights_ran_under(night, connection, name):
    limits = night.settings.retention.limits
    shorter = with_setting(night.settings, "retention.limits", with_setting(limits, f"{name}.days", 1))
    found = replace(of_reads(1), retention=RetentionClass(name))
    assert plan_of(replace(night, settings=shorter), connection, [found]).reasons == ()
    run_job(night, "ingest", lambda _: RunSummary())
    assert plan_of(night, connection, [found]).reasons == ()
    (reason,) = plan_of(replace(night, settings=shorter), connection, [found]).reasons
    assert reason == "maximum ages are other ones than before: restricted.reads"
    with pytest.raises(BrakeError):
        run_job(replace(night, settings=shorter), "purge", partial(_brake, connection))
    assert plan_of(night, connection, [found]).reasons == ()  # a purge that was stopped is no night under another one


def _brake(connection, night):
    require_approval(connection, plan_of(night, connection, [of_reads(100)]))
    return RunSummary()


def test_a_purge_that_removes_nothing_settles_no_ages(night, connection):
    other = replace(night, settings=with_profile(night.settings, "nasple_12m"))
    changed = ("maximum ages are other ones than before: restricted.reads",)
    note_profile(connection, night)
    assert plan_of(other, connection, [of_reads(1)]).reasons == changed
    removed(connection, 730, rows=1)
    removed(connection, 365, rows=0)
    assert plan_of(other, connection, [of_reads(1)]).reasons == changed
    assert plan_of(night, connection, [of_reads(1)]).reasons == ()


def test_what_ran_under_a_shorter_profile_since_the_last_purge_may_have_refused_what_may_be_kept(night, connection):
    def told():
        return " ".join(plan_of(night, connection, [of_reads(1)]).reasons)

    other = replace(night, settings=with_profile(night.settings, "nasple_12m"))
    run_job(night, "ingest", lambda _: RunSummary())
    assert told() == ""
    run_job(other, "ingest", lambda _: RunSummary())
    assert "ran under nasple_12m" in told()
    with pytest.raises(BrakeError):
        run_job(night, "purge", lambda _: require_approval(connection, plan_of(night, connection, [of_reads(1)])))
    assert "ran under nasple_12m" in told()
    run_job(night, "purge", lambda _: RunSummary())
    assert "ran under nasple_12m" not in told()
    assert "maximum ages are other ones than before" in told()  # it has removed nothing
    removed(connection, 730, rows=1)
    assert told() == ""


def test_the_log_says_which_profile_is_in_force_whenever_that_changes(night, connection):
    other = replace(night, settings=with_profile(night.settings, "nasple_12m"))
    for one in (night, night, other, night):
        note_profile(connection, one)
    told = [(payload["profile"], payload["reads"]["days"]) for *_, payload in entries(connection, [PROFILE])]
    assert told == [("acpo_2011", 730), ("nasple_12m", 365), ("acpo_2011", 730)]


@pytest.fixture
def brake(settings, monkeypatch, capsys):
    """What `anprlake retention` says of a lake of which half has expired, in two rows: its exit code and its output."""
    versions = [version_of_list("old", EXPIRED), version_of_list("new", NIGHT)]
    Store(lambda: pytest.fail("it needs no Spark"), settings.storage.root).append_rows(HOTLIST_VERSIONS, versions)
    with open_control(settings) as control, control.deciding() as opened:
        staff(opened, TODAY)
    for name in ("root", "landing", "scratch", "token_key"):
        monkeypatch.setenv(f"ANPRLAKE_STORAGE__{name.upper()}", getattr(settings.storage, name))
    monkeypatch.setenv(AHEAD_VARIABLE, "1")  # whatever day this is
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)

    def run(command="brake", *arguments, as_of=NIGHT):
        of_day = () if command == "approve" else ("--as-of", str(as_of))
        with pytest.raises(SystemExit) as ended:
            main(["retention", command, *of_day, *arguments])
        return int(ended.value.code or 0), capsys.readouterr().out

    return run


def test_airflow_is_told_of_a_plan_as_long_as_it_waits_for_an_approval(brake):
    code, told = brake()
    waiting = re.fullmatch(r"plan ([0-9a-f]{16}): it would remove 50\.0% of all rows \(.*\)\n", told)
    assert code == 0
    assert waiting, told
    assert brake("request", "--by", "2", "--reason", "the first purge of this lake")[0] == 0
    assert brake() == (0, told)
    assert brake("approve", waiting[1], "--by", "3")[0] == 0
    assert brake() == (NOTHING_TO_APPROVE, "")
    code, of_another_day = brake(as_of=NIGHT + timedelta(days=1))
    assert (code, waiting[1] in of_another_day) == (0, False)


def test_airflow_is_told_where_a_purge_needs_no_approval(brake, monkeypatch):
    monkeypatch.setenv("ANPRLAKE_RETENTION__BRAKE_SHARE", "0.5")
    assert brake() == (NOTHING_TO_APPROVE, "")


def test_what_cannot_be_told_is_neither_a_purge_that_waits_nor_one_that_may_go(brake, monkeypatch):
    def fails(_):
        raise LakeError("the lake cannot be read")

    with monkeypatch.context() as patch:
        patch.setattr("jobs.retention.purge.job.plan", fails)
        assert brake() == (1, "")
    monkeypatch.delenv(AHEAD_VARIABLE)
    assert brake(as_of=TODAY + timedelta(days=2)) == (2, "")
    monkeypatch.setenv("ANPRLAKE_RETENTION__PROFILE", "x")
    assert brake(as_of=TODAY) == (2, "")
