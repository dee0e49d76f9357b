"""When a row's life ends: the retention classes, and the cutoff of each under the profile in force."""

from datetime import date, timedelta
from enum import StrEnum

from jobs.settings import AccessTier, RetentionProfile


class RetentionClass(StrEnum):
    """Which day count of the retention profile ends a row's life: `<class>.days` in conf/retention.yaml."""

    READS = "reads"
    IMAGES = "images"
    FOOTAGE = "footage"
    LANDING = "landing"
    GOVERNANCE = "governance"
    # What a legal hold keeps, for as long as it is in force.
    HELD = "held"


def cutoff(profile: RetentionProfile, retention: RetentionClass, process_date: date) -> date:
    """The newest day of capture that has expired on `process_date`.

    A row captured on day D and kept N days expires on D + N, so on day P all up to P - N have expired. What is held
    goes whatever its day, once it is not held any more.
    """
    return process_date - timedelta(days=maximum_days(profile, retention) or 0)


def maximum_days(profile: RetentionProfile, retention: RetentionClass) -> int | None:
    """Days from capture after which the class has expired; None where no day says that."""
    if retention is RetentionClass.HELD:
        return None
    days: int = getattr(profile, retention).days
    return days


def all_maximum_days(profile: RetentionProfile) -> dict[str, int]:
    """The same of all classes that end with a day."""
    found = {str(one): maximum_days(profile, one) for one in RetentionClass}
    return {name: days for name, days in found.items() if days is not None}


def access_tier(profile: RetentionProfile, captured_on: date, today: date) -> AccessTier | None:
    """Who may authorise that a read is seen, by its age; None once it has expired, or where it is still to come."""
    age = (today - captured_on).days
    if age < 0:
        return None
    return next((tier for tier in profile.access if age < tier.until_days), None)
