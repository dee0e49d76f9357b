"""Suppressions: keyed tokens of vehicles of which nothing may come back; no mark is anywhere."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from jobs.control import suppressions
from jobs.control.free_text import FreeTextError
from jobs.control.log import entries
from jobs.control.people import PeopleError
from jobs.control.schema import SUPPRESSIONS
from jobs.control.suppressions import Suppression, SuppressionError, Why, suppressed, suppression_key
from jobs.domain.suppressed import suppressed_token
from tests.factories import staff

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
TODAY = NOW.date()
FIRST, LAST = date(2026, 1, 1), date(2026, 11, 20)
MARK = "AB12CDE"


@pytest.fixture
def key_file(tmp_path):
    return str(tmp_path / "suppression.key")


@pytest.fixture
def connection(control):
    """A transaction with an analyst and an authoriser."""
    with control.deciding() as opened:
        staff(opened, TODAY)
        yield opened


def put(connection, key_file, **changes):
    key = suppression_key(connection, key_file)
    wanted = Suppression(suppressed_token(key, MARK), FIRST, LAST, Why.ERASED, "the owner asked for it", "3")
    return suppressions.place(connection, replace(wanted, **changes), key, date(2028, 11, 20), NOW)


def days(*some):
    return pa.array(some, pa.date32())


def test_only_that_vehicle_on_those_days_is_kept_from_coming_back(connection, key_file):
    assert suppressed(connection, key_file) is None
    put(connection, key_file)
    found = suppressed(connection, key_file)
    marks = pa.array([MARK, MARK, MARK, MARK, "XY34FGH", None, MARK])
    on = days(FIRST, LAST, FIRST - timedelta(days=1), LAST + timedelta(days=1), FIRST, FIRST, None)
    assert found.mask(marks, on).tolist() == [True, True, False, False, False, False, False]


def test_no_mark_is_in_the_database_or_the_log(connection, key_file):
    put(connection, key_file)
    rows = connection.exec_driver_sql("SELECT * FROM suppressions").all()
    assert MARK not in str(rows) + str([payload for *_, payload in entries(connection)])
    assert MARK not in Path(key_file).read_text()


def test_run_again_before_it_is_done_it_is_the_same_one(connection, key_file):
    name = put(connection, key_file)
    assert put(connection, key_file) == name
    assert put(connection, key_file, last=LAST - timedelta(days=1)) != name
    suppressions.finish(connection, name, NOW)
    assert [one.is_done for one in suppressions.suppressions(connection)] == [True, False]


def test_a_lost_or_another_key_is_told(connection, key_file):
    put(connection, key_file)
    Path(key_file).unlink()
    with pytest.raises(SuppressionError, match="the file is missing"):
        suppressed(connection, key_file)
    Path(key_file).write_text("ab" * 32)
    Path(key_file).chmod(0o600)
    with pytest.raises(SuppressionError, match="not the key of these suppressions"):
        suppressed(connection, key_file)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"by": "2"}, "2 is analyst"),
        ({"first": LAST, "last": FIRST}, "--from is after --to"),
        ({"last": TODAY + timedelta(days=1)}, "is ahead: nobody may be kept out of what is still to come"),
        ({"reason": f"of {MARK}"}, "--reason holds what might be a mark"),
        ({"reason": ""}, "--reason is empty"),
    ],
)
def test_a_wrong_one_is_refused(connection, key_file, changes, error):
    with pytest.raises((SuppressionError, PeopleError, FreeTextError), match=error):
        put(connection, key_file, **changes)
    assert suppressions.suppressions(connection) == []


def test_a_restriction_is_lifted_and_an_erasure_is_not(connection, key_file):
    erased = put(connection, key_file)
    restricted = put(connection, key_file, why=Why.RESTRICTED, hold_id="hold00001")
    with pytest.raises(SuppressionError, match="is of an erasure"):
        suppressions.lift(connection, erased, "3", "why", NOW)
    with pytest.raises(PeopleError, match="2 is analyst"):
        suppressions.lift(connection, restricted, "2", "why", NOW)
    assert suppressions.restriction(connection, restricted, "3", "it was right", NOW).hold_id == "hold00001"
    suppressions.lift(connection, restricted, "3", "it was right", NOW)
    with pytest.raises(SuppressionError, match="there is no suppression"):
        suppressions.lift(connection, restricted, "3", "why", NOW)


def test_it_goes_when_whatever_could_come_back_has_expired(connection, key_file):
    put(connection, key_file)
    assert suppressions.forget(connection, date(2028, 11, 19)) == 0
    assert suppressions.forget(connection, date(2028, 11, 20)) == 1
    assert suppressed(connection, key_file) is None


def test_a_name_is_not_given_twice_when_an_older_one_has_expired(connection, key_file):
    first = put(connection, key_file, last=FIRST)
    connection.execute(SUPPRESSIONS.update().values(expires_on=TODAY))
    second = put(connection, key_file)
    assert suppressions.forget(connection, TODAY) == 1
    assert len({first, second, put(connection, key_file, first=LAST)}) == 3
