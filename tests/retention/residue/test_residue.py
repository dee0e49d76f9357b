"""The residue scan: what a purge could miss is found wherever it lies, and nothing else is."""

import gzip
import json
import os
import socket
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import delete, insert, update

from jobs.control.database import open_control
from jobs.control.schema import HOLD_SCOPES, HOLDS
from jobs.footage import working_files
from jobs.lake.store import Store
from jobs.lake.tables import (
    ANALYTIC_READS,
    HELD_FOOTAGE,
    HELD_READS,
    READS,
    SIGHTINGS,
)
from jobs.retention.expired import EvidencePlace, LandingPlace
from jobs.retention.purge import job as purging
from jobs.retention.purge.job import purge
from jobs.retention.residue import scan as scanning
from jobs.retention.residue.needles import Needles, needles_of
from jobs.retention.residue.scan import ROTATION_DAYS, control_scan, part_of, parts_due, scan
from jobs.runtime.redaction import redact
from tests.factories import sighting
from tests.retention.conftest import EXPIRED, LAST_KEPT, MARKS, NIGHT
from tests.retention.conftest import read as read_of

ALL = range(ROTATION_DAYS)
GONE = "AB12CDE"
TOKEN = "5e" * 16
NEEDLES = Needles(frozenset({GONE}), frozenset({TOKEN}), 1)


def paths(found):
    return {find.path for find in found.finds}


@pytest.fixture
def purged(lake):
    """The lake of one purge, in which nothing is left."""
    purge(lake)
    return lake


def parquet(path, **columns):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


def dictionary(path):
    """A dictionary that still has a mark which no row has."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = pa.DictionaryArray.from_arrays(pa.array([1, 1], pa.int32()), pa.array([GONE, "x"]))
    pq.write_table(pa.table({"v": values}), path)


def text(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def database(path):
    """Rows that SQLite has deleted, and that still lie in its file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA secure_delete = OFF")
        other.execute("CREATE TABLE t (v TEXT)")
        other.execute("INSERT INTO t VALUES (?)", (f" {GONE} ",))
        other.commit()
        other.execute("DELETE FROM t")
    other.close()


def statistics(path):
    stats = json.dumps({"numRecords": 1, "minValues": {"vrm": "A"}, "maxValues": {}})
    text(path, json.dumps({"add": {"path": "x", "stats": stats}}))


def day_of(table, day):
    return f"{table.zone}/{table.name}/capture_date={day}"


NEVER = f"{day_of(READS, LAST_KEPT)}"
PLANTED = {
    # path below the lake's root, and how it is made
    f"{NEVER}/part-orphan.parquet": partial(parquet, v=[GONE]),
    f"{NEVER}/part-empty.parquet": partial(text, content=b""),
    f"{NEVER}/_hidden.parquet": partial(parquet, v=["x"]),
    f"{NEVER}/.part-gone.parquet.crc": partial(text, content=b"crc\0"),
    f"{day_of(READS, EXPIRED)}/part-of-a-gone-day.parquet": partial(parquet, v=["x"]),
    f"{NEVER}/nested.parquet": partial(parquet, v=[[{"vrm": GONE}]]),
    f"{NEVER}/dictionary.parquet": dictionary,
    "restricted/quarantine/_delta_log/00000000000000000099.json.tmp": partial(text, content=GONE),
    "restricted/quarantine/_delta_log/00000000000000000098.crc": partial(text, content=f'{{"allFiles": "{GONE}"}}'),
    "restricted/quarantine/_delta_log/_last_checkpoint": partial(text, content=f" {GONE.lower()} "),
    "restricted/quarantine/_delta_log/00000000000000000097.checkpoint.parquet": partial(
        parquet, stats=[f'{{"vrm": "{GONE}"}}']
    ),
    "restricted/feed_files/_delta_log/00000000000000000000.json.bak.json": statistics,
    "analytic/by_hand/part-0.parquet": partial(parquet, vehicle_token=[TOKEN]),
    "analytic/by_hand/views.parquet": partial(parquet, vehicle_token=pa.array([TOKEN], pa.string_view())),
    "restricted/by_hand/rows.csv": partial(text, content=f"camera,{GONE}\n"),
    "restricted/notes.txt": partial(text, content="nothing"),
    "restricted/control/control.db.bak": database,
    "restricted/_reading/print/f1/range_00000.json": partial(text, content="{}"),
    "governance/compliance.html": partial(text, content=f"<td>{GONE}</td>"),
    "governance/compliance.json": partial(text, content=json.dumps({"token": TOKEN})),
    "governance/certificates/old.json": partial(text, content=f'{{"run_id": "{GONE}"}}'),
    "restricted/quality.html": partial(text, content=f"<td>{GONE}</td>"),
    "governance/quality.html": partial(text, content="which cameras are blind"),
    "governance/data_dictionary.html": partial(text, content=f"<td>{GONE[:4]} {GONE[4:].lower()}</td>"),
    "governance/certificate.html": partial(text, content=f"<td>{GONE}</td>".encode("utf-16")),
    "governance/certificates/packed.json": partial(text, content=gzip.compress(f"x {GONE}".encode())),
    f"{NEVER}/.part-kept.parquet.crc": partial(text, content=f"crc {GONE}"),
    "governance/export.xlsx": partial(text, content=b"PK"),
    f"governance/{GONE}.json": partial(text, content="{}"),
    "evidence/footage/hold00099/clip.mkv": partial(text, content=b"video"),
    "core.1234": partial(text, content=b"\0" * 5000 + GONE.encode() + b"\0"),
    ".hidden": partial(text, content="x"),
}


