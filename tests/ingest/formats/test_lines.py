"""Feed files to lines: whatever bytes come, each line is there once, with its fault."""

import bz2
import errno
import io
import lzma
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.ingest.formats import lines
from jobs.ingest.formats.lines import landed_lines, read_lines, with_end

HEADER = "a,b"


def read(content: bytes, header: str | None = None, limit: int = 100) -> list[tuple[int, str, str | None]]:
    blocks = read_lines(BytesIO(content), [header] if header else [], limit, 1 << 30)
    return [tuple(row.values()) for _, block in blocks for row in block.to_pylist()]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"\n\r\n\n", []),
        (b"1,2", [(1, "1,2", None)]),
        (b"1,2\n\n3,4\n", [(1, "1,2", None), (3, "3,4", None)]),
        (b"1,2\r\n3,4\r\n", [(1, "1,2", None), (2, "3,4", None)]),
        (b"\xef\xbb\xbf1,2\n", [(1, "1,2", None)]),
        ("é,2\n".encode(), [(1, "é,2", None)]),
        (b"ok\n\xe9,2\nok", [(1, "ok", None), (2, "\\xe9,2", "not_utf8"), (3, "ok", None)]),
        (b"a\0b\nok", [(1, "a\\0b", "not_utf8"), (2, "ok", None)]),
        (b"x" * 100 + b"\r\n" + b"y", [(1, "x" * 100, None), (2, "y", None)]),
        (b"x" * 101 + b"\n" + b"y", [(1, "x" * 100, "line_too_long"), (2, "y", None)]),
        (b"x" * 9000 + b"\ny\n" + b"z" * 9000, [
            (1, "x" * 100, "line_too_long"), (2, "y", None), (3, "z" * 100, "line_too_long"),
        ]),
        ("é".encode() * 51, [(1, "é" * 50, "line_too_long")]),
    ],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
@pytest.mark.parametrize("block", [1, 7, 4 << 20])
def test_lines_come_with_numbers_and_faults_whatever_the_block(monkeypatch, content, expected, block):
    monkeypatch.setattr(lines, "_BLOCK", block)
    assert read(content) == expected


def test_the_right_header_is_no_row_and_the_lines_keep_their_numbers():
    for start in (b"", b"\xef\xbb\xbf"):
        for end in (b"\n", b"\r\n"):
            assert read(start + b"a,b" + end + b"1,2" + end, HEADER) == [(2, "1,2", None)]
    assert read(b"a,b", HEADER) == []


@pytest.mark.parametrize(
    "first", ["A,B", '"a","b"', " a , b ", 'a, "B"', '"a" , "b"', ' "a"\t,b', '\ufeff\ufeff"a",b', "a,b\r"]
)
def test_a_header_may_be_quoted_spaced_or_in_capitals(first):
    assert read(f"{first}\n1,2\n".encode(), HEADER) == [(2, "1,2", None)]


@pytest.mark.parametrize("block", [1, 4 << 20])
def test_empty_lines_before_the_header_are_none_and_the_others_keep_their_numbers(monkeypatch, block):
    monkeypatch.setattr(lines, "_BLOCK", block)
    assert read(b"\n  \n\na,b\n1,2\n", HEADER) == [(5, "1,2", None)]
    assert read(b"\n\nb,a\n1,2\n", HEADER) == [(3, "b,a", "wrong_header"), (4, "1,2", "wrong_header")]
    assert read(b"\n\n", HEADER) == []


@pytest.mark.parametrize("first", ["b,a", "1,2", "a,b,", "a;b", '"a,b', "a b"])
@pytest.mark.parametrize("block", [1, 4 << 20])
def test_in_a_file_with_another_header_every_line_is_a_row_with_that_fault(monkeypatch, first, block):
    monkeypatch.setattr(lines, "_BLOCK", block)
    found = read(f"{first}\n3,4\n\n5,6".encode(), HEADER)
    assert found == [(1, first, "wrong_header"), (2, "3,4", "wrong_header"), (4, "5,6", "wrong_header")]


def test_utf_16_is_not_utf_8_line_by_line():
    found = read("a,b\nF001,x\n".encode("utf-16"), HEADER)
    assert [fault for *_, fault in found] == ["not_utf8", "not_utf8", "not_utf8"]
    assert all("\0" not in text for _, text, _ in found)


# Few bytes, so that line ends, byte order marks and broken characters come often.
BYTES = st.lists(
    st.sampled_from([b"\n", b"\r", b"\r\n", b"\0", b"a", b"bcd", b"\xef\xbb\xbf", "é".encode(), b"\xff", b"x" * 9]),
    max_size=40,
).map(b"".join)


@given(BYTES, st.integers(2, 20))
@settings(max_examples=200)
def test_as_many_lines_come_out_as_lines_that_hold_anything_go_in(content, limit):
    without_vrm = content.removeprefix(b"\xef\xbb\xbf")
    expected = [
        (number, len(line.removesuffix(b"\r")) > limit)
        for number, line in enumerate(without_vrm.split(b"\n"), start=1)
        if line.removesuffix(b"\r")
    ]
    assert [(number, fault == "line_too_long") for number, _, fault in read(content, None, limit)] == expected


