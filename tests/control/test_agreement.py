"""Tables that somebody edits by hand say otherwise than the log."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, update

from jobs.control import by_day, corrections, holds, people, suppressions
from jobs.control.agreement import DisagreementError, require_agreement
from jobs.control.corrections import Correction
from jobs.control.holds import Hold, Scope
from jobs.control.log import forget
from jobs.control.schema import CORRECTIONS, HOLD_SCOPES, HOLDS, PEOPLE, SUPPRESSIONS
from jobs.control.suppressions import Suppression, Why
from tests.factories import staff

NOW = datetime.now(UTC)
TODAY = NOW.date()
DAY = date(2026, 1, 1)


@pytest.fixture
def connection(control):
    """A transaction with people; holds, suppressions and corrections, two each, of which the second one is over."""
    with control.deciding() as opened:
        staff(opened, TODAY)
        people.review(opened, "2", TODAY + timedelta(days=9), "1", TODAY)
        people.end(opened, "2", "1", TODAY)
        for name in ("AB12CDE", "WX34YZA"):
            hold = Hold("Op Kestrel", "trial", "3", TODAY + timedelta(days=9), Scope(frozenset({name})))
            placed = holds.place(opened, hold, NOW)
            holds.keep_sightings(opened, placed, ["s1", "s2"])
        holds.ask_release(opened, placed, "3", "over", "closed", TODAY)
        holds.release(opened, placed, "4", NOW)
        for vehicle in ("a", "b"):
            one = Suppression(vehicle, date(2026, 1, 1), date(2026, 1, 2), Why.RESTRICTED, "complaint", "3")
            name = suppressions.place(opened, one, b"k" * 32, TODAY + timedelta(days=900), NOW)
        suppressions.lift(opened, name, "4", "it was right", NOW)
        for name in ("s1", "s1", "s2"):
            one = Correction(name, DAY, "AB12CDE", "read wrong", "3")
            corrections.place(opened, one, TODAY + timedelta(days=900), NOW)
        corrections.place(opened, Correction("s0", DAY, "WX34YZA", "read wrong", "3"), TODAY + timedelta(days=900), NOW)
        corrections.forget_vehicles(opened, ["WX34YZA"], (DAY, DAY), [], ["s2"])
        yield opened


def test_what_was_decided_agrees(connection):
    require_agreement(connection, TODAY)


@pytest.mark.parametrize(
    ("edit", "about"),
    [
        (update(PEOPLE).where(PEOPLE.c.staff_no == "1").values(role="authoriser"), "1"),
        (update(PEOPLE).where(PEOPLE.c.staff_no == "3").values(until=date(2099, 1, 1)), "3"),
        (update(PEOPLE).where(PEOPLE.c.staff_no == "2").values(ended_on=None), "2"),
        (delete(PEOPLE).where(PEOPLE.c.staff_no == "4"), "4"),
        (update(HOLDS).where(HOLDS.c.hold_id == "hold00001").values(released_at="2026-01-01"), "hold00001"),
        (update(HOLDS).where(HOLDS.c.hold_id == "hold00002").values(released_at=None), "hold00002"),
        (delete(HOLD_SCOPES), "hold00001"),
        (update(HOLD_SCOPES).where(HOLD_SCOPES.c.kind == "vehicle").values(value="ZZ99ZZZ"), "hold00001"),
        (update(HOLD_SCOPES).where(HOLD_SCOPES.c.kind == "salt").values(value="0"), "hold00001"),
        (update(HOLD_SCOPES).where(HOLD_SCOPES.c.value == "s1").values(value="x"), "hold00001"),
        (delete(HOLD_SCOPES).where(HOLD_SCOPES.c.kind == "sighting"), "hold00001"),
        (
            update(SUPPRESSIONS).where(SUPPRESSIONS.c.suppression_id == "suppression00001").values({"token": "0"}),
            "suppression00001",
        ),
        (
            update(SUPPRESSIONS).where(SUPPRESSIONS.c.suppression_id == "suppression00001").values(first_day=TODAY),
            "suppression00001",
        ),
        (update(SUPPRESSIONS).where(SUPPRESSIONS.c.lifted_at.is_(None)).values(expires_on=TODAY), "suppression00001"),
        (delete(SUPPRESSIONS).where(SUPPRESSIONS.c.suppression_id == "suppression00001"), "suppression00001"),
        (
            update(SUPPRESSIONS).where(SUPPRESSIONS.c.suppression_id == "suppression00002").values(lifted_at=None),
            "suppression00002",
        ),
        (delete(CORRECTIONS), "s0, s1"),
        (update(CORRECTIONS).where(CORRECTIONS.c.sighting_id == "s1").values(vrm="ZZ99ZZZ"), "s1"),
        (update(CORRECTIONS).where(CORRECTIONS.c.sighting_id == "s1").values(vrm=None), "s1"),
        (update(CORRECTIONS).where(CORRECTIONS.c.sighting_id == "s0").values(vrm="ZZ99ZZZ", salt="0"), "s0"),
        (update(CORRECTIONS).values(capture_date=date(2099, 1, 1)), "s0, s1"),
        (update(CORRECTIONS).values(position=CORRECTIONS.c.position - 1), "s0, s1"),
        (
            insert(CORRECTIONS).values(
                sighting_id="s2",
                capture_date=DAY,
                vrm="X",
                reason="x",
                placed_by="3",
                corrected_at="x",
                position=0,
                expires_on=DAY,
            ),
            "s2",
        ),
    ],
)
def test_what_was_edited_by_hand_is_named(connection, edit, about):
    connection.execute(edit)
    with pytest.raises(DisagreementError, match=f"says otherwise than its log of {about}$"):
        require_agreement(connection, TODAY)


def test_what_has_expired_is_gone_from_both(connection):
    connection.execute(update(SUPPRESSIONS).values(expires_on=TODAY))
    suppressions.forget(connection, TODAY)
    by_day.remove_until(connection, CORRECTIONS, DAY)
    forget(connection, TODAY + timedelta(days=900))
    require_agreement(connection, TODAY)


def test_a_purge_that_was_ended_between_the_table_and_the_log_is_no_edit(connection):
    by_day.remove_until(connection, CORRECTIONS, DAY)
    require_agreement(connection, TODAY + timedelta(days=900))
