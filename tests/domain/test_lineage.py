"""The rule of lineage: what a day is, by the records of its tables and its inputs as they are."""

from dataclasses import replace
from datetime import date

import pytest

from jobs.domain.lineage import Record, State, Status, digest, keyed_digest, refused, status

INPUTS = {"restricted.sightings": "a"}
BUILT = Record(
    "restricted.reads", date(2026, 11, 20), date(2026, 11, 19), INPUTS, "s", 1, "files", "content", 5, State.BUILT
)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (None, Status.MISSING),
        (BUILT, Status.FRESH),
        (replace(BUILT, state=State.EMPTY), Status.FRESH),
        (replace(BUILT, inputs={"restricted.sightings": "b"}), Status.STALE),
        (replace(BUILT, inputs={}), Status.STALE),
        (replace(BUILT, settings="t"), Status.STALE_BY_RULES),
        (replace(BUILT, rules=0), Status.STALE_BY_RULES),
        (replace(BUILT, rules=2), Status.STALE_BY_RULES),
        (replace(BUILT, state=State.REFUSED), Status.REFUSED),
        (replace(BUILT, state=State.REFUSED, settings="t"), Status.STALE),
        (replace(BUILT, state=State.REFUSED, rules=2), Status.STALE),
        (replace(BUILT, state=State.REFUSED, inputs={}), Status.STALE),
        (replace(BUILT, settings="t", inputs={"restricted.sightings": "b"}), Status.STALE),
        (replace(BUILT, settings="t", inputs={}), Status.STALE_BY_RULES),  # a window of another length
        (replace(BUILT, rules=2, inputs={"restricted.sightings": "a", "more": "b"}), Status.STALE_BY_RULES),
        (replace(BUILT, state=State.REFUSED, settings="t", inputs={}), Status.STALE),
    ],
)
def test_a_day_is_what_its_record_says_beside_its_inputs_settings_and_rules(record, expected):
    assert status([record], INPUTS, "s", 1) is expected


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([BUILT, None], Status.MISSING),
        ([BUILT, replace(BUILT, inputs={})], Status.STALE),
        ([None, replace(BUILT, inputs={})], Status.MISSING),
        ([replace(BUILT, settings="t"), replace(BUILT, state=State.REFUSED)], Status.REFUSED),
        ([BUILT, replace(BUILT, settings="t")], Status.STALE_BY_RULES),
        ([replace(BUILT, inputs={}), replace(BUILT, state=State.REFUSED)], Status.STALE),
    ],
)
def test_of_the_tables_of_a_unit_the_gravest_counts(records, expected):
    assert status(records, INPUTS, "s", 1) is expected


def test_what_was_refused_leaves_what_is_published_as_it_was():
    attempt = replace(BUILT, inputs={"restricted.sightings": "b"}, files="new", content="new", rows=7)
    found = refused(BUILT, attempt)
    assert (found.state, found.inputs) == (State.REFUSED, attempt.inputs)
    assert (found.files, found.content, found.rows) == ("files", "content", 5)
    first = refused(None, attempt)
    assert (first.state, first.files, first.content, first.rows) == (State.REFUSED, "", "", 0)


def test_digests_tell_texts_and_their_order_apart_and_the_keyed_one_keys():
    assert len({digest(["a", "b"]), digest(["b", "a"]), digest(["ab"]), digest(["a"])}) == 4
    assert len({keyed_digest(key, texts) for key in (b"k", b"l") for texts in (["a"], ["b"])}) == 4
    assert keyed_digest(b"k", ["a"]) != digest(["a"])
    assert {len(digest(["a"])), len(keyed_digest(b"k", ["a"]))} == {32}
