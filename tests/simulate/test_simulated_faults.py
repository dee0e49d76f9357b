import json
from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.simulate.broken import REASONS, break_row
from jobs.simulate.reports import CONFUSIONS, misread_text

GOOD = {
    "fixed": "F001,2026-11-20T08:00:00.000Z,AB12CDE,0.95,towards,1",
    "mobile": '{"unit": "MOB01", "camera_id": "M01", "captured_at": "2026-11-20T08:00:00.000+01:00",'
    ' "vrm": "AB12CDE", "confidence": 0.95, "direction": "away", "latitude": 53.5, "longitude": -4.9}',
    "partner": "AB12CDE|11|1|42|2026-11-20T08:00:00.000Z|53.5|-4.9|0|1|2|3|95|true||",
}
ALL = [(source, reason) for source, reasons in REASONS.items() for reason in reasons]
DAY = date(2026, 11, 20)


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=8), st.integers(0, 1000))
def test_a_misread_differs_in_one_character_by_a_usual_confusion(vrm, seed):
    wrong = misread_text(vrm, np.random.default_rng(seed))
    changed = [(right, read) for right, read in zip(vrm, wrong, strict=True) if right != read]
    assert len(changed) == 1
    assert changed[0][1] in CONFUSIONS[changed[0][0]]


@pytest.mark.parametrize(("source", "reason"), ALL)
def test_a_broken_row_differs_from_the_good_one_and_stays_one_line(source, reason):
    for seed in range(6):
        row = break_row(source, GOOD[source], reason, DAY, np.random.default_rng(seed))
        assert row != GOOD[source].encode()
        assert b"\n" not in row
        assert b"~" not in row


@pytest.mark.parametrize("source", list(REASONS))
def test_a_row_that_is_not_utf8_cannot_be_decoded(source):
    row = break_row(source, GOOD[source], "not_utf8", DAY, np.random.default_rng(1))
    with pytest.raises(UnicodeDecodeError):
        row.decode()


@pytest.mark.parametrize("source", ["fixed", "mobile"])
def test_a_long_line_is_longer_than_64_kib_and_no_other_is(source):
    for reason in REASONS[source]:
        row = break_row(source, GOOD[source], reason, DAY, np.random.default_rng(1))
        assert (len(row) > 64 * 1024) == (reason == "line_too_long")


def test_a_time_without_a_zone_is_otherwise_good():
    row = break_row("mobile", GOOD["mobile"], "time_no_zone", DAY, np.random.default_rng(1))
    assert datetime.fromisoformat(json.loads(row)["captured_at"]).tzinfo is None


def test_a_broken_json_row_is_no_json_or_lacks_a_key():
    kinds = set()
    for seed in range(12):
        row = break_row("mobile", GOOD["mobile"], "malformed", DAY, np.random.default_rng(seed))
        try:
            assert "captured_at" not in json.loads(row)
            kinds.add("missing key")
        except json.JSONDecodeError:
            kinds.add("no json")
    assert kinds == {"missing key", "no json"}


@pytest.mark.parametrize("source", ["fixed", "partner"])
def test_a_malformed_row_has_the_wrong_number_of_fields(source):
    separator = "," if source == "fixed" else "|"
    fields = GOOD[source].count(separator)
    for seed in range(6):
        row = break_row(source, GOOD[source], "malformed", DAY, np.random.default_rng(seed)).decode()
        assert row.count(separator) != fields
