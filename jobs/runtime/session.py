"""The only place that builds a SparkSession and its working folder."""

import atexit
import os
import re
import shutil
import sys
import time

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from jobs.domain.errors import LakeError
from jobs.domain.private_file import read_private
from jobs.runtime.permissions import UMASK
from jobs.runtime.scratch import SCRATCH, own_scratch, remove_dead_scratch
from jobs.settings import Settings, conf_dir

_SECRET = "_SPARK_AUTH_SECRET"  # noqa: S105 - the name of the variable that Spark's own daemons read
_SECRET_SHAPE, _MOST_SECRET = re.compile("[A-Za-z0-9]{32,}"), 4096


def build_session(settings: Settings, app_name: str, extra: dict[str, str] | None = None) -> SparkSession:
    """Start Spark with conf/spark and a working folder of this process's own, removed at its end.

    Args:
        settings: of `storage`, scratch, umask and spark_secret are used; all else of Spark is in conf/spark.
        app_name: shown by Spark; holds no plate.
        extra: further spark.* settings, for tests.

    Raises:
        LakeError: the master needs a secret and there is none, or it is unusable.
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
    builder = SparkSession.builder.appName(app_name)
    for key, value in (own | _authentication(settings.storage.spark_secret) | (extra or {})).items():
        builder = builder.config(key, value)
    try:
        return builder.getOrCreate()
    except Py4JJavaError as error:
        if _SECRET not in os.environ and "spark.authenticate.secret" in str(error.java_exception):
            raise LakeError(
                f"storage.spark_secret: this master needs Spark's secret: name its file, or set {_SECRET}"
            ) from None
        raise


def _authentication(file: str) -> dict[str, str]:
    """Spark's secret, where there is one; never on the command line of a process, which all of a host can read.

    A Java that this process starts takes it from the environment, which Spark prefers to the setting, although it wants
    one; the one that spark-submit started gets it through its socket.

    Raises:
        PrivateFileError: others can use the file.
        LakeError: it is missing, or holds no secret.
    """
    if file:
        secret = (read_private(file, "storage.spark_secret", _MOST_SECRET) or b"").decode("ascii", "replace").strip()
        if not _SECRET_SHAPE.fullmatch(secret):
            raise LakeError("storage.spark_secret: the file must hold 32 or more letters and digits, and nothing else")
        os.environ[_SECRET] = secret
    if _SECRET not in os.environ:
        return {}
    is_submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    return {"spark.authenticate.secret": os.environ[_SECRET] if is_submitted else "in the environment"}
