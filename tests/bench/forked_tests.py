"""Pytest in copies of one process, so that each run begins with what takes seconds to import and Java is started once.

Each line of the input holds the arguments of a run, separated by blanks; each line of the output is its exit status, or
`timeout`. What the tests are about is imported by the copies alone: between two runs it may change.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial

# What the tests' own modules import; only for what this does to the copies' first seconds.
import deltalake  # noqa: F401
import great_expectations  # noqa: F401
import hypothesis  # noqa: F401
import pandas as pd  # noqa: F401
import polars as pl  # noqa: F401
import pyspark.sql  # noqa: F401
import pytest
from pyspark.java_gateway import launch_gateway

_TIMEOUT_S = 300
"""Some faults end in endless loops."""
_POLL_S = 0.02


class _Java:
    """A Java with Spark, to which the copies connect as commands of spark-submit do."""

    def __init__(self) -> None:
        self._gateway = launch_gateway()
        parameters = self._gateway.gateway_parameters
        os.environ |= {"PYSPARK_GATEWAY_PORT": str(parameters.port), "PYSPARK_GATEWAY_SECRET": parameters.auth_token}

    def stop(self) -> None:
        del os.environ["PYSPARK_GATEWAY_PORT"], os.environ["PYSPARK_GATEWAY_SECRET"]
        self._gateway.proc.kill()
        self._gateway.proc.wait()


def _in_a_copy(run: Callable[[], int]) -> int | None:
    """The exit status of what a copy of this process does; None if it was ended for taking too long."""
    if (copy := os.fork()) == 0:
        os.setsid()
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(quiet, stream)
        sys.exit(run())
    end = time.monotonic() + _TIMEOUT_S
    while time.monotonic() < end:
        done, status = os.waitpid(copy, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(_POLL_S)
    os.killpg(copy, signal.SIGKILL)
    os.waitpid(copy, 0)
    return None


def main() -> None:
    """Serve until the input ends."""
    java = _Java()
    for line in sys.stdin:
        status = _in_a_copy(partial(pytest.main, line.split()))
        if status is None:  # its session is still there, and a Java has one at a time
            java.stop()
            java = _Java()
        sys.stdout.write(f"{'timeout' if status is None else status}\n")
        sys.stdout.flush()
    java.stop()


if __name__ == "__main__":
    main()
