"""The jobs of a night's stages: `anprlake nightly` runs them in one session, `anpr_nightly` one task each."""

from jobs.analytics.job import analyse
from jobs.analytics.registry import ANALYSES
from jobs.consolidate.due import READS_UNIT
from jobs.consolidate.job import consolidate
from jobs.footage.job import read_footage
from jobs.ingest.job import ingest
from jobs.quality.publish import validate
from jobs.runtime.lineage import Unit
from jobs.runtime.night import Job
from jobs.runtime.stage_names import Stage

STAGES: dict[Stage, Job] = {
    Stage.INGEST: ingest,
    Stage.OCR: read_footage,
    Stage.CONSOLIDATE: consolidate,
    Stage.VALIDATE: validate,
    Stage.ANALYSE: analyse,
}

UNITS: tuple[Unit, ...] = (READS_UNIT, *(one.unit for one in ANALYSES))
"""What is built of days and windows, in the order in which it rests on each other."""
