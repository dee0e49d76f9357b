"""The stages of a night, in order: what `anprlake nightly` runs in one session and `anpr_nightly` one task each."""

from jobs.analytics.job import analyse
from jobs.consolidate.job import consolidate
from jobs.footage.job import read_footage
from jobs.ingest.job import ingest
from jobs.quality.publish import validate
from jobs.runtime.night import Job

STAGES: dict[str, Job] = {
    "ingest": ingest,
    "ocr": read_footage,
    "consolidate": consolidate,
    "validate": validate,
    "analyse": analyse,
}
