"""`python -m tests.bench.lake.one_mark READER TABLE MARK`: one mark's reads, with seconds and megabytes, as JSON."""

import json
import os
import sys
import time
from pathlib import Path

from jobs.runtime.session import build_session
from jobs.settings import load_settings


def _with_duckdb(path: str, vrm: str) -> tuple[int, float, float]:
    import duckdb
    import duckdb_extension_delta

    folder = Path(duckdb_extension_delta.__file__).parent
    database = duckdb.connect()
    database.execute(f"LOAD '{folder}/extensions/v{duckdb.__version__}/delta.duckdb_extension'")
    before, began = _read_by(os.getpid()), time.perf_counter()
    rows = database.execute(f"SELECT * FROM delta_scan('{path}') WHERE vrm = ?", [vrm]).fetchall()  # noqa: S608 - a path of the benchmark
    return len(rows), time.perf_counter() - began, _read_by(os.getpid()) - before


def _with_spark(path: str, vrm: str) -> tuple[int, float, float]:
    import pyspark.sql.functions as F

    spark = build_session(load_settings(), "one mark")
    pid = spark.sparkContext._jvm.java.lang.ProcessHandle.current().pid()
    before, began = _read_by(pid), time.perf_counter()
    rows = spark.read.format("delta").load(path).where(F.col("vrm") == vrm).collect()
    found = len(rows), time.perf_counter() - began, _read_by(pid) - before
    spark.stop()
    return found


def _read_by(pid: int) -> float:
    """Bytes that a process has read so far, by the kernel's count."""
    return float(Path(f"/proc/{pid}/io").read_text().splitlines()[0].split()[1])


if __name__ == "__main__":
    rows, seconds, read = {"duckdb": _with_duckdb, "spark": _with_spark}[sys.argv[1]](*sys.argv[2:])
    sys.stdout.write(json.dumps({"rows": rows, "seconds": seconds, "mb": read / 1e6}) + "\n")
