"""When a row's life ends: the retention classes, and the cutoff of each under the profile in force."""

from datetime import date, timedelta
from enum import StrEnum

from jobs.settings import RetentionProfile


class RetentionClass(StrEnum):
    """Which day count of the retention profile ends a row's life; `<class>_days` in conf/retention.yaml."""

    READS = "reads"
    IMAGES = "images"
    FOOTAGE = "footage"
    LANDING = "landing"
    GOVERNANCE = "governance"
    # Rows with an end of their own: a camera's valid_to, a hold's release.
    OWN_DATES = "own_dates"


def cutoff(profile: RetentionProfile, retention: RetentionClass, process_date: date) -> date:
    """The newest day of capture that has expired on `process_date`.

    A row captured on day D and kept N days expires on D + N, so on day P all up to P - N have expired.
    """
    return process_date - timedelta(days=maximum_days(profile, retention))


def maximum_days(profile: RetentionProfile, retention: RetentionClass) -> int:
    """Days from capture after which the class has expired.

    Raises:
        AttributeError: the class has no day count, because its rows carry dates of their own.
    """
    days: int = getattr(profile, f"{retention}_days")
    return days
