"""What may be said of an error: the one place that turns errors into text without plates or places."""

import logging
import re
import sys

# As in conf/spark/log4j2.properties: whatever stands in quotes, and letters mixed with digits, up to the longest
# reading that is taken in (ingest.max_vrm_chars).
_VALUES = re.compile(
    r"'[^']*'|\"[^\"]*\"|"
    r"\b(?=[A-Z0-9? ]*[0-9])(?=[A-Z0-9? ]*[A-Z])[A-Z0-9?]{1,15}(?: [A-Z0-9?]{1,4})?\b|-?\d{1,3}\.\d{3,}"
)


def redact(text: str) -> str:
    """Replace quoted values, plate-shaped words and coordinates by `<redacted>`."""
    return _VALUES.sub("<redacted>", text)


def describe(error: BaseException) -> str:
    """An error as kind and harmless text: Spark and Delta put values of rows into theirs: their class is told."""
    from deltalake.exceptions import DeltaError
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    if isinstance(error, PySparkException):
        return f"{type(error).__name__} {error.getCondition() or ''}".strip()
    if isinstance(error, Py4JJavaError):
        return f"Py4JJavaError {error.java_exception.getClass().getName()}"
    if isinstance(error, DeltaError):
        return type(error).__name__
    return f"{type(error).__name__}: {redact(str(error))}"


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
