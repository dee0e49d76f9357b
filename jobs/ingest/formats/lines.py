"""Feed files to numbered lines: bounded in memory whatever a file holds, each line's fault named."""

import csv
import gzip
import zlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.ingest.landing import open_landed

NOT_UTF8 = "not_utf8"
LINE_TOO_LONG = "line_too_long"
WRONG_HEADER = "wrong_header"
FILE_BROKEN = "file_broken"
FILE_TOO_LARGE = "file_too_large"
FILE_PACKED_OTHERWISE = "file_packed_otherwise"
OF_LINES = frozenset({NOT_UTF8, LINE_TOO_LONG, WRONG_HEADER})
"""Faults of whole lines."""
OF_FILES = frozenset({FILE_BROKEN, FILE_TOO_LARGE, FILE_PACKED_OTHERWISE})
"""Faults of whole files: the line that has one is none of the file's."""

LINES = pa.schema([("line_no", pa.int64()), ("payload", pa.string()), ("fault", pa.string())])
_BLOCK, _PART = 4 << 20, 1 << 16
_BOM = b"\xef\xbb\xbf"
# By how files begin, not by their names: suppliers pack without the ending, or spell it in capitals.
_PACKED = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}
_PACKED_OTHERWISE = (
    b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\xfd7zXZ\x00", b"BZh91AY&SY", b"\x04\x22\x4d\x18",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
)  # fmt: skip
"""Zip and the workbooks in it, 7-Zip, RAR, XZ, bzip2, LZ4, and older workbooks."""
_LONGEST_START = 10
_CUT_OFF = "Truncated compressed stream"
"""What pyarrow says then."""

Line = tuple[str, str | None]  # text and fault


def read_lines(
    stream: BinaryIO, headers: Collection[str], max_line_bytes: int, max_file_bytes: int
) -> Iterator[tuple[str | None, pa.Table]]:
    """The lines of a feed file that hold anything, block by block.

    Args:
        stream: the file's content, decompressed.
        headers: the first lines that a file of this feed may have, one for each version of its schema; empty where
            the feed has no header. A file's may differ in letter case, quotes, and blanks beside the commas, and come
            after empty lines. A header is no row; in a file that has none of them each line, the first included, has
            the fault `wrong_header`.
        max_line_bytes: longer lines are cut and have the fault `line_too_long`.
        max_file_bytes: what comes after so many bytes is not read: one more line, empty, has the fault
            `file_too_large`.

    Yields:
        The file's header, and a table with the columns of `LINES`: numbers count from 1, text is cut where too long.
        A file that breaks off within its compression ends with an empty line of the fault `file_broken`.

    Raises:
        OSError: as the stream does; of a broken packing it is BrokenOffError, see `with_end`.
    """
    line_no = 0
    header: str | None = None
    file_fault: str | None = None
    for block in _line_blocks(stream, max_line_bytes, max_file_bytes):
        if block is None:
            yield header, _one_line(line_no + 1, FILE_TOO_LARGE)
            return
        texts, faults = _decode(block, max_line_bytes)
        first_no = line_no + 1
        line_no += len(texts)
        if headers and not (header or file_fault):
            before, header = _header(texts, headers)
            texts, faults, first_no = texts[before:], faults[before:], first_no + before
            file_fault = WRONG_HEADER if header is None and len(texts) else None
        if file_fault:
            faults = pc.fill_null(faults, file_fault)
        numbers = pa.array(np.arange(first_no, first_no + len(texts)))
        lines = pa.table([numbers, texts, faults], schema=LINES)
        lines = lines.filter(pc.not_equal(texts, ""))
        if lines.num_rows:
            yield header, lines


def _header(texts: pa.Array, headers: Collection[str]) -> tuple[int, str | None]:
    """How many lines come before the rows, and the header among them; None where there is none yet, or another one."""
    empty = next((number for number, text in enumerate(texts) if text.as_py().strip()), len(texts))
    header = ",".join(header_fields(texts[empty].as_py())) if empty < len(texts) else None
    return (empty + 1, header) if header in headers else (empty, None)


def header_fields(text: str) -> list[str]:
    """The names in a header line, in small letters; blanks beside its commas are no part of them, quoted or not."""
    try:
        parts = (part.strip() for part in text.lstrip("\ufeff").split(","))
        fields = next(csv.reader([",".join(parts)], strict=True), [])
    except csv.Error:  # a quote that does not close
        return [text]
    return [field.strip().lower() for field in fields]


def _one_line(line_no: int, fault: str) -> pa.Table:
    return pa.table([pa.array([line_no]), pa.array([""]), pa.array([fault])], schema=LINES)


def landed_lines(
    landing: str, path: str, headers: Collection[str], max_line_bytes: int, max_file_bytes: int
) -> Iterator[tuple[str | None, pa.Table]]:
    """The lines of a landed file, packed or not: what `read_lines` and `with_end` give of it.

    One that is packed in another way than gzip and Zstandard is one line with the fault `file_packed_otherwise`.
    """
    with open_landed(landing, path) as content, open_landed(landing, path) as stored:
        start = stored.read(_LONGEST_START)
        if start.startswith(_PACKED_OTHERWISE):
            yield None, _one_line(1, FILE_PACKED_OTHERWISE)
            return
        stream = unpacked(content, codec_of(start))
        yield from with_end(read_lines(stream, headers, max_line_bytes, max_file_bytes), stored)


def codec_of(start: bytes) -> str | None:
    """How a file is packed, by its first bytes: gzip or zstd; None where it is not, or in another way."""
    return next((codec for codec, magic in _PACKED.items() if start.startswith(magic)), None)


def unpacked(content: BinaryIO, codec: str | None) -> BinaryIO:
    """The bytes of a stream as they were before it was packed.

    Reading raises BrokenOffError where it breaks off; all that came before has been given.
    """
    if codec is None:
        return content
    return cast("BinaryIO", (_Gunzipped if codec == "gzip" else _Unzstd)(content))


def blocks_of(stored: BinaryIO, *, damaged: bool = True) -> Iterator[bytes]:
    """The bytes of a file before it was packed, block by block, up to where its packing breaks off.

    Args:
        stored: the file's bytes as they lie there.
        damaged: whether a packing that is damaged, and not only cut off, will do: bytes follow that nobody can unpack.

    Raises:
        OSError: the storage cannot be read, or a packing is damaged and may not be.
    """
    codec = codec_of(stored.read(_LONGEST_START))
    stored.seek(0)
    content = unpacked(stored, codec)
    try:
        while block := content.read(_BLOCK):
            yield block
    except BrokenOffError as error:
        stored.seek(0)
        _read_to_end(stored)
        if not (damaged or error.is_cut_off):
            raise


def _read_to_end(stored: BinaryIO) -> None:
    while stored.read(_BLOCK):
        pass


class BrokenOffError(OSError):
    """Content that cannot be unpacked to its end.

    Attributes:
        is_cut_off: there is no more of it; else what follows is damaged.
    """

    def __init__(self, *, is_cut_off: bool) -> None:
        super().__init__("the content cannot be unpacked")
        self.is_cut_off = is_cut_off


class _Unpacked:
    """A stream that gives all that can be unpacked before it breaks off, whatever is asked for at once."""

    def __init__(self, content: BinaryIO) -> None:
        self._content = content
        self._broken: Exception | None = None

    def _part(self, size: int) -> bytes:
        """At most so many bytes of what follows."""
        raise NotImplementedError

    def _last(self) -> bytes:
        """What the part that could not be read has before it breaks off."""
        return b""

    def read(self, size: int) -> bytes:
        """At most so many bytes, and none at the end.

        Raises:
            BrokenOffError: all that came before has been given.
        """
        parts = []
        while size and not self._broken:
            try:
                part = self._part(size)
            except (EOFError, OSError, zlib.error) as error:
                self._broken = error
                part = self._last()
            if not part:
                break
            parts.append(part)
            size -= len(part)
        if self._broken and not parts:
            is_cut_off = isinstance(self._broken, EOFError) or _CUT_OFF in str(self._broken)
            raise BrokenOffError(is_cut_off=is_cut_off) from self._broken
        return b"".join(parts)


