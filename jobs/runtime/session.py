"""The only place that builds a SparkSession and its working folder."""

import atexit
import os
import shutil
import socket
import sys
import time
from pathlib import Path

from pyspark.sql import SparkSession

from jobs.settings import Settings, conf_dir


def build_session(settings: Settings, app_name: str, extra: dict[str, str] | None = None) -> SparkSession:
    """Start Spark with conf/spark and a working folder of this process's own, removed at its end.

    Args:
        settings: only `storage.scratch` is used; all else of Spark is in conf/spark.
        app_name: shown by Spark; holds no plate.
        extra: further spark.* settings, for tests.
    """
    os.environ.setdefault("SPARK_CONF_DIR", str(conf_dir() / "spark"))
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")
    # Collected timestamps come in the process's own zone: it is UTC here as everywhere else.
    os.environ["TZ"] = "UTC"
    time.tzset()
    remove_dead_scratch(Path(settings.storage.scratch))
    builder = SparkSession.builder.appName(app_name)
    if "://" not in settings.storage.scratch:
        scratch = Path(settings.storage.scratch) / f"{socket.gethostname()}-{os.getpid()}"
        scratch.mkdir(parents=True, exist_ok=True)
        atexit.register(shutil.rmtree, scratch, ignore_errors=True)
        builder = builder.config("spark.local.dir", str(scratch)).config(
            "spark.sql.warehouse.dir", str(scratch / "warehouse")
        )
    for key, value in (extra or {}).items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def remove_dead_scratch(scratch: Path) -> int:
    """Remove working folders of processes of this host that are gone: a killed job leaves raw rows there.

    Returns:
        Number of folders removed.
    """
    removed = 0
    for folder in scratch.glob(f"{socket.gethostname()}-*"):
        pid = folder.name.rsplit("-", 1)[1]
        if pid.isdigit() and not Path("/proc", pid).exists():
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed
