"""All that the report tells, as one dictionary of JSON: counts, dates, names of tables, runs, holds and staff."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from jobs.control.heads import public_keys, verify_log
from jobs.control.log import LogError
from jobs.domain.errors import LakeError
from jobs.report.compliance.ages import places, reads_by_month, reads_by_tier, tables
from jobs.report.compliance.clauses import judged, load_clauses
from jobs.report.compliance.decisions import decisions
from jobs.report.compliance.hits import hits_that_came_to_nothing
from jobs.report.compliance.junit import read_report
from jobs.report.compliance.purges import erasures, ledger_of, purged_places, purges
from jobs.report.compliance.quality import quality
from jobs.runtime.night import Night
from jobs.runtime.redaction import describe
from jobs.settings import conf_dir

KIND = "compliance report of an anprlake"


def compliance_document(night: Night, note: str) -> dict[str, Any]:
    """Gather it.

    Args:
        night: as of which ages are told.
        note: the signed head of the log.
    """
    log = _log(night, note)  # makes the control database where there is none
    ledger, tests = ledger_of(night), read_report(night.settings.report.tests)
    with night.look() as connection:
        keys = public_keys(connection) if connection else []
        decided = decisions(connection, night.settings.control.people_review_days)
        erased = erasures(night, connection, keys) if connection else []
    retention = night.settings.retention
    found = {
        "kind": KIND, "software": version("anprlake"), "as_of": str(night.process_date), "run_id": night.run_id,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "profile": {"name": retention.profile, **retention.limits.model_dump(mode="json")},
        "access": list(reads_by_tier(night)),
        "tables": list(tables(night)), "places": list(places(night)), "reads_by_month": reads_by_month(night),
        "purges": purges(night, ledger, keys), "purged_places": list(purged_places(ledger)),
        "erasures": erased, **decided,
        "quality": _or_why_not(quality, night), "hits": _or_why_not(hits_that_came_to_nothing, night),
        "tests": tests.told(), "clauses": list(judged(load_clauses(conf_dir()), tests)), "log": log,
    }  # fmt: skip
    return found | {"problems": list(_problems(found))}


def _log(night: Night, note: str) -> dict[str, Any]:
    try:
        found = verify_log(night.settings, [note])
    except LogError as error:
        return {"broken": str(error), "rows": None, "heads": None, "note": note}
    return {"broken": None, "rows": found.head.size, "heads": found.heads, "note": note}


def _or_why_not(part: Callable[[Night], dict[str, Any]], night: Night) -> dict[str, Any]:
    """A part, or what stands in its way: a damaged table, a lost key. The rest is told all the same."""
    try:
        return part(night)
    except LakeError as error:
        return {"cannot": describe(error)}


def _problems(found: Mapping[str, Any]) -> Iterable[str]:
    """What is wrong with the retention of this lake, in sentences; none where all is in order."""
    profile = found["profile"]["name"]
    if late := [one["table"] for one in found["tables"] if one["kept"] is False]:
        yield f"{len(late)} table(s) hold data older than allowed: {', '.join(late)}."
    if unreadable := [one["table"] for one in found["tables"] if one["kept"] is None]:
        yield f"{len(unreadable)} table(s) are damaged, and nobody can tell: {', '.join(unreadable)}."
    if left := [one["place"] for one in found["places"] if one["rows"] or one["files"]]:
        yield f"What has expired under {profile} is still in {', '.join(left)}."
    if incomplete := [one["place"] for one in found["purged_places"] if one["error"]]:
        yield f"The last purge could not remove what has expired in {', '.join(incomplete)}."
    newest = found["purges"][0]["certificate"] if found["purges"] else None
    if newest and not newest["signed"]:
        yield "The certificate of the last purge is not as it was signed."
    elif newest and not newest["complete"]:
        yield "The certificate of the last purge says that it is NOT complete."
    yield from _problems_of_vehicles(found)
    if found["log"]["broken"]:
        yield f"The log is BROKEN: {found['log']['broken']}."


def _problems_of_vehicles(found: Mapping[str, Any]) -> Iterable[str]:
    if count := sum(not (one["certificate"] or {}).get("signed") for one in found["erasures"]):
        yield f"{count} certificate(s) of erased vehicles are missing, or not as they were signed."
    if found["vehicles"].get("not_done"):
        yield f"Erasures that were ended on the way: {', '.join(found['vehicles']['not_done'])}."
    if count := found["vehicles"].get("corrections_not_done"):
        yield f"Corrections that were ended on the way: {count}; `anprlake vehicle list` names their sightings."