class _Gunzipped(_Unpacked):
    """What is packed with gzip, by Python's own: pyarrow takes zeros that fill up the file for a break."""

    def __init__(self, content: BinaryIO) -> None:
        super().__init__(content)
        self._file = gzip.GzipFile(fileobj=content)

    def _part(self, size: int) -> bytes:
        return self._file.read1(size)


class _Unzstd(_Unpacked):
    """What is packed with Zstandard; pyarrow gives nothing of the part in which it breaks off, so that is read anew."""

    def __init__(self, content: BinaryIO) -> None:
        super().__init__(content)
        self._streams = [
            pa.CompressedInputStream(content, "zstd")
        ]  # kept: pyarrow closes the content with the last use
        self._given = 0

    def _part(self, size: int) -> bytes:
        part: bytes = self._streams[0].read(min(size, _PART))
        self._given += len(part)
        return part

    def _last(self) -> bytes:
        self._content.seek(0)
        self._streams.append(anew := pa.CompressedInputStream(self._content, "zstd"))
        left, found = self._given, []
        with suppress(OSError):  # where it breaks off, again
            while left:
                left -= len(anew.read(min(left, _PART)))
            while byte := anew.read(1):
                found.append(byte)
        return b"".join(found)


def with_end(blocks: Iterator[tuple[str | None, pa.Table]], stored: BinaryIO) -> Iterator[tuple[str | None, pa.Table]]:
    """The same blocks, and a last line with the fault `file_broken` where the content cannot be decompressed.

    Args:
        blocks: what `read_lines` yields.
        stored: the file's bytes as they lie there. If these can be read, it is the content that is broken, not the
            storage.

    Raises:
        OSError: the storage cannot be read.
    """
    header, line_no = None, 0
    try:
        for header, lines in blocks:
            line_no = lines["line_no"][-1].as_py()
            yield header, lines
    except BrokenOffError:
        _read_to_end(stored)
        yield header, _one_line(line_no + 1, FILE_BROKEN)


def _line_blocks(stream: BinaryIO, limit: int, max_file_bytes: int) -> Iterator[bytes | None]:
    """Blocks of whole lines; of a line longer than `limit` only the first `limit` + 2 bytes are kept.

    Two more than allowed tell a line that is too long from one that is just long enough and ends with CR LF. None
    says that the file goes on after `max_file_bytes`.
    """
    start = stream.read(len(_BOM))
    rest = start.removeprefix(_BOM)
    skipping = False
    seen = len(start)
    while block := stream.read(_BLOCK):
        seen += len(block)
        if skipping:  # inside a line that is too long already: its tail is dropped
            _, newline, block = block.partition(b"\n")
            if not newline:
                if seen > max_file_bytes:
                    yield None
                    return
                continue
            skipping = False
        whole, newline, tail = (rest + block).rpartition(b"\n")
        if newline:
            yield whole
        rest = tail
        if len(rest) > limit + 1:
            yield rest[: limit + 2]
            rest, skipping = b"", True
        if seen > max_file_bytes:
            yield None
            return
    if rest:
        yield rest


def _decode(block: bytes, limit: int) -> tuple[pa.StringArray, pa.StringArray]:
    """Texts and faults of a block's lines: the whole block at once where it is clean, else line by line."""
    if b"\0" not in block:
        try:
            whole = pa.array([block], pa.binary()).cast(pa.string())
        except pa.ArrowInvalid:  # not UTF-8
            whole = None
        if whole is not None:
            texts = pc.list_flatten(pc.split_pattern(whole, "\n"))
            if b"\r" in block:
                texts = pc.replace_substring_regex(texts, r"\r\z", "")
            if pc.max(pc.binary_length(texts)).as_py() <= limit:
                return texts, pa.nulls(len(texts), pa.string())
    lines = [_decode_line(line.removesuffix(b"\r"), limit) for line in block.split(b"\n")]
    texts, faults = zip(*lines, strict=True)
    return pa.array(texts, pa.string()), pa.array(faults, pa.string())


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
