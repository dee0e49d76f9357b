"""Marks that people give, one a line: never as an argument of a command, which others on the machine may see."""

import pyarrow as pa

from jobs.domain.errors import LakeError
from jobs.ingest.vrms import read_vrms


class VehiclesError(LakeError):
    """A list of vehicles that cannot be used; the message has the number of the line, and not what it says."""


def vehicles_of(text: str) -> frozenset[str]:
    """Marks of a file, as the tables have them.

    Raises:
        VehiclesError: a line is no whole mark, or there is none.
    """
    lines = {number: line for number, line in enumerate(text.splitlines(), start=1) if line.strip()}
    if not lines:
        raise VehiclesError("the list of vehicles is empty")
    read = read_vrms(pa.array(list(lines.values()), pa.string()), "?*")
    for number, vrm, fault in zip(lines, read.vrm.to_pylist(), read.fault, strict=True):
        if fault or not vrm or "?" in vrm:
            raise VehiclesError(f"line {number} of the list of vehicles is no whole mark")
    return frozenset(read.vrm.to_pylist())
