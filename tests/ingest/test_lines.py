"""Feed files to lines: whatever bytes come, each line is there once, with its fault."""

import gzip
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.ingest import lines
from jobs.ingest.lines import feed_lines

HEADER = "a,b"


def read(content: bytes, header: str | None = None, limit: int = 100) -> list[tuple[int, str, str | None]]:
    found = []
    for batch in lines._batches("file", BytesIO(content), header, limit):
        assert batch.column("file_id").to_pylist() == ["file"] * batch.num_rows
        found += zip(*(batch.column(name).to_pylist() for name in ("line_no", "payload", "fault")), strict=True)
    return found


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


@pytest.mark.parametrize("first", ["b,a", "A,B", "1,2", "a,b,", '"a","b"'])
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
@settings(max_examples=200, deadline=None)
def test_as_many_lines_come_out_as_lines_that_hold_anything_go_in(content, limit):
    without_mark = content.removeprefix(b"\xef\xbb\xbf")
    expected = [
        (number, len(line.removesuffix(b"\r")) > limit)
        for number, line in enumerate(without_mark.split(b"\n"), start=1)
        if line.removesuffix(b"\r")
    ]
    assert [(number, fault == "line_too_long") for number, _, fault in read(content, None, limit)] == expected


@given(BYTES, st.integers(2, 20), st.integers(1, 12), st.sampled_from([None, "a", HEADER]))
@settings(max_examples=200, deadline=None)
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
    sizes = [len(block) for block in lines._line_blocks(stream, 100)]
    assert sizes == [102]
    assert stream.left == 0


def test_files_are_read_through_spark_packed_or_not(spark, tmp_path):
    content = b"a,b\n1,2\n3,4"
    (tmp_path / "plain.csv").write_bytes(content)
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(content))
    files = spark.createDataFrame([("p", "plain.csv"), ("z", "packed.csv.gz")], "file_id STRING, landed_path STRING")
    rows = feed_lines(files, str(tmp_path), HEADER, 100).orderBy("file_id", "line_no").collect()
    assert [tuple(row) for row in rows] == [
        ("p", 2, "1,2", None), ("p", 3, "3,4", None), ("z", 2, "1,2", None), ("z", 3, "3,4", None),
    ]  # fmt: skip
