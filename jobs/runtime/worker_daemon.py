"""The process from which Spark forks its Python workers: what all of them need is imported here, once.

`spark.python.daemon.module` names it. A worker that begins from nothing takes two seconds to import the same.
"""

import gc
import os

from jobs.runtime.permissions import UMASK
from jobs.runtime.redaction import configure_logging, hide_values
from jobs.runtime.scratch import SCRATCH, remove_dead_scratch


def main() -> None:
    """Serve Spark with workers that write private files and tell no values; first remove what dead ones left here."""
    if UMASK in os.environ:
        os.umask(int(os.environ[UMASK], 8))
    if SCRATCH in os.environ:
        remove_dead_scratch(os.environ[SCRATCH])
    configure_logging()
    hide_values()  # before Spark's modules are imported, which take it over

    from pyspark.daemon import manager

    import jobs.consolidate.job
    import jobs.ingest.feeds
    import jobs.quality.publish  # noqa: F401 - imported for the workers, which are copies of this process

    # A worker collects garbage after each task: it need not look at all that was imported each time.
    gc.freeze()
    manager()  # type: ignore[no-untyped-call] # Spark's own


if __name__ == "__main__":
    main()
