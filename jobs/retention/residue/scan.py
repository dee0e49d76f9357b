"""Which files a scan looks at, and what came of all of them.

Each night all footers and logs, and of the rest a thirtieth and what is new, so that all is decoded within 30 days.
"""

import secrets
import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path, PurePosixPath
from random import Random
from zlib import crc32

from pyarrow import fs
from sqlalchemy import text

from jobs.control.corrections import marks
from jobs.control.database import open_control
from jobs.control.holds import holds
from jobs.control.log import entries
from jobs.domain.retention import RetentionClass, cutoff
from jobs.ingest.formats.kinds import FEEDS
from jobs.ingest.landing import LandedFile, list_held, open_landed
from jobs.lake.damage import DamagedTableError
from jobs.lake.storage import LinkError, open_folder
from jobs.lake.tables import CATALOGUE, FOOTAGE, READS, SIGHTINGS
from jobs.retention.expired import FOOTAGE_PLACE, LANDING_PLACES
from jobs.retention.places import last_day_of
from jobs.retention.residue.kinds import Kind, Known, LakeFile, classified
from jobs.retention.residue.needles import Needles
from jobs.retention.residue.readers import Find, Look, Looked, Reader, old_dates, partition_day
from jobs.runtime.night import Night
from jobs.runtime.redaction import redact

ROTATION_DAYS = 30
SCANNED = "residue_scan"
_BYTES_A_TASK = 32 << 20
_CANARY = "restricted/.canary-"
_ALWAYS_DEEP = frozenset({Kind.LOG, Kind.CHECKPOINT, Kind.ORPHAN, Kind.UNKNOWN, Kind.DATABASE, Kind.PAGE})
_SAMPLE = 8


@dataclass(frozen=True)
class Scan:
    """What a scan came to.

    Attributes:
        files: looked at; `decoded`: of them whole.
        bytes: of all of them; `decoded_bytes`: of those that were decoded.
        marks: that were looked for, `of` so many; none where the purge goes on after it was ended.
        parts: of the thirty that were decoded tonight.
        canary: whether what was planted was found.
        finds: what should not be there.
    """

    files: int
    bytes: int
    decoded_bytes: int
    marks: int
    of: int
    parts: tuple[int, ...]
    canary: bool
    finds: tuple[Find, ...] = field(default=())


def scan(night: Night, needles: Needles, parts: Iterable[int]) -> Scan:
    """Look at everything that a purge could have missed.

    Args:
        night: as of which ages are counted.
        needles: of what has just gone.
        parts: of the thirty that files are divided into, those to decode whole.
    """
    canary = _canary(night)
    planted = replace(needles, marks=needles.marks | {canary})
    parts = tuple(sorted(parts))
    path = _plant(night, canary)
    try:
        known = known_of(night)
        _checkpoint_database(night)
        looks = [Look(file, _is_deep(file, parts)) for file in lake_files(night, known)]
        looked = _looked(night, Reader(night.store.root, known, _but_held(night, planted)), looks)
    finally:
        _remove(night, path)
    finds = [find for one in looked for find in one.finds]
    own = [find for find in finds if _CANARY.removesuffix("-") in find.path]
    others = [find for find in finds if find not in own]
    return Scan(
        len(looks), sum(look.file.bytes for look in looks), sum(one.bytes for one in looked), len(needles.marks),
        needles.of, parts, any(find.why.startswith("names") for find in own),
        (*others, *_damaged(known), *_of_landing(night, parts), *_of_scratch(night)),
    )  # fmt: skip


def control_scan(night: Night, needles: Needles) -> Looked:
    """What the same readers find of what is about to go: a scan that finds nothing there would prove nothing after."""
    known = known_of(night)
    doomed = [
        replace(file, kind=Kind.ORPHAN) for file in lake_files(night, known)
        if file.kind is Kind.DATA and file.table in {SIGHTINGS, READS} and _has_expired(file, known)
    ]  # fmt: skip
    sample = Random(0).sample(doomed, min(_SAMPLE, len(doomed)))
    found = _looked(night, Reader(night.store.root, known, needles), [Look(file, deep=True) for file in sample])
    finds = tuple(find for one in found for find in one.finds if find.why.startswith("names"))
    return Looked(len(sample), sum(file.bytes for file in sample), finds)


def _has_expired(file: LakeFile, known: Known) -> bool:
    assert file.table  # noqa: S101 - asked for before
    day = partition_day(file.path, file.table.dated_by)
    return day is not None and day <= known.cutoffs[file.table.retention]


def parts_due(night: Night) -> set[int]:
    """The parts of the lake that tonight's scan decodes: its own, and those that no scan of 30 days has."""
    last: dict[int, date] = {}
    with open_control(night.settings) as control, control.reading() as connection:
        for *_, payload in entries(connection, [SCANNED]):
            if payload:
                last |= dict.fromkeys(payload["parts"], date.fromisoformat(payload["as_of"]))
    today = night.process_date
    overdue = {part for part in range(ROTATION_DAYS) if (today - last.get(part, date.min)).days >= ROTATION_DAYS}
    return overdue | {today.toordinal() % ROTATION_DAYS}


def known_of(night: Night) -> Known:
    """What is known of the lake before its files are looked at."""
    live: dict[str, frozenset[str]] = {}
    for table in CATALOGUE:
        try:
            there = night.store.live_files(table) if night.store.exists(table) else ()
            live[table.full_name] = frozenset(there)
        except (DamagedTableError, LinkError):  # told by the scan
            continue
    limits = night.settings.retention.limits
    with open_control(night.settings) as control, control.reading() as connection:
        in_force = frozenset(hold.hold_id for hold in holds(connection, in_force=True))
    new = frozenset(
        row["footage_id"] for row in night.store.rows(FOOTAGE, "footage_id", "status") if row["status"] == "new"
    )
    return Known(live, {one: cutoff(limits, one, night.process_date) for one in RetentionClass}, in_force, new)


