"""What a failed night leaves: staged days that nobody will publish, and working files of killed jobs."""

from pathlib import Path

from jobs.lake.tables import READS_STAGED
from jobs.night import Night, RunSummary
from jobs.session import remove_dead_scratch


def recover(night: Night) -> RunSummary:
    """Empty the stage and remove dead working folders; what was published stays. A new run does the rest."""
    days = night.store.days_of_night(READS_STAGED, night.process_date)
    if days:
        night.store.replace_rows(READS_STAGED, [], days)
    folders = remove_dead_scratch(Path(night.settings.storage.scratch))
    return RunSummary(
        tables=(READS_STAGED,), notes={"staged_days_removed": len(days), "working_folders_removed": folders}
    )
