"""What may be said of an error: the one place that turns errors into text without plates or places."""

import errno
import io
import logging
import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import IO, Any, BinaryIO, TextIO

_ALONE = "(?<![A-Za-z0-9])(?:{})(?![A-Za-z0-9])"
# In small letters only what has a mark's shape: hosts, versions and durations are written so too.
_SMALL = (
    "(?!sha[0-9]|log4j|[0-9]+(?:ms|us|ns|kb|mb|gb|kib|mib|gib|min|sec|fps|px|km)(?![a-z]))",
    "(?i:[a-z]{2}[._-]?[0-9]{2}[ ._-]?[a-z]{3}",  # current
    "|[a-z](?:[0-9]{1,3}|[0-9]{2,3}[ _-]|[._-][0-9]{1,3}[._-])[a-z]{3}",  # prefix
    "|[a-z]{3}(?:[0-9]{1,3}|[ _-][0-9]{3}|[._-][0-9]{1,3}[._-])[a-z]",  # suffix
    "|[a-z]{2}[._-]?[0-9]{3}[._-]?[a-z]{2}",  # of France, Italy
    "|[a-z]{3}[1-9][0-9]{2}|[a-z]{2,3}[1-9][0-9]{3}|[1-9][0-9]{2}[a-z]{3}|[1-9][0-9]{3}[a-z]{2,3}",  # dateless
    "|[0-9]{3}[dx][0-9]{3}|[0-9]{2}[a-z]{2}[0-9]{2})",  # diplomatic, military
)
# Letters mixed with digits, up to the longest reading that is taken in (ingest.max_vrm_chars); no time of ISO 8601.
_LARGE = (
    "(?!(?<=[0-9]{4}-[0-9]{2}-)[0-9]{2}T[0-9]{2}:)(?!(?<=[0-9][:.])[0-9]{2,9}Z(?![A-Z0-9]))",
    "(?:(?=[A-Z?]*[0-9])(?=[0-9?]*[A-Z])[A-Z0-9?]{2,15}(?: [A-Z0-9?]{1,4})?",
    "|[A-Z?]{1,15} (?=[A-Z?]*[0-9])[A-Z0-9?]{1,4}|[0-9?]{1,15} (?=[0-9?]*[A-Z])[A-Z0-9?]{1,4})",
)
# Letters and digits parted by signs, as files are named after marks; not what computers are called so.
_PARTED = (
    "(?!UTF-|SHA-|ISO-|JDK-)",
    "(?:[A-Z]{1,3}[._-][0-9]{1,4}(?:[._-][A-Z]{1,3})?|[0-9]{1,4}[._-][A-Z]{1,3}(?:[._-][0-9]{1,4})?)",
)
_QUOTED = ("'[^']*'", '"[^"]*"')
_SHAPED = (
    "[0-9A-Fa-f]{64,}",  # a key
    # Letters of other alphabets: what we and Spark say has none.
    "[!-~]{0,16}[\u00c0-\uffff][!-~\u00c0-\uffff]{0,32}(?: [A-Z0-9?]{1,4}(?![A-Za-z0-9]))?",
    _ALONE.format("".join(_PARTED)),
    "[A-Z]{2}[0-9]{2}[A-Z]{3}",  # wherever it stands
    _ALONE.format("".join(_LARGE)),
    _ALONE.format("".join(_SMALL)),
    # Coordinates, but no time of day and no address of a host; with fewer decimals, pairs.
    "-?(?<![0-9.])(?<![0-9]{2}:[0-9]{2}:)[0-9]{1,3}[.][0-9]{3,}(?:[eE]-?[0-9]+)?(?![0-9]*[.][0-9])",
    "-?(?<![0-9.])[0-9]{1,3}[.][0-9]+[,;] ?-?[0-9]{1,3}[.][0-9]+(?![0-9]*[.][0-9])",
    "-?(?<![0-9.])[0-9]{1,3}[.][0-9]{2,} -?[0-9]{1,3}[.][0-9]{2,}(?![0-9]*[.][0-9])",
    "(?i:(?<![a-z])(?:lat|lon|lng|latitude|longitude)) ?[=:] ?-?[0-9]{1,3}[.][0-9]+",
)
PATTERN = "|".join((*_QUOTED, *_SHAPED))
"""What is redacted, in words that Python and Java read alike; conf/spark/log4j2.properties has the same."""
_VALUES, _UNQUOTED_VALUES = re.compile(PATTERN), re.compile("|".join(_SHAPED))

