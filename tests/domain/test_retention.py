"""When a row's life ends, and who may authorise that it is seen until then."""

from datetime import date, timedelta

import pytest

from jobs.domain.retention import RetentionClass, access_tier, cutoff, maximum_days
from jobs.settings import load_settings

TODAY = date(2026, 11, 20)
PROFILE = load_settings(environment={}).retention.limits


@pytest.mark.parametrize(
    ("age", "rank"), [(0, None), (89, None), (90, "superintendent"), (729, "superintendent"), (730, ""), (-1, "")]
)
def test_each_age_has_one_tier_until_it_has_expired(age, rank):
    tier = access_tier(PROFILE, TODAY - timedelta(days=age), TODAY)
    assert (tier.rank if tier else "") == rank


def test_a_row_expires_on_the_day_that_its_age_is_the_maximum():
    for one in RetentionClass:
        days = maximum_days(PROFILE, one)
        assert cutoff(PROFILE, one, TODAY) == TODAY - timedelta(days=days or 0)
    assert maximum_days(PROFILE, RetentionClass.READS) == 730
    assert maximum_days(PROFILE, RetentionClass.HELD) is None
