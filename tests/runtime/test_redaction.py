"""Redaction: no plate, quoted value or coordinate gets into a log or an error's text."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.runtime.redaction import RedactingFormatter, configure_logging, describe, redact

MARKS = ["AB12CDE", "AB12 CDE", "A123BCD", "ABC123D", "ABC 123", "1 A", "KIA 1234", "123D456", "12AB34"]


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_is_redacted_wherever_it_stands(mark):
    for text in (mark, f"read {mark} at once", f"({mark})", f"vrm={mark}.", f"'{mark}'"):
        assert mark not in redact(text)


@given(st.from_regex(r"\A[A-HJ-PR-Y]{2}[0-9]{2} ?[A-HJ-PR-Z]{3}\Z"))
def test_every_current_mark_is_redacted(mark):
    assert mark not in redact(f"value {mark} of column vrm")


def test_a_mark_that_was_not_read_whole_is_redacted_whole():
    assert redact("read AB1?CDE at once") == "read <redacted> at once"


def test_a_reading_as_long_as_a_mark_may_be_is_redacted():
    assert "AB12CDE4567890X" not in redact("value AB12CDE4567890X")


@pytest.mark.parametrize("text", ["'anything at all'", '"x\ny"', "54.9783", "-1.61780"])
def test_quoted_values_and_coordinates_are_redacted(text):
    assert text not in redact(f"cannot cast {text} here")


@pytest.mark.parametrize("text", ["3 files, 12 rows in 0.5 s", "restricted.reads 2026-11-20: 3 of 4 rows"])
def test_counts_dates_and_table_names_stay(text):
    assert redact(text) == text


def record(message: str, *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    information = (type(error), error, None) if error else None
    return logging.LogRecord("jobs.x", logging.INFO, __file__, 1, message, arguments, information)


def test_a_log_record_is_redacted_after_its_arguments_are_put_in():
    line = RedactingFormatter("%(levelname)s %(message)s").format(record("read %s at %.4f", "AB12CDE", 54.97831))
    assert line == "INFO read <redacted> at <redacted>"


def test_a_logged_exception_is_only_named_by_its_kind():
    line = RedactingFormatter("%(message)s").format(record("failed", error=ValueError("AB12CDE")))
    assert line == "failed\n(ValueError)"


def test_the_configured_log_goes_to_stderr_redacted(capsys):
    handlers, level = logging.root.handlers[:], logging.root.level
    try:
        configure_logging()
        logging.getLogger("jobs.anything").info("read %s", "AB12CDE")
        logging.getLogger("some.library").info("not shown")
        logging.getLogger("some.library").warning("value %s", "AB12 CDE")
    finally:
        logging.root.handlers[:], logging.root.level = handlers, level
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "INFO jobs.anything: read <redacted>" in captured.err
    assert "WARNING some.library: value <redacted>" in captured.err
    assert "not shown" not in captured.err


def test_an_errors_text_is_described_without_its_values():
    assert describe(ValueError("no AB12CDE in 'x y'")) == "ValueError: no <redacted> in <redacted>"


def test_neither_our_words_for_a_spark_error_nor_sparks_own_on_stderr_name_the_plate(spark, capfd):
    with pytest.raises(Exception, match="CAST_INVALID_INPUT") as caught:
        spark.sql("SELECT CAST('AB12CDE' AS INT)").collect()
    assert describe(caught.value) == "NumberFormatException CAST_INVALID_INPUT"
    with pytest.raises(Exception, match="CAST_INVALID_INPUT") as caught:
        spark.createDataFrame([("AB12CDE",)], "vrm STRING").selectExpr("CAST(vrm AS INT)").collect()
    assert "AB12CDE" not in describe(caught.value)
    captured = capfd.readouterr()
    assert "AB12CDE" not in captured.err + captured.out


def _raise(batches):
    for batch in batches:  # partitions without rows have none
        message = f"cannot read {batch.to_pylist()[0]['vrm']}"
        raise ValueError(message)
    yield from ()


def test_an_error_in_a_python_worker_is_told_without_its_text(spark, capfd):
    rows = spark.createDataFrame([("AB12CDE",)], "vrm STRING").mapInArrow(_raise, "vrm STRING")
    with pytest.raises(Exception, match="ValueError") as caught:
        rows.collect()
    assert "AB12CDE" not in describe(caught.value)
    captured = capfd.readouterr()
    assert "AB12CDE" not in captured.err + captured.out


def test_an_error_of_the_java_side_is_only_named_by_its_class(spark):
    jvm = spark.sparkContext._jvm
    assert jvm is not None
    with pytest.raises(Exception, match="AB12CDE") as caught:
        jvm.java.lang.Class.forName("AB12CDE")
    assert describe(caught.value) == "Py4JJavaError java.lang.ClassNotFoundException"


def test_the_program_reports_an_uncaught_error_without_its_text(capsys):
    from jobs.cli import _redacted_hook

    _redacted_hook(RuntimeError, RuntimeError("row AB12CDE"), None)
    err = capsys.readouterr().err
    assert "AB12CDE" not in err
    assert err.splitlines()[-1] == "anprlake: RuntimeError: row <redacted>"
