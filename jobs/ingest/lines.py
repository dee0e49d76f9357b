"""Feed files to numbered lines: bounded in memory whatever a file holds, each line's fault named."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

import pyarrow as pa
from pyspark.sql import DataFrame

from jobs.lake.files import open_folder

NOT_UTF8 = "not_utf8"
LINE_TOO_LONG = "line_too_long"
WRONG_HEADER = "wrong_header"

LINES_DDL = "file_id STRING, line_no BIGINT, payload STRING, fault STRING"
_SCHEMA = pa.schema(
    [("file_id", pa.string()), ("line_no", pa.int64()), ("payload", pa.string()), ("fault", pa.string())]
)
_BLOCK = 4 << 20
_BOM = b"\xef\xbb\xbf"

Line = tuple[str, str | None]  # text and fault


def feed_lines(files: DataFrame, landing: str, header: str | None, max_line_bytes: int) -> DataFrame:
    """The lines of feed files that hold anything.

    Args:
        files: one row a file: file_id, landed_path; a task reads its files one after the other.
        landing: the landing folder.
        header: the first line that every file must have, or None. It is no row; in a file that lacks it each
            line, the first included, has the fault `wrong_header`.
        max_line_bytes: longer lines are cut and have the fault `line_too_long`.

    Returns:
        file_id, line_no (from 1), payload (text, cut where too long), fault (code or null).
    """

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        filesystem, root = open_folder(landing)
        for batch in batches:
            for file in batch.to_pylist():
                with filesystem.open_input_stream(f"{root}/{file['landed_path']}") as stream:
                    yield from _batches(file["file_id"], stream, header, max_line_bytes)

    return files.select("file_id", "landed_path").mapInArrow(read, LINES_DDL)


def _batches(file_id: str, stream: BinaryIO, header: str | None, limit: int) -> Iterator[pa.RecordBatch]:
    line_no = 0
    file_fault: str | None = None
    for block in _line_blocks(stream, limit):
        lines = _decode(block, limit)
        numbers = range(line_no + 1, line_no + len(lines) + 1)
        if line_no == 0 and header is not None and lines:
            if lines[0][0].lstrip("\ufeff") == header:
                lines, numbers = lines[1:], numbers[1:]
            else:
                file_fault = WRONG_HEADER
        line_no = numbers.stop - 1
        kept = [
            (number, text, fault or file_fault) for number, (text, fault) in zip(numbers, lines, strict=True) if text
        ]
        if kept:
            columns = list(zip(*kept, strict=True))
            yield pa.record_batch(
                [pa.array([file_id] * len(kept)), pa.array(columns[0], pa.int64()), pa.array(columns[1]),
                 pa.array(columns[2], pa.string())],
                schema=_SCHEMA,
            )  # fmt: skip


def _line_blocks(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """Blocks of whole lines; of a line longer than `limit` only the first `limit` + 2 bytes are kept.

    Two more than allowed tell a line that is too long from one that is just long enough and ends with CR LF.
    """
    start = stream.read(len(_BOM))
    rest = start.removeprefix(_BOM)
    skipping = False
    while block := stream.read(_BLOCK):
        if skipping:  # inside a line that is too long already: its tail is dropped
            _, newline, block = block.partition(b"\n")
            if not newline:
                continue
            skipping = False
        whole, newline, tail = (rest + block).rpartition(b"\n")
        if newline:
            yield whole
        rest = tail
        if len(rest) > limit + 1:
            yield rest[: limit + 2]
            rest, skipping = b"", True
    if rest:
        yield rest


def _decode(block: bytes, limit: int) -> list[Line]:
    """Lines as text with their faults: the whole block at once where it is clean, else line by line."""
    if b"\0" not in block:
        try:
            texts = block.decode("utf-8").split("\n")
        except UnicodeDecodeError:
            texts = []
        if texts and len(max(texts, key=len)) <= limit // 4:  # 4 bytes a character at the most
            return [(text.removesuffix("\r"), None) for text in texts]
    return [_decode_line(line.removesuffix(b"\r"), limit) for line in block.split(b"\n")]


def _decode_line(line: bytes, limit: int) -> Line:
    fault = None
    if len(line) > limit:
        line, fault = line[:limit], LINE_TOO_LONG
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        text = line.decode("utf-8", errors="backslashreplace")
        fault = fault or NOT_UTF8
    if "\0" in text:
        text, fault = text.replace("\0", "\\0"), fault or NOT_UTF8
    return text, fault
