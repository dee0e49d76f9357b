"""Quality over time: the days of a night profiled, held against their history, and kept as history for the next."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from pyspark.sql import DataFrame

from jobs.domain.cameras import in_force
from jobs.domain.tokens import site_code
from jobs.lake.store import Rows
from jobs.lake.tables import CAMERA_DAYS, CAMERAS, FEED_FILES, Table
from jobs.quality.gate import Audit, Outcome
from jobs.quality.history import (
    Finding,
    Profile,
    camera_findings,
    nothing_seen,
    stopped,
    usual_days,
)
from jobs.quality.profile import profile_days
from jobs.runtime.night import Night
from jobs.settings import QualitySettings


def profiled(night: Night, table: Table, days: Collection[date]) -> Rows:
    """Rows of `camera_days` of days of a table of reads; nothing is written yet."""
    if not days:
        return []
    rows = profile_days(night.store, table, days, night.settings.quality)
    return [row | night.stamp for row in rows]


def held_against_history(night: Night, profiles: Rows, days: Sequence[date]) -> list[Audit]:
    """What the history says of each staged day, and of the feeds of this night; nothing is recorded yet.

    Earlier days of the same night are history too. A check that finds nothing leaves one outcome that counts the
    cameras that it judged; one that could judge none leaves none.
    """
    stored = night.store.rows(CAMERA_DAYS, days=_before(night, days)) if days else []
    by_day: dict[date, dict[str, Profile]] = defaultdict(dict)
    for row in (*(row for row in stored if row["capture_date"] not in days), *profiles):
        by_day[row["capture_date"]][row["camera_id"]] = row
    register = night.store.rows(CAMERAS, "camera_id", "valid_from", "valid_to") if days else []
    audits = [Audit(CAMERA_DAYS, day, len(by_day[day]), _day(night, day, by_day, register)) for day in days]
    # Whether or not there is a day to judge: that nothing came at all is what this is for.
    return [one for one in (*audits, _feeds(night)) if one.outcomes]


def keep(night: Night, profiles: Rows, days: Collection[date]) -> DataFrame:
    """Make the profiles of published days history.

    Returns:
        The profiles as a frame.
    """
    night.store.replace_rows(CAMERA_DAYS, profiles, days)
    return night.store.frame(CAMERA_DAYS, profiles).coalesce(1)  # small: one task


def _before(night: Night, days: Sequence[date]) -> list[date]:
    """The days of all histories."""
    length = night.settings.quality.history.days
    return sorted({day - timedelta(days=number) for day in days for number in range(1, length + 1)})


def _day(night: Night, day: date, by_day: Mapping[date, Mapping[str, Profile]], register: Rows) -> list[Outcome]:
    settings, key = night.settings.quality, night.token_key
    history = [one for one in _before(night, [day]) if one in by_day]
    usual = usual_days(day, history, settings.history.min_days)
    cameras = {camera_id for one in (*history, day) for camera_id in by_day[one]} - _retired(register, day)
    judged, found = Counter[str](), []
    for camera_id in sorted(cameras):
        past = _filled(camera_id, history, by_day)
        of_usual = [past[one] for one in usual if one in past]
        today = by_day[day].get(camera_id, nothing_seen(camera_id))
        checks, findings = camera_findings(today, of_usual, list(past.values()), settings)
        judged.update(checks)
        found += [(site_code(key, camera_id), finding) for finding in findings]
    partners = [_partners(by_day[one]) for one in history]
    return [
        *_outcomes(found, judged, settings),
        *_of_feeds("partner_sources", _partners(by_day[day]), partners, settings),
    ]


def _filled(
    camera_id: str, history: Sequence[date], by_day: Mapping[date, Mapping[str, Profile]]
) -> dict[date, Profile]:
    """A camera's row of each day since its first; a day on which it saw nothing has one too."""
    first = next((number for number, day in enumerate(history) if camera_id in by_day[day]), len(history))
    empty = nothing_seen(camera_id)
    return {day: by_day[day].get(camera_id, empty) for day in history[first:]}


def _retired(register: Rows, day: date) -> set[str]:
    """Cameras that the register no longer has in use: their silence is no fault."""
    in_use = {one["camera_id"] for one in register if in_force(one, day)}
    return {one["camera_id"] for one in register} - in_use


def _partners(cameras: Mapping[str, Profile]) -> Counter[str]:
    """Reads of a day by partner source."""
    counts: Counter[str] = Counter()
    for row in cameras.values():
        counts.update(row["partner_sources"])
    return counts


def _feeds(night: Night) -> Audit:
    """Kinds of feed that brought files on most nights and none on this one."""
    files: dict[date, Counter[str]] = defaultdict(Counter)
    before = _before(night, [night.process_date])
    # Those of other days are backlog, which no night brings regularly.
    for file in night.store.rows(FEED_FILES, "process_date", "source_kind", days=[*before, night.process_date]):
        files[file["process_date"]][file["source_kind"]] += 1
    past = [files[one] for one in before if one in files]
    tonight = files[night.process_date]
    outcomes = _of_feeds("source_kind", tonight, past, night.settings.quality)
    return Audit(FEED_FILES, night.process_date, tonight.total(), outcomes)


def _of_feeds(
    column: str, today: Counter[str], past: Sequence[Counter[str]], settings: QualitySettings
) -> list[Outcome]:
    found = list(stopped(column, today, past, settings))
    judged = len(set().union(*past)) if len(past) >= settings.history.min_days else 0
    return _outcomes(found, {"feed_stopped": judged}, settings, column)


def _outcomes(
    found: Sequence[tuple[str, Finding]], judged: Mapping[str, int], settings: QualitySettings, of: str | None = None
) -> list[Outcome]:
    """An outcome for each finding of a subject, and one for each check that judged some and found nothing."""
    outcomes, unusual = [], {finding.check for _, finding in found}
    for subject, one in found:
        check = getattr(settings.checks, one.check)
        values = (subject, one.observed, one.expected)
        outcomes.append(Outcome(one.check, one.column, check.severity, False, None, None, check.owner, *values))
    for name, count in judged.items():
        if count and name not in unusual:
            check = getattr(settings.checks, name)
            outcomes.append(Outcome(name, of, check.severity, True, count, 0, check.owner))
    return outcomes