def test_what_is_planted_in_any_kind_of_place_is_found_and_nothing_else(purged):
    """Of 31 kinds in the lake, then in landing and scratch, then in tables' own rows."""
    root = Path(purged.store.root)
    assert scan(purged, NEEDLES, ALL).finds == ()
    for path, make in PLANTED.items():
        make(root / path)
    found = scan(purged, NEEDLES, ALL)
    assert found.canary
    told = {path.replace(GONE, "<redacted>") for path in PLANTED}
    assert {path for path in told if not any(path == one or redact(path) == one for one in paths(found))} == set()
    damaged = {"restricted/quarantine"}  # whose log has what is none
    assert len(paths(found) - damaged) == len(PLANTED)
    assert GONE not in str(found)


def _of_day(day):
    return gzip.compress(b"".join(b'{"at": "%s", "n": %d}\n' % (day, number) for number in range(5_000)))


DAMAGED = bytearray(_of_day(b"2026-11-19"))
DAMAGED[2_000:2_100] = b"\xff" * 100
CUT_OFF, OLD_CUT_OFF = _of_day(b"2026-11-19")[:-2_000], _of_day(b"2017-01-02")[:-2_000]
"""All of what is cut off has been looked at; in what is damaged bytes follow that nobody can unpack."""


def test_what_stays_in_landing_and_scratch_is_found(purged):
    landing, scratch = Path(purged.settings.storage.landing), Path(purged.settings.storage.scratch)
    text(landing / "2026-08-22/fixed/late.csv", "camera_id\n")
    text(landing / "2026-11-20/fixed/old-rows.csv", f"camera_id\nF001,2017-01-02T08:00:00Z,{GONE}\n")
    (landing / "2026-11-20/partner").mkdir()
    (landing / "2026-11-20/partner/old.jsonl.gz").write_bytes(gzip.compress(b'{"at": "2017-01-02"}\n'))
    with pa.CompressedOutputStream(str(landing / "2026-11-20/partner/old.jsonl.zst"), "zstd") as packed:
        packed.write(b'{"at": "2017-01-02"}\n')
    (landing / "2026-11-20/partner/broken.jsonl.gz").write_bytes(DAMAGED)
    (landing / "2026-11-20/partner/cut-off.jsonl.gz").write_bytes(CUT_OFF)
    (landing / "2026-11-20/partner/old-cut-off.jsonl.gz").write_bytes(OLD_CUT_OFF)
    text(landing / "2026-11-20/fixed/fresh.csv", "F001,2026-11-19T08:00:00Z,AB12CDE\n")
    text(landing / "2026-11-20/fixed/no-day.csv", "F001,2011-02-30T08:00:00Z,AB12CDE\n")
    text(landing / "2026-11-20/hotlist/list.csv", "2017-01-01\n")
    host = socket.gethostname()
    for folder in (f"{host}-{2**22 + 1}", f"{host}-{os.getpid()}", f"another-host-{2**22 + 1}", "other"):
        text(scratch / folder / "rows.arrow", GONE)
    text(scratch / "loose.bin", GONE)
    found = {
        (find.path, find.why.partition(" up to")[0].partition(":")[0]) for find in scan(purged, NEEDLES, ALL).finds
    }
    assert found == {
        ("landing/2026-08-22/fixed/late.csv", "came by 2026-08-22"),
        ("landing/2026-11-20/fixed/old-rows.csv", "has dates"),
        ("landing/2026-11-20/partner/old.jsonl.gz", "has dates"),
        ("landing/2026-11-20/partner/old.jsonl.zst", "has dates"),
        ("landing/2026-11-20/partner/old-cut-off.jsonl.gz", "has dates"),
        ("landing/2026-11-20/partner/broken.jsonl.gz", "cannot be read"),
        (f"scratch/{host}-{2**22 + 1}", "is of a process that is gone"),
        ("scratch/other", "is of no process"),
        ("scratch/loose.bin", "is of no process"),
    }  # fmt: skip


