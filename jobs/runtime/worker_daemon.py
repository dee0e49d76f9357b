"""The process from which Spark forks its Python workers: what all of them need is imported here, once.

`spark.python.daemon.module` names it. A worker that begins from nothing takes two seconds to import the same.
"""

import gc

from pyspark.daemon import manager

import jobs.consolidate.job
import jobs.ingest.feeds
import jobs.quality.publish  # noqa: F401 - imported for the workers, which are copies of this process

if __name__ == "__main__":
    # A worker collects garbage after each task: it need not look at all that was imported each time.
    gc.freeze()
    manager()  # type: ignore[no-untyped-call] # Spark's own
