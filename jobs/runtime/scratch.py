"""Working folders on this machine: each process has one of its own below `storage.scratch`, named by host and process.

They hold raw rows and copies of footage. A process that ends in order removes its own; what a killed one left, and
Spark's Python workers are always killed, goes when a session or an executor begins on the same host.
"""

import os
import shutil
import socket
from pathlib import Path

SCRATCH = "ANPRLAKE_STORAGE__SCRATCH"
"""The setting's own variable, by which Python workers know it."""


def own_scratch(scratch: str) -> Path:
    """This process's working folder; not made."""
    return Path(scratch) / f"{socket.gethostname()}-{os.getpid()}"


def remove_dead_scratch(scratch: str) -> int:
    """Remove working folders of processes of this host that are gone.

    Returns:
        Number of folders removed.
    """
    removed = 0
    for folder in Path(scratch).glob(f"{socket.gethostname()}-*"):
        pid = folder.name.rsplit("-", 1)[1]
        if pid.isdigit() and not Path("/proc", pid).exists():
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed
