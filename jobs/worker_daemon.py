"""The process from which Spark forks its Python workers: what all of them need is imported here, once.

`spark.python.daemon.module` names it. A worker that begins from nothing takes two seconds to import the same.
"""

from pyspark.daemon import manager

import jobs.consolidate.job
import jobs.ingest.feeds
import jobs.quality.publish  # noqa: F401 - imported for the workers, which are copies of this process

if __name__ == "__main__":
    manager()  # type: ignore[no-untyped-call] # Spark's own
