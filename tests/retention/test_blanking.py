"""Lines made empty in files as received: the others stay as they were, and keep their numbers."""

import gzip
import os
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from jobs.ingest.feeds import ingest_feeds
from jobs.ingest.job import ingest
from jobs.ingest.landing import hash_file
from jobs.lake.tables import FEED_FILES, QUARANTINE, SIGHTINGS
from jobs.retention import blanking
from jobs.retention.blanking import blanked, put_in_place
from jobs.retention.purge.job import plan, purge
from tests.factories import feed, land, register
from tests.retention.conftest import NIGHT

LINES = b"one\ntwo\r\n\nfour\nlast"


def packed(kind):
    if kind == "zstd":
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, "zstd") as stream:
            stream.write(LINES)
        return sink.getvalue().to_pybytes()
    return gzip.compress(LINES) if kind == "gzip" else LINES


def unpacked(kind, content):
    if kind == "zstd":
        return pa.CompressedInputStream(pa.BufferReader(content), "zstd").read()
    return gzip.decompress(content) if kind == "gzip" else content


@pytest.mark.parametrize("kind", ["plain", "gzip", "zstd"])
@pytest.mark.parametrize(
    ("places", "count", "expected"),
    [
        ({"2"}, 1, b"one\n\n\nfour\nlast"), ({"1", "4"}, 2, b"\ntwo\r\n\n\nlast"),
        ({"5"}, 1, b"one\ntwo\r\n\nfour\n\n"), ({"3"}, 0, LINES), ({"99"}, 0, LINES), (set(), 0, LINES),
    ],
)  # fmt: skip
def test_lines_are_made_empty_and_the_others_stay_in_their_places(tmp_path, kind, places, count, expected):
    path = tmp_path / "2026-11-20/fixed/x.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(packed(kind))
    path.chmod(0o640)
    found = blanked(str(tmp_path), "2026-11-20/fixed/x.csv", places)
    put_in_place(str(tmp_path), found)
    assert unpacked(kind, path.read_bytes()) == expected
    assert (found.places, found.bytes) == (count, path.stat().st_size)
    assert [one.name for one in path.parent.iterdir()] == ["x.csv"]
    assert path.stat().st_mode & 0o777 in {0o640, 0o600}  # as it was, or as the umask has it
    assert found.changed_at.timestamp() == pytest.approx(path.stat().st_mtime, abs=1e-5)


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_of_a_packed_file_that_breaks_off_what_can_be_unpacked_stays(tmp_path, monkeypatch, kind):
    lines = b"".join(f"{number} {os.urandom(9).hex()}\n".encode() for number in range(20_000))
    monkeypatch.setattr(f"{__name__}.LINES", lines)
    path = tmp_path / "2026-11-20/fixed/x.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(packed(kind)[:-10_000])
    found = blanked(str(tmp_path), "2026-11-20/fixed/x.csv", {"2"})
    put_in_place(str(tmp_path), found)
    left = unpacked(kind, path.read_bytes())
    first, second, rest = left.split(b"\n", 2)
    assert (second, found.places) == (b"", 1)
    assert lines.startswith(first + b"\n")
    assert rest in lines
    assert len(rest) > 300_000


@pytest.mark.parametrize(
    ("places", "count", "expected"),
    [
        ({"1.2"}, 1, b"a~~c\r\nd~e\n"), ({"1.1", "1.3"}, 2, b"~b~\r\nd~e\n"), ({"1.1", "1.2", "1.3"}, 3, b"\nd~e\n"),
        ({"2"}, 2, b"a~b~c\r\n\n"), ({"2", "2.1"}, 2, b"a~b~c\r\n\n"), ({"1.9"}, 0, b"a~b~c\r\nd~e\n"),
    ],
)  # fmt: skip
def test_records_of_messages_are_made_empty_and_the_others_stay_in_theirs(tmp_path, places, count, expected):
    path = tmp_path / "2026-11-20/partner/x.bof2"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a~b~c\r\nd~e\n")
    found = blanked(str(tmp_path), "2026-11-20/partner/x.bof2", places)
    put_in_place(str(tmp_path), found)
    assert (path.read_bytes(), found.places >= min(count, 1) and bool(found.places) == bool(count)) == (expected, True)


@pytest.fixture
def landed(night):
    """A feed of three rows: a good one, one that has expired, and one whose time is none but that states an old day."""
    rows = [("2026-11-20T08:00:00", "AB12CDE"), ("2017-01-02T08:00:00", "WX34YZA"), ("2017-01-03T08:00", "KL56MNO")]
    land(night, f"{NIGHT}/cameras/cameras.csv", register("F001"))
    land(night, f"{NIGHT}/fixed/reads.csv", feed(*rows) + "F001,on 2017-01-04 at noon,KL56MNO,0.9,towards,1\n")
    ingest(night)
    return night