@given(BYTES, st.integers(2, 20), st.integers(1, 12), st.sampled_from([None, "a", HEADER]))
@settings(max_examples=200)
def test_the_size_of_blocks_changes_nothing(content, limit, block, header):
    whole = read(content, header, limit)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_BLOCK", block)
        assert read(content, header, limit) == whole


class Endless:
    """A stream of one line without end; it counts what is asked of it."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.largest = 0

    def read(self, size: int) -> bytes:
        self.largest = max(self.largest, size)
        size = min(size, self.left)
        self.left -= size
        return b"x" * size


def test_a_line_that_does_not_end_is_never_held_whole(monkeypatch):
    monkeypatch.setattr(lines, "_BLOCK", 1000)
    stream = Endless(1_000_000)
    sizes = [len(block) for block in lines._line_blocks(stream, 100, 1 << 30)]
    assert sizes == [102]
    assert stream.left == 0


def read_file(path: Path) -> list[tuple[int, str, str | None]]:
    blocks = landed_lines(str(path.parent), path.name, [HEADER], 100, 1 << 30)
    return [tuple(row.values()) for _, block in blocks for row in block.to_pylist()]


def packed(content: bytes, codec: str) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, codec) as stream:
        stream.write(content)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        ("", None), (".gz", "gzip"), (".zst", "zstd"), (".GZ", "gzip"), (".Zst", "zstd"), ("", "gzip"), ("", "zstd"),
        (".gz", None), (".zst", "gzip"),
    ],
)  # fmt: skip
def test_files_are_read_packed_or_not(tmp_path, suffix, codec):
    content = b"a,b\n1,2\n3,4"
    path = tmp_path / f"feed.csv{suffix}"
    path.write_bytes(packed(content, codec) if codec else content)
    assert read_file(path) == [(2, "1,2", None), (3, "3,4", None)]


@pytest.mark.parametrize(("suffix", "codec"), [(".gz", "gzip"), (".zst", "zstd")])
def test_what_is_whole_of_a_file_that_breaks_off_is_used_and_the_rest_is_one_line_with_a_fault(tmp_path, suffix, codec):
    random = np.random.default_rng(1).integers(100_000, 1_000_000, 400_000)
    content = b"a,b\n" + b"".join(b"%d,2\n" % number for number in random)
    path = tmp_path / f"feed.csv{suffix}"
    whole = packed(content, codec)
    path.write_bytes(whole[: len(whole) * 3 // 4])
    *rows, last = read_file(path)
    assert len(rows) == pytest.approx(300_000, rel=0.1)
    assert last == (rows[-1][0] + 1, "", "file_broken") if rows else (1, "", "file_broken")
    path.write_bytes(whole[:12])
    assert read_file(path) == [(1, "", "file_broken")]


def test_a_file_of_several_packed_parts_is_read_to_its_end(tmp_path):
    path = tmp_path / "feed.csv"
    path.write_bytes(packed(b"a,b\n1,2\n", "gzip") + packed(b"3,4\n", "gzip"))
    assert read_file(path) == [(2, "1,2", None), (3, "3,4", None)]


@pytest.mark.parametrize("zeros", [1, 511, 100_000])
def test_a_packed_file_that_is_filled_up_with_zeros_is_whole(tmp_path, zeros):
    path = tmp_path / "feed.csv"
    path.write_bytes(packed(b"a,b\n1,2\n", "gzip") + bytes(zeros))
    assert read_file(path) == [(2, "1,2", None)]
    path.write_bytes(packed(b"a,b\n1,2\n", "gzip") + bytes(zeros) + b"x")
    assert read_file(path) == [(2, "1,2", None), (3, "", "file_broken")]


def test_a_file_that_is_packed_otherwise_is_one_line_with_that_fault(tmp_path):
    zipped, xz, bz2_ = io.BytesIO(), lzma.compress(b"a,b\n1,2"), bz2.compress(b"a,b\n1,2")
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("feed.csv", "a,b\n1,2")
    for content in (zipped.getvalue(), xz, bz2_):
        (tmp_path / "feed.csv").write_bytes(content)
        assert read_file(tmp_path / "feed.csv") == [(1, "", "file_packed_otherwise")]


class Failing:
    """A stream of a disk that is gone."""

    def read(self, _: int) -> bytes:
        raise OSError(errno.EIO, "gone")


def test_storage_that_fails_is_no_broken_file():
    with pytest.raises(OSError, match="gone"):
        list(with_end(read_lines(Failing(), [], 100, 1 << 30), Failing()))


def test_what_comes_after_the_limit_of_a_file_is_one_line_with_a_fault(monkeypatch):
    monkeypatch.setattr(lines, "_BLOCK", 10)
    found = [row for _, block in read_lines(BytesIO(b"123456789\n" * 9), [], 100, 40) for row in block.to_pylist()]
    assert [row["fault"] for row in found] == [None] * (len(found) - 1) + ["file_too_large"]
    assert 3 <= len(found) <= 6
