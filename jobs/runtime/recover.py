"""What a failed night leaves: staged days that nobody will publish, and working files of killed jobs.

What was read of footage that is still new stays: the next run goes on from there.
"""

from jobs.footage.working_files import remove_working_files
from jobs.lake.tables import FOOTAGE, READS_STAGED
from jobs.runtime.lineage import forget
from jobs.runtime.night import Night, RunSummary
from jobs.runtime.scratch import remove_dead_scratch


def recover(night: Night) -> RunSummary:
    """Empty the stage and remove dead working folders; what was published stays. A new run does the rest."""
    days = night.store.files_by_day(READS_STAGED).keys()
    if days:
        night.store.replace_files(READS_STAGED, [], days)
    forget(night.store, [READS_STAGED])
    folders = remove_dead_scratch(night.settings.storage.scratch)
    new = {file["footage_id"] for file in night.store.rows(FOOTAGE) if file["status"] == "new"}
    folders += remove_working_files(night.store.root, new)
    return RunSummary(
        tables=(READS_STAGED,), notes={"staged_days_removed": len(days), "working_folders_removed": folders}
    )