def read(day, captured_at, **changes):
    return {
        "read_token": "0" * 32, "vehicle_token": "1" * 32, "captured_at": captured_at, "site_code": "S0",
        "vrm_format": "current", "direction": "towards", "source_kinds": [], "flags": [], "process_date": day,
        "run_id": "r", "capture_date": day,
    } | changes  # fmt: skip


def test_a_tables_own_rows_are_found_by_their_times_and_an_open_zones_by_the_vehicles_that_they_name(purged):
    at = datetime(2017, 1, 1, tzinfo=UTC)
    store = purged.store
    late = sighting(NIGHT, captured_at=at)  # a row that lies in the partition of another day
    store.add_files(
        SIGHTINGS, store.data_files(SIGHTINGS).write(pa.Table.from_pylist([late], store.data_files(SIGHTINGS).schema))
    )
    (finds) = scan(purged, NEEDLES, ALL).finds
    assert {find.why for find in finds} == {
        "has times up to 2024-11-20 in its footer", "has rows up to 2024-11-20"
    }  # fmt: skip
    store.append_rows(ANALYTIC_READS, [read(NIGHT, datetime(2026, 11, 20, 8, tzinfo=UTC), flags=[GONE])])
    named = [find for find in scan(purged, NEEDLES, ALL).finds if "analytic" in find.path]
    assert [find.why for find in named] == ["names vehicles that are gone"]
    again = replace(NEEDLES, come_again=frozenset({GONE}))  # reads that remain have it too
    assert [find for find in scan(purged, again, ALL).finds if "analytic" in find.path] == []
    text(Path(store.root) / "governance/old.html", GONE)
    assert "governance/old.html" in paths(scan(purged, again, ALL))


def test_a_row_of_evidence_that_no_hold_keeps_is_found(purged):
    row = dict.fromkeys(HELD_READS.column_names) | {
        "hold_id": "hold00007", "case_ref": "c", "held_at": datetime(2026, 1, 1, tzinfo=UTC), "held_sha256": "x",
        "read_id": "r", "captured_at": datetime(2017, 1, 1, tzinfo=UTC), "camera_id": "F", "vrm": MARKS[0],
        "vrm_format": "x", "direction": "towards", "sighting_ids": [], "source_kinds": [], "sources": [],
        "readings": {}, "flags": [], "process_date": NIGHT, "run_id": "r", "capture_date": date(2017, 1, 1),
    }  # fmt: skip
    purged.store.append_rows(HELD_READS, [row])
    (find,) = scan(purged, NEEDLES, ALL).finds
    assert find.why == "is kept by no hold"


def nothing(*_, **__):
    return None


