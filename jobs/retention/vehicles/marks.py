"""Marks that people give, one a line: never as an argument of a command, which others on the machine may see."""

import re

import pyarrow as pa

from jobs.domain.errors import LakeError
from jobs.ingest.vrms import is_placeholder, read_vrms
from jobs.settings.ingest import VrmSettings


class VehiclesError(LakeError):
    """A list of vehicles that cannot be used; the message has the number of the line, and not what it says."""


_LINE = re.compile(r"\w{1,10}(?:[ .\-]\w{1,10}){0,2}")
"""A mark in at most three parts, and nothing beside it: a remark or a second mark would be taken for a part of it."""
_LONGEST = 10


def vehicles_of(content: bytes, settings: VrmSettings) -> frozenset[str]:
    """Marks of a file, as the tables have them.

    Args:
        content: of the file.
        settings: what is written for what could not be read: no mark.

    Raises:
        VehiclesError: it is no UTF-8, a line is no whole mark or more than one, or there is none.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise VehiclesError("the list of vehicles is not in UTF-8") from None
    lines = {number: line for number, line in enumerate(text.splitlines(), start=1) if line.strip()}
    if not lines:
        raise VehiclesError("the list of vehicles is empty")
    read = read_vrms(pa.array(list(lines.values()), pa.string()), settings.unread)
    none = is_placeholder(read.vrm, frozenset(settings.placeholders)).to_pylist()
    for number, vrm, fault, is_none in zip(lines, read.vrm.to_pylist(), read.fault, none, strict=True):
        if (
            fault
            or is_none
            or not vrm
            or "?" in vrm
            or len(vrm) > _LONGEST
            or not _LINE.fullmatch(lines[number].strip())
        ):
            raise VehiclesError(f"line {number} of the list of vehicles is no whole mark")
    return frozenset(read.vrm.to_pylist())
