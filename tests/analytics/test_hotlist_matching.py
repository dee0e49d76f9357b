"""Marks against a hot-list's marks: equal, by wildcard, or one usual confusion away."""

import random
import re

import pytest

from jobs.analytics.hotlist_matching import matches
from ocr.vrm import CONFUSED


def found(spark, read, listed):
    vrms = spark.createDataFrame([(vrm,) for vrm in read], "vrm STRING")
    entries = spark.createDataFrame([(vrm,) for vrm in listed], "entry_vrm STRING")
    rows = [tuple(row) for row in matches(vrms, entries).select("vrm", "entry_vrm", "match").collect()]
    assert len(set(rows)) == len(rows)
    return sorted(rows)


def test_a_mark_meets_an_equal_entry_a_pattern_that_fits_and_one_that_is_one_confusion_away(spark):
    read = ["AB12CDE", "A812CDE", "AB12CDF", "AB12CD"]
    listed = ["AB12CDE", "AB12CD?", "AB1*", "*2CDF", "ZZ1*", "WX34YZA"]
    assert found(spark, read, listed) == sorted([
        ("A812CDE", "AB12CDE", "possible"),
        ("AB12CD", "AB1*", "partial"),
        ("AB12CDE", "AB12CD?", "partial"), ("AB12CDE", "AB12CDE", "exact"), ("AB12CDE", "AB1*", "partial"),
        ("AB12CDF", "*2CDF", "partial"), ("AB12CDF", "AB12CD?", "partial"), ("AB12CDF", "AB1*", "partial"),
        ("AB12CDF", "AB12CDE", "possible"),
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("read", "entry", "possible"),
    [
        ("A812CDE", "AB12CDE", True),
        ("AB1ZCDE", "AB12CDE", True),
        ("A81ZCDE", "AB12CDE", False),  # two confusions
        ("AB12CDX", "AB12CDE", False),  # no usual one
        ("AB12CD", "AB12CDE", False),
        ("AB12CDEE", "AB12CDE", False),
        ("OB12CDE", "0B12CDE", True),
    ],
)
def test_possible_is_exactly_one_usual_confusion_away(spark, read, entry, possible):
    assert found(spark, [read], [entry]) == ([(read, entry, "possible")] if possible else [])


def confused(one, other):
    return any(one in group and other in group for group in CONFUSED)


def expected(read, listed):
    """The same by comparing every mark with every entry."""
    for entry in listed:
        pattern = entry.replace("?", "[A-Z0-9]").replace("*", "[A-Z0-9]*")
        for vrm in read:
            differ = [(a, b) for a, b in zip(vrm, entry, strict=False) if a != b]
            if "?" in entry or "*" in entry:
                if re.fullmatch(pattern, vrm):
                    yield vrm, entry, "partial"
            elif vrm == entry:
                yield vrm, entry, "exact"
            elif len(vrm) == len(entry) and len(differ) == 1 and confused(*differ[0]):
                yield vrm, entry, "possible"


def drawn(draw, characters, count):
    return {"".join(draw.choices(characters, k=draw.randint(1, 7))) for _ in range(count)}


def test_nothing_is_missed_or_added_by_comparing_only_what_may_meet(spark):
    draw = random.Random(20261120)
    # Few characters, so that marks and entries often meet.
    read = drawn(draw, "A8B1", 400)
    listed = {entry for entry in drawn(draw, "A8B1??*", 400) if set(entry) - set("?*")}
    wanted = sorted(expected(read, listed))
    assert {match for *_, match in wanted} == {"exact", "partial", "possible"}
    assert found(spark, read, listed) == wanted
