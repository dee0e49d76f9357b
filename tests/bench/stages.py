"""Some stages of a night in one session: `python -m tests.bench.stages DATE STAGE,STAGE`."""

import sys
from datetime import date

from jobs.lake.store import Store
from jobs.night import Night, run_job
from jobs.nightly import STAGES
from jobs.redaction import configure_logging
from jobs.session import build_session
from jobs.settings import load_settings

if __name__ == "__main__":
    configure_logging()
    settings = load_settings()
    spark = build_session(settings, "anprlake benchmark")
    night = Night(Store(lambda: spark, settings.storage.root), settings, date.fromisoformat(sys.argv[1]), "bench")
    for name in sys.argv[2].split(","):
        run_job(night, name, STAGES[name])
    spark.stop()