_MOST_PLACES = 3
_COLOURS = re.compile("\x1b\\[[0-9;]*m")
_OS_ERROR = re.compile(r"\(os error (\d+)\)")
_OF_MACHINE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE})


def redact(text: str) -> str:
    """Replace quoted values, plate-shaped words and coordinates by `<redacted>`."""
    return _VALUES.sub("<redacted>", _COLOURS.sub("", text))


def names_a_vehicle_or_place(text: str) -> bool:
    """Whether a text holds what might be a mark, a coordinate or a key."""
    return _UNQUOTED_VALUES.search(text) is not None


def describe(error: BaseException) -> str:
    """An error as kind and harmless text.

    Spark and Delta put values of rows into theirs: of these the class is told, that of what caused it in Java, and the
    tables and files below the lake that are named.
    """
    from deltalake.exceptions import DeltaError
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    from jobs.lake.damage import places_in

    if not isinstance(error, PySparkException | Py4JJavaError | DeltaError):
        return f"{type(error).__name__}: {redact(str(error))}"
    told, text = [type(error).__name__], str(error)
    if isinstance(error, PySparkException):
        told.append(error.getCondition() or "")
    # What Spark's own exceptions in Python keep of Java's is private to them.
    java = error.java_exception if isinstance(error, Py4JJavaError) else getattr(error, "_origin", None)
    if java is not None:
        while java.getCause() is not None:
            java = java.getCause()
        told.append(java.getClass().getName())
        text += str(java.getMessage())
    return " ".join(filter(None, [*told, *places_in(text)[:_MOST_PLACES]]))


def reason_of_machine(error: OSError) -> str | None:
    """What the machine has not got or does not allow; None where an error may be the program's own."""
    named = _OS_ERROR.search(str(error))  # as delta-rs tells it
    number = error.errno or (int(named[1]) if named else 0)
    return f"{type(error).__name__}: {os.strerror(number)}" if number in _OF_MACHINE else None


class RedactingFormatter(logging.Formatter):
    """A log formatter that redacts messages and drops tracebacks' texts, for the loggers of libraries."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        """The record as one line with a redacted message."""
        record.message = redact(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: object) -> str:  # noqa: N802 - the name is logging's
        """Only the kind of the exception: its text may hold values of rows."""
        kind = ei[0] if isinstance(ei, tuple) else None
        return f"({getattr(kind, '__name__', 'exception')})"


def configure_logging(level: int = logging.INFO) -> None:
    """Log to stderr, redacted, at `level` for our own packages and at WARNING for libraries."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for package in ("jobs", "ocr"):
        logging.getLogger(package).setLevel(level)
    # PySpark writes whole error messages, values of rows included, past all handlers.
    for leaky in ("DataFrameQueryContextLogger", "SQLQueryContextLogger"):
        logging.getLogger(leaky).disabled = True
    # Great Expectations warns of its own temporary folder each time.
    logging.getLogger("great_expectations").setLevel(logging.ERROR)


def hide_values() -> None:
    """Have this process and its copies, Spark's Python workers, tell no values: in errors, to Java, and in print."""
    import pyspark.util
    from pyspark.serializers import SpecialLengths, write_int, write_with_length

    def tell(e: BaseException, outfile: IO[Any], hide_traceback: bool | None = None) -> None:  # noqa: ARG001, FBT001 - Spark's own
        text = "\n  ".join([describe(e), *places(e.__traceback__)])
        with suppress(OSError):  # Java has closed its end
            write_int(SpecialLengths.PYTHON_EXCEPTION_THROWN, outfile)  # type: ignore[no-untyped-call] # Spark's own
            write_with_length(text.encode(), outfile)  # type: ignore[no-untyped-call] # the same

    pyspark.util.handle_worker_exception = tell
    sys.stdout, sys.stderr = _Redacted(sys.stdout), _Redacted(sys.stderr)


def places(trace: TracebackType | None) -> list[str]:
    """Where an error came from."""
    return [f"{frame.name} ({Path(frame.filename).name}:{frame.lineno})" for frame in extract_tb(trace)]


class _Redacted(io.TextIOBase):
    """A stream of text that redacts what goes through it, a write at a time."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(redact(text))
        return len(text)

    def flush(self) -> None:
        self._stream.flush()

    @property
    def buffer(self) -> BinaryIO:
        return self._stream.buffer  # by which Spark's daemon tells its port

    def fileno(self) -> int:
        return self._stream.fileno()
