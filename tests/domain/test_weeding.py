"""What decisions do to an entry of a hot-list: from which day on, until when, and in whatever order."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.domain.weeding import Decision, Kind, Weeding, is_closed, is_confirmed, is_weeded, last_day


def november(day):
    return date(2026, 11, day)


def decided(kind, day, weed_date=20, until=None):
    return Decision("e", kind, "2", "why", november(day), november(weed_date), until and november(until))


def weeded_days(*decisions, weed_date=20, days=range(10, 21)):
    return [day for day in days if is_weeded(decisions, november(weed_date), november(day))]


WEED = decided(Kind.WEED, 15)


def test_an_entry_is_weeded_from_the_day_of_the_decision_on_and_not_before():
    assert weeded_days() == []
    assert weeded_days(WEED) == list(range(15, 21))


def test_a_later_list_alone_brings_it_back_as_little_as_an_extension_alone():
    assert weeded_days(WEED, weed_date=28) == list(range(15, 21))
    assert weeded_days(WEED, decided(Kind.EXTEND, 16, until=19)) == list(range(15, 21))


def test_both_together_do_from_the_extension_on_until_its_last_day():
    assert weeded_days(WEED, decided(Kind.EXTEND, 16, until=18), weed_date=21) == [15, 19, 20]


@pytest.mark.parametrize("weed_date", [19, 20])
def test_a_list_with_the_same_weed_date_or_an_older_one_is_no_newer_one(weed_date):
    assert 17 in weeded_days(WEED, decided(Kind.EXTEND, 16, until=20), weed_date=weed_date)


def test_of_extensions_the_last_counts_and_what_was_extended_may_be_weeded_again():
    longer, shorter = decided(Kind.EXTEND, 16, until=20), decided(Kind.EXTEND, 17, until=18)
    assert weeded_days(WEED, longer, shorter, weed_date=21) == [15, 19, 20]
    assert weeded_days(WEED, longer, decided(Kind.WEED, 18, weed_date=21), weed_date=21) == [15, 18, 19, 20]
    # An extension of before says nothing against what was decided after it.
    assert weeded_days(longer, decided(Kind.WEED, 17), weed_date=21) == [17, 18, 19, 20]


def test_that_it_is_relevant_or_its_case_closed_weeds_nothing_and_brings_nothing_back():
    assert weeded_days(decided(Kind.CLOSE, 11), decided(Kind.CONFIRM, 12)) == []
    assert weeded_days(WEED, decided(Kind.CONFIRM, 16), weed_date=21) == list(range(15, 21))


def test_a_confirmation_holds_from_its_day_to_the_weed_date_of_then():
    confirmed = decided(Kind.CONFIRM, 12, weed_date=18)
    assert [day for day in range(10, 21) if is_confirmed([confirmed], november(day))] == list(range(12, 19))


def test_of_a_closed_case_and_a_confirmation_the_last_counts():
    close, confirm = decided(Kind.CLOSE, 12), decided(Kind.CONFIRM, 12)
    assert (is_closed([confirm, close]), is_confirmed([confirm, close], november(13))) == (True, False)
    assert (is_closed([close, confirm]), is_confirmed([close, confirm], november(13))) == (False, True)
    assert (is_closed([]), is_confirmed([], november(13))) == (False, False)
    assert is_closed([close, WEED])


def test_an_entry_may_match_up_to_so_many_days_after_a_list_had_it_first():
    assert last_day(november(1), 27) == november(28)


def test_of_a_version_those_are_taken_out_that_are_weeded_and_would_match():
    listed = [
        {"entry_id": name, "version": version, "weed_date": november(weed_date)}
        for name, version, weed_date in (("b", "v", 20), ("a", "v", 16), ("kept", "v", 20), ("b", "other", 14))
    ]
    weeding = Weeding({"a": [WEED], "b": [WEED], "kept": [decided(Kind.CONFIRM, 12)]}, listed)
    assert [weeding.taken_out("v", november(day)) for day in (14, 15, 16, 17)] == [[], ["a", "b"], ["a", "b"], ["b"]]
    assert weeding.taken_out("other", november(15)) == []  # its weed date is past: nothing is left to take out
    assert weeding.taken_out("unknown", november(15)) == []


days = st.integers(1, 28)
any_decision = st.builds(decided, st.sampled_from(Kind), days, days, days)


@given(st.lists(any_decision, max_size=6).map(lambda found: sorted(found, key=lambda one: one.decided_on)), days, days)
def test_a_decision_changes_no_day_before_its_own(decisions, weed_date, day):
    known = [one for one in decisions if one.decided_on <= november(day)]
    assert is_weeded(decisions, november(weed_date), november(day)) == is_weeded(
        known, november(weed_date), november(day)
    )