def test_of_a_row_that_had_expired_nothing_is_kept_its_line_included(landed):
    path = Path(landed.settings.storage.landing) / f"{NIGHT}/fixed/reads.csv"
    refused = landed.store.rows(QUARANTINE)
    assert {(row["line_no"], row["payload"]) for row in refused} == {(3, ""), (4, ""), (5, "")}
    assert {one.place: one.rows for one in plan(landed) if one.rows} == {"landing.lines": 3}
    purge(landed)
    text = path.read_text()
    assert ("2017" in text, "AB12CDE" in text, text.count("\n")) == (False, True, 5)
    assert [one for one in plan(landed) if one.is_something] == []
    (row,) = landed.store.rows(FEED_FILES)
    now = hash_file(landed.settings.storage.landing, f"{NIGHT}/fixed/reads.csv")
    assert (row["blanked"], row["lies_as"]) == (["3", "4", "5"], now)


def test_a_file_whose_lines_were_made_empty_is_not_taken_for_a_new_one(landed):
    purge(landed)
    before = landed.store.rows(SIGHTINGS), landed.store.rows(QUARANTINE)
    assert ingest_feeds(landed).files == 0
    assert (landed.store.rows(SIGHTINGS), landed.store.rows(QUARANTINE)) == before


def test_it_is_known_by_its_bytes_whoever_touches_it_or_puts_it_back_as_it_came(landed):
    path = Path(landed.settings.storage.landing) / f"{NIGHT}/fixed/reads.csv"
    as_it_came = path.read_bytes()
    os.utime(path, (1, 1))
    purge(landed)
    blank = path.read_bytes()
    assert b"2017" not in blank
    os.utime(path, (2, 2))
    assert ingest_feeds(landed).files == 0
    path.write_bytes(as_it_came)
    assert {one.place: one.rows for one in plan(landed) if one.rows} == {"landing.lines": 3}
    purge(landed)
    assert path.read_bytes() == blank


def test_the_very_bytes_sent_again_lose_the_same_lines(landed):
    folder = Path(landed.settings.storage.landing) / f"{NIGHT}/fixed"
    as_it_came = (folder / "reads.csv").read_bytes()
    purge(landed)
    (folder / "again.csv").write_bytes(as_it_came)
    ingest(replace(landed, run_id="again"))
    purge(landed)
    assert (folder / "again.csv").read_bytes() == (folder / "reads.csv").read_bytes() != as_it_came


def test_ended_before_it_takes_its_place_the_next_purge_does_it(landed, monkeypatch):
    def ended(*_):
        raise KeyboardInterrupt

    path = Path(landed.settings.storage.landing) / f"{NIGHT}/fixed/reads.csv"
    with monkeypatch.context() as patch:
        patch.setattr(blanking, "put_in_place", ended)
        with pytest.raises(KeyboardInterrupt):
            purge(landed)
    assert b"2017" in path.read_bytes()
    purge(landed)
    assert b"2017" not in path.read_bytes()
    assert [one.name for one in path.parent.iterdir()] == ["reads.csv"]
    assert ingest_feeds(landed).files == 0


def test_a_file_that_waits_is_still_read_again_when_what_it_needs_has_come(night):
    rows = [("2026-11-20T08:00:00", "AB12CDE"), ("2017-01-02T08:00:00", "WX34YZA")]
    land(night, f"{NIGHT}/fixed/early.csv", feed(*rows))
    ingest(night)
    assert landed_rows(night) == (0, {"camera_unknown", "time_expired"})
    purge(night)
    land(night, f"{NIGHT}/cameras/cameras.csv", register("F001"))
    ingest(replace(night, run_id="later"))
    assert landed_rows(night) == (1, set())


def landed_rows(night):
    return len(night.store.rows(SIGHTINGS)), {row["reason"] for row in night.store.rows(QUARANTINE)}


def test_a_file_of_which_nothing_could_be_read_stays_as_it_came(night):
    path = Path(night.settings.storage.landing) / f"{NIGHT}/fixed/archive.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PK\x03\x04" + b"first line\nsecond line\n")
    before = path.read_bytes()
    ingest(night)
    assert {(row["reason"], row["payload"]) for row in night.store.rows(QUARANTINE)} == {("file_packed_otherwise", "")}
    assert [one.place for one in plan(night) if one.is_something] == []
    purge(night)
    assert path.read_bytes() == before
