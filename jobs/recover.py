"""What a failed night leaves: staged days that nobody will publish, and working files of killed jobs."""

from pathlib import Path

import pyspark.sql.functions as F

from jobs.lake.tables import READS_STAGED
from jobs.night import Night, RunSummary
from jobs.session import remove_dead_scratch


def recover(night: Night) -> RunSummary:
    """Empty the stage and remove dead working folders; what was published stays. A new run does the rest."""
    staged = night.store.read(READS_STAGED).where(F.col("process_date") == night.process_date)
    days = [row.capture_date for row in staged.select("capture_date").distinct().collect()]
    if days:
        night.store.replace_days(READS_STAGED, staged.where(F.lit(False)), days)
    folders = remove_dead_scratch(Path(night.settings.storage.scratch))
    return RunSummary(
        tables=(READS_STAGED,), notes={"staged_days_removed": len(days), "working_folders_removed": folders}
    )
