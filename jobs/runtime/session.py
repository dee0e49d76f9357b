"""The only place that builds a SparkSession and its working folder."""

import atexit
import os
import shutil
import sys
import time

from pyspark.sql import SparkSession

from jobs.runtime.permissions import UMASK
from jobs.runtime.scratch import SCRATCH, own_scratch, remove_dead_scratch
from jobs.settings import Settings, conf_dir

_SECRET = "_SPARK_AUTH_SECRET"  # noqa: S105 - the name of the variable that Spark's own daemons read


def build_session(settings: Settings, app_name: str, extra: dict[str, str] | None = None) -> SparkSession:
    """Start Spark with conf/spark and a working folder of this process's own, removed at its end.

    Args:
        settings: `storage.scratch` and `storage.umask` are used; all else of Spark is in conf/spark.
        app_name: shown by Spark; holds no plate.
        extra: further spark.* settings, for tests.
    """
    os.environ.setdefault("SPARK_CONF_DIR", str(conf_dir() / "spark"))
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")
    # Collected timestamps come in the process's own zone: it is UTC here as everywhere else.
    os.environ["TZ"] = "UTC"
    time.tzset()
    remove_dead_scratch(settings.storage.scratch)
    scratch = own_scratch(settings.storage.scratch)
    scratch.mkdir(parents=True, exist_ok=True)
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    own = {
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        # Hadoop gives files its own permissions, whatever the process's mask is.
        "spark.hadoop.fs.permissions.umask-mode": settings.storage.umask,
        # What jobs/runtime/worker_daemon.py needs to know on each host.
        f"spark.executorEnv.{UMASK}": settings.storage.umask,
        f"spark.executorEnv.{SCRATCH}": settings.storage.scratch,
    }
    if secret := os.environ.get(_SECRET):
        own["spark.authenticate.secret"] = secret
    builder = SparkSession.builder.appName(app_name)
    for key, value in (own | (extra or {})).items():
        builder = builder.config(key, value)
    return builder.getOrCreate()