def lake_files(night: Night, known: Known) -> Iterator[LakeFile]:
    """Every file below the lake's root, with what it is."""
    filesystem, root = open_folder(night.store.root)
    for info in filesystem.get_file_info(fs.FileSelector(root, recursive=True)):
        if info.type == fs.FileType.File:
            yield classified(str(PurePosixPath(info.path).relative_to(root)), info.size, known)


def _checkpoint_database(night: Night) -> None:
    """Have SQLite bring its journal into the database: 5,000 rows that were deleted have been seen in one."""
    with open_control(night.settings) as control, control.outside_transactions() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))


def _is_deep(file: LakeFile, parts: tuple[int, ...]) -> bool:
    return file.kind in _ALWAYS_DEEP or part_of(file.path) in parts


def part_of(path: str) -> int:
    """Which of the thirty parts a file is of."""
    return crc32(path.encode()) % ROTATION_DAYS


def _looked(night: Night, reader: Reader, looks: list[Look]) -> list[Looked]:
    """What executors found, some files a task."""
    groups: list[list[Look]] = [[]]
    size = 0
    for look in looks:
        if size > _BYTES_A_TASK:
            groups.append([])
            size = 0
        groups[-1].append(look)
        size += look.file.bytes if look.deep else min(look.file.bytes, 1 << 16)
    return night.store.each([group for group in groups if group], reader) if looks else []


def _but_held(night: Night, needles: Needles) -> Needles:
    """Without the vehicles that holds and corrections name: the control database has them by right."""
    with open_control(night.settings) as control, control.reading() as connection:
        held = frozenset[str]().union(*(hold.scope.vehicles for hold in holds(connection, in_force=True)))
        corrected = marks(connection)
    return replace(needles, marks=needles.marks - held - corrected)


# What is planted, and must be found.


def _canary(night: Night) -> str:
    """A mark that nobody has: of no year in which any was issued."""
    letters = Random(night.run_id).choices("BCDFGHJKLM", k=5)
    return f"{letters[0]}{letters[1]}00{''.join(letters[2:])}"


def _plant(night: Night, mark: str) -> str:
    filesystem, root = open_folder(night.store.root)
    for info in filesystem.get_file_info(fs.FileSelector(f"{root}/restricted", allow_not_found=True)):
        if PurePosixPath(info.path).name.startswith(PurePosixPath(_CANARY).name):
            filesystem.delete_file(info.path)
    path = f"{root}/{_CANARY}{secrets.token_hex(4)}.json"
    filesystem.create_dir(f"{root}/restricted")
    with filesystem.open_output_stream(path, compression=None) as stream:
        stream.write(f'{{"vrm": "{mark}"}}'.encode())
    return path


def _remove(night: Night, path: str) -> None:
    open_folder(night.store.root)[0].delete_file(path)


def _damaged(known: Known) -> Iterator[Find]:
    for table in CATALOGUE:
        if table.full_name not in known.live:
            yield Find(f"{table.zone}/{table.name}", "table", "cannot be read: nobody can tell which files it has")


# Beside the lake.


def _of_landing(night: Night, parts: tuple[int, ...]) -> Iterator[Find]:
    """Landing files that should have gone: by when they came, and by the dates that feeds have in them."""
    cutoffs = {place: last_day_of(night, place) for place in LANDING_PLACES}
    feeds = []
    landing = night.settings.storage.landing
    for file in list_held(landing, night.process_date):
        place = next(one for one in LANDING_PLACES if (file.source == "footage") == (one is FOOTAGE_PLACE))
        if file.arrived_on <= cutoffs[place]:
            yield Find(redact(f"landing/{file.path}"), "landing file", f"came by {cutoffs[place]}")
        elif file.source in FEEDS and part_of(file.path) in parts:
            feeds.append((file, cutoffs[place]))
    if feeds:
        for found in night.store.each(feeds, partial(_old_rows, landing)):
            yield from found


def _old_rows(landing: str, feed: tuple[LandedFile, date]) -> list[Find]:
    file, last_day = feed
    told = redact(f"landing/{file.path}")
    try:
        with open_landed(landing, file.path) as stream:
            count = old_dates(stream, last_day)
    except FileNotFoundError:
        return []
    except OSError as error:
        return [Find(told, "landing file", f"cannot be read: {type(error).__name__}")]
    return [Find(told, "landing file", f"has dates up to {last_day}", count)] if count else []


def _of_scratch(night: Night) -> Iterator[Find]:
    """Working folders of this host's processes that are gone, and what is none of a process."""
    for path in Path(night.settings.storage.scratch).glob("*"):
        told, (host, _, pid) = f"scratch/{redact(path.name)}", path.name.rpartition("-")
        if path.is_symlink() or not (path.is_dir() and host and pid.isdigit()):
            yield Find(told, "working file", "is of no process")
        elif host == socket.gethostname() and not Path("/proc", pid).exists() and any(path.rglob("*")):
            yield Find(told, "working folder", "is of a process that is gone")


def told(found: Scan) -> Mapping[str, object]:
    """What the log says of a scan."""
    return {
        "files": found.files, "bytes": found.bytes, "decoded_bytes": found.decoded_bytes, "marks": found.marks,
        "of": found.of, "canary": found.canary, "finds": len(found.finds), "parts": list(found.parts),
    }  # fmt: skip
