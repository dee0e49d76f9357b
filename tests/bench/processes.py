"""Runs a command, in a lake of its own, and watches what it and all its children cost."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_SAMPLE_S = 1.0
ANPRLAKE = str(Path(sys.executable).with_name("anprlake"))


def environment(work: Path, lake: str = "lake") -> dict[str, str]:
    """This process's variables, with the places of a lake below a folder."""
    places = {"ROOT": lake, "LANDING": "landing", "SCRATCH": "scratch", "TOKEN_KEY": "token.key"}
    control = {"SIGNING_KEY": f"{lake}.control.key", "HEADS": f"{lake}.heads"}
    return (
        dict(os.environ)
        | {f"ANPRLAKE_STORAGE__{key}": str(work / name) for key, name in places.items()}
        | {f"ANPRLAKE_CONTROL__{key}": str(work / name) for key, name in control.items()}
    )


@dataclass(frozen=True)
class Cost:
    """What a command took: wall-clock seconds, and the peak of the memory of all its processes in GB.

    Memory is the proportional share (PSS), so that pages which processes share count once.
    """

    seconds: float
    peak_gb: float


def run_watched(command: Sequence[str], log: Path, environment: dict[str, str]) -> Cost:
    """Run a command to its end with its output in `log`.

    Raises:
        RuntimeError: it failed; the message names the log.
    """
    began = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
        peak = [0.0]
        watcher = threading.Thread(target=_watch, args=(psutil.Process(process.pid), peak), daemon=True)
        watcher.start()
        code = process.wait()
    seconds = time.perf_counter() - began
    watcher.join()
    if code:
        raise RuntimeError(f"{command[0]} {command[1]} ended with {code}: see {log}")
    return Cost(seconds, peak[0])


def _watch(root: psutil.Process, peak: list[float]) -> None:
    while root.is_running():
        try:
            family = [root, *root.children(recursive=True)]
            peak[0] = max(peak[0], sum(_memory(one) for one in family) / 2**30)
        except psutil.NoSuchProcess:
            return
        time.sleep(_SAMPLE_S)


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return 0
