"""Peak memory of a process that reads a minute of quiet footage, and of one that reads an hour of it."""

import resource
import subprocess
import sys

from tests.bench import readers
from tests.bench.figures import Figure, Report
from tests.bench.quiet_footage import HOUR_S, quiet_footage

_MINUTE_S = 60.0
_NOISE = 0.05
"""Two readings of the same file differ by a few percent."""


def memory(report: Report) -> None:
    """A process each, so that one does not inherit the other's peak."""
    minute, hour = (_peak_in_a_process(seconds) for seconds in (_MINUTE_S, HOUR_S))
    report.figures += [
        Figure(
            "memory: an hour of video beside a minute", f"{hour:.3f} GB", f"{minute:.3f} GB", f"{hour / minute:.2f}",
            f"{1 + _NOISE:.2f}", hour / minute <= 1 + _NOISE,
        ),
        Figure("memory: peak RSS of a process that reads", f"{hour:.3f} GB", reach="1 GB", reached=hour <= 1.0),
    ]  # fmt: skip


def _peak_in_a_process(seconds: float) -> float:
    quiet_footage(seconds)
    ended = subprocess.run(
        [sys.executable, "-m", "tests.bench.ocr.memory", str(seconds)], capture_output=True, text=True, check=True
    )
    return float(ended.stdout)


def _peak_gb(seconds: float) -> float:
    """Read so much quiet footage in this process and return the most memory that it ever held, in GB (10^9)."""
    readers.ours().read_video(quiet_footage(seconds)[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    sys.stdout.write(f"{_peak_gb(float(sys.argv[1]))}\n")