@pytest.mark.parametrize(
    ("target", "step", "expected"),
    [
        (Store, "vacuum", "restricted/reads/capture_date="),
        (Store, "delete_until", "restricted/reads/capture_date="),
        (LandingPlace, "remove", "landing/2026-08-22/"),
        (purging, "remove_working_files", "restricted/_reading/"),
        (EvidencePlace, "remove", "evidence/footage/"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_with_a_step_of_the_purge_switched_off_the_scan_fails(lake, monkeypatch, target, step, expected):
    text(Path(lake.store.root) / f"restricted/{working_files._FOLDER}/print/f1/range_00000.json", "{}")
    lake.store.ensure(HELD_FOOTAGE)
    text(Path(lake.store.root) / "evidence/footage/hold00009/clip.mkv", "video")
    with monkeypatch.context() as patch:
        patch.setattr(target, step, nothing)
        purge(lake)
    assert any(path.startswith(expected) for path in paths(scan(lake, NEEDLES, ALL)))
    purge(lake)
    assert scan(lake, NEEDLES, ALL).finds == ()


def test_held_footage_of_no_hold_goes_though_its_table_was_never_made(purged):
    clip = Path(purged.store.root) / "evidence/footage/hold00009/clip.mkv"
    text(clip, b"video")
    assert paths(scan(purged, NEEDLES, ALL)) == {"evidence/footage/hold00009/clip.mkv"}
    purge(purged)
    assert (clip.exists(), scan(purged, NEEDLES, ALL).finds) == (False, ())


def test_before_a_purge_the_same_scan_finds_what_goes(lake):
    days = {day for day in lake.store.files_by_day(READS) if day <= EXPIRED}
    needles = needles_of(lake, days)
    assert (needles.marks, needles.of, len(needles.tokens)) == (set(MARKS[:2]), 2, 2)
    assert needles.gone == needles
    later = LAST_KEPT + timedelta(days=1)
    lake.store.append_rows(READS, [read_of("again", later, MARKS[0])])
    again = needles_of(lake, days)
    assert (again.gone.marks, len(again.gone.tokens), again.marks) == ({MARKS[1]}, 1, needles.marks)
    before = control_scan(lake, needles)
    assert (before.files, len(before.finds)) == (2, 2)
    purge(lake)
    assert control_scan(lake, needles) == type(before)(0, 0, ())


def test_a_scan_that_does_not_find_what_is_planted_says_so(purged, monkeypatch):
    monkeypatch.setattr(scanning, "_but_held", lambda *_: Needles())
    assert not scan(purged, NEEDLES, ALL).canary


def test_a_vehicle_that_a_hold_names_may_stand_in_the_control_database(purged):
    with open_control(purged.settings) as control, control.deciding() as connection:
        texts = {"hold_id": "hold00001", "case_ref": "c", "reason": "r", "authoriser": "3", "placed_at": "2026-11-20"}
        connection.execute(insert(HOLDS).values(**texts, everything=False, review_on=date(2027, 1, 1)))
        connection.execute(insert(HOLD_SCOPES).values(hold_id="hold00001", kind="vehicle", value=GONE))
    assert scan(purged, NEEDLES, ALL).finds == ()
    with open_control(purged.settings) as control, control.deciding() as connection:
        connection.execute(delete(HOLD_SCOPES))
        connection.execute(update(HOLDS).values(reason=f"the {GONE}"))
    assert paths(scan(purged, NEEDLES, ALL)) == {"restricted/control/control.db"}


def test_each_part_of_the_lake_is_decoded_within_thirty_days(purged, monkeypatch):
    assert parts_due(purged) == set(ALL)
    monkeypatch.setattr(
        scanning,
        "entries",
        lambda *_: [(0, "", "residue_scan", {"as_of": str(NIGHT - timedelta(days=1)), "parts": list(ALL)})],
    )
    assert parts_due(purged) == {NIGHT.toordinal() % ROTATION_DAYS}


def test_a_file_of_another_part_is_looked_at_by_its_footer_alone(purged):
    (own,) = purged.store.files_by_day(READS)[LAST_KEPT]
    part = part_of(f"restricted/reads/{own.path}")
    whole, others = scan(purged, NEEDLES, ALL), scan(purged, NEEDLES, set(ALL) - {part})
    assert whole.files == others.files
    assert others.decoded_bytes < whole.decoded_bytes
