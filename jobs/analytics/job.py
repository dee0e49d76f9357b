"""The night's analytics: builds the days and windows whose reads, cameras or hot-lists have changed."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from functools import partial

from jobs.analytics.analysis import Analysis
from jobs.analytics.journeys import named_vehicles
from jobs.analytics.registry import ANALYSES, window_days
from jobs.domain.lineage import Inputs
from jobs.lake.shuffle import IN_MEMORY, persisted
from jobs.lake.tables import READS
from jobs.runtime.lineage import Built, Lineage, records_of_tables, write_records
from jobs.runtime.night import Night, RunSummary
from jobs.runtime.parallel import in_parallel


def analyse(night: Night) -> RunSummary:
    """Build what is due: hits, journeys and flows of days; convoys and clones of windows, the newest first.

    A night builds at most `analytics.windows_a_night` windows; the others wait for the next one, and are told. A
    backfill builds all that it is asked for: what is stale by rules no night would build.
    """
    lineage = night.lineage()
    of_days = [one for one in ANALYSES if not one.unit.is_window]
    parts = [partial(_build_days, night, lineage, one) for one in of_days]
    counts = in_parallel(*parts, partial(_build_windows, night, lineage))
    lineage.take_over_files()
    notes = {name: number for found in counts for name, number in found.items()}
    return RunSummary(tables=tuple(table for one in ANALYSES for table in one.unit.tables), notes=notes)


def due_of(night: Night, lineage: Lineage, analysis: Analysis) -> dict[date, Inputs]:
    """The days or windows that an analysis has to build, in order, with their inputs."""
    return night.due(lineage, analysis.unit, lineage.days(READS))


def windows_due(night: Night, lineage: Lineage) -> dict[date, dict[Analysis, Inputs]]:
    """The windows that some analysis has to build, the newest first; which these are, and their inputs."""
    found = defaultdict[date, dict[Analysis, Inputs]](dict)
    for analysis in ANALYSES:
        if analysis.unit.is_window:
            for window_end, inputs in due_of(night, lineage, analysis).items():
                found[window_end][analysis] = inputs
    return {window_end: found[window_end] for window_end in sorted(found, reverse=True)}


def _build_days(night: Night, lineage: Lineage, analysis: Analysis) -> dict[str, int]:
    due = due_of(night, lineage, analysis)
    if not due:
        return {}
    built = analysis.build(night, list(due), None)
    _record(night, analysis, due, built)
    return {analysis.unit.name: _rows(analysis, built)}


def _build_windows(night: Night, lineage: Lineage) -> dict[str, int]:
    windows = list(windows_due(night, lineage).items())
    most = len(windows) if night.scope else night.settings.analytics.windows_a_night
    counts = Counter({"windows_built": len(windows[:most]), "windows_waiting": len(windows[most:])})
    for window_end, due in windows[:most]:
        counts.update(_build_window(night, window_end, due))
    return {name: count for name, count in counts.items() if count}


def _build_window(night: Night, window_end: date, due: Mapping[Analysis, Inputs]) -> dict[str, int]:
    """Build what is due of a window, all of it on the same reads."""
    window = named_vehicles(night.store.read_days(READS, window_days(night.settings, window_end)))
    with persisted(window, IN_MEMORY) as reads:
        found = in_parallel(*(partial(one.build, night, [window_end], reads) for one in due))
    for (analysis, inputs), built in zip(due.items(), found, strict=True):
        _record(night, analysis, {window_end: inputs}, built)
    return {one.unit.name: _rows(one, built) for one, built in zip(due, found, strict=True)}


def _rows(analysis: Analysis, built: Built) -> int:
    return sum(content.rows for content in built[analysis.unit.tables[0]].values())


def _record(night: Night, analysis: Analysis, due: Mapping[date, Inputs], built: Built) -> None:
    """Write down what was built, once all of it is committed."""
    records = records_of_tables(night.store, analysis.unit, night.settings, due, built)
    write_records(night.store, records, night.stamp)
