"""Redaction: no plate, quoted value or coordinate gets into a log or an error's text."""

import logging
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pyspark
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.runtime.redaction import PATTERN, RedactingFormatter, configure_logging, describe, redact
from jobs.settings import conf_dir

MARKS = ["AB12CDE", "AB12 CDE", "A123BCD", "ABC123D", "ABC 123", "1 A", "KIA 1234", "123D456", "12AB34"]


@pytest.mark.parametrize("vrm", MARKS)
def test_a_mark_is_redacted_wherever_it_stands(vrm):
    for text in (vrm, f"read {vrm} at once", f"({vrm})", f"vrm={vrm}.", f"'{vrm}'"):
        assert vrm not in redact(text)


@given(st.from_regex(r"\A[A-HJ-PR-Y]{2}[0-9]{2} ?[A-HJ-PR-Z]{3}\Z"))
def test_every_current_mark_is_redacted(vrm):
    assert vrm not in redact(f"value {vrm} of column vrm")


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


def test_what_colours_a_terminal_is_no_part_of_a_message():
    assert redact("\x1b[31mNo space\x1b[0m left") == "No space left"


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
    assert (
        describe(caught.value) == "NumberFormatException CAST_INVALID_INPUT org.apache.spark.SparkNumberFormatException"
    )
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


@pytest.mark.parametrize(
    "value",
    [
        "ab12cde", "Ab12 cde", "ab12-cde", "a123bcd", "abc123d", "abc1234", "kia1234", "1234ab", "123d456", "5e" * 32,
        "54.97831", "-1.6178E0", "54.97, -1.61", "54.97 -1.61", "lat=54.9", "Longitude: -1.6",
        "AB-12-CDE", "AB_12_CDE", "AB.12.CDE", "ab-12-cde", "A-123-BCD", "a.123.bcd", "ABC-123-D", "AB-123-CD",
        "ab-123-cd", "ab123cd", "ABC-123", "123-ABC", "06-AB-123", "B-TÜ 123", "BÖ-AB 12",
        "\u0410\u041212\u0421DE", "\u0391\u039212\u0393\u0394\u0395",  # in Cyrillic and Greek letters
    ],
)  # fmt: skip
def test_small_letters_keys_and_pairs_of_numbers_are_redacted_too(value):
    for text in (value, f"read {value} at once", f"landing/{value}_1.mp4", f"x={value}"):
        assert value not in redact(text)


@pytest.mark.parametrize(
    "name",
    [
        "AB12CDE_1.mp4",
        "2026-11-20/footage/ab12cde.mp4",
        "clip_AB12CDE",
        "F1_AB12CDE.csv",
        "xAB12CDEx",
        "20261120T0915AB12CDE.jpg",
    ],
)
def test_a_mark_in_a_files_name_is_redacted(name):
    assert "ab12cde" not in redact(name).lower()


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T08:00:00.123Z and 2026-11-20T08:00:00Z, 08:00:00.123",
        "node1 web01 worker-12.example.org ip-10-0-0-1 10.0.0.123",
        "took 12s, 1500ms, 256mb, 3 of 4 rows, 0.5 s",
        "3.10.0 1.32.0 utf8 UTF-8 sha256 log4j2.properties py4j x86_64",
        "org.apache.spark.sql.delta.DeltaLog S3AFileSystem restricted.reads_staged",
        "part-00000-3f9a01c2-12ab-4d3e-9f00-aabbccddeeff-c000.zstd.parquet",
        "08:00:13 WARNING jobs.x",
        "0.5 of 0.75 hours, 12.5 s",
        "UTF-16, ISO-8859, SHA-256",
        "2026-11-20 to 2026-11-21",
    ],
)
def test_times_hosts_versions_durations_and_names_of_classes_stay(text):
    assert redact(text) == text


def test_java_has_the_same_pattern(spark):
    properties = spark.sparkContext._jvm.java.util.Properties()
    file = conf_dir() / "spark/log4j2.properties"
    properties.load(spark.sparkContext._jvm.java.io.StringReader(file.read_text(encoding="utf-8")))
    layout = properties.getProperty("appender.console.layout.pattern")
    assert f"%replace{{%m}}{{{PATTERN}}}{{<redacted>}}" in layout


_LEAKY = """
import logging, sys
from jobs.runtime.redaction import configure_logging
from jobs.runtime.session import build_session
from jobs.settings import load_settings

def fails(batches):
    for batch in batches:
        print("printed AB12CDE", file=sys.stderr, flush=True)
        print("said AB12CDE", flush=True)
        logging.getLogger("jobs.x").warning("logged ab12cde")
        if batch.num_rows:
            raise ValueError("cannot read WX34YZA at 54.97831")
    yield from ()

configure_logging()
spark = build_session(load_settings(), "leaks", {"spark.master": "local-cluster[1,1,1024]"})
rows = spark.createDataFrame([("AB12CDE",)], "vrm STRING").repartition(1)
for frame in (rows.mapInArrow(fails, "vrm STRING"), rows.selectExpr("raise_error(concat('at 54.97831 ', vrm))")):
    try:
        frame.collect()
    except Exception:
        pass
spark.stop()
"""


def test_neither_the_log_of_a_driver_nor_of_an_executor_on_a_cluster_names_a_plate_or_a_place(tmp_path):
    program = tmp_path / "leaky.py"
    program.write_text(_LEAKY)
    root, home = Path(__file__).parents[2], tmp_path / "spark"  # below which a local cluster's workers work
    home.mkdir()
    for name in ("bin", "jars"):
        (home / name).symlink_to(Path(pyspark.__file__).with_name(name))
    environment = os.environ | {
        "SPARK_HOME": str(home), "ANPRLAKE_STORAGE__SCRATCH": str(tmp_path / "scratch"),
        "PYTHONPATH": str(root), "SPARK_CONF_DIR": str(conf_dir() / "spark"),
        "_SPARK_AUTH_SECRET": secrets.token_hex(16),  # as on a standalone cluster
    }  # fmt: skip
    driver = subprocess.run([sys.executable, program], env=environment, capture_output=True, text=True, check=True)
    (log,) = (home / "work").rglob("stderr")
    executor = log.read_text()
    for text in (driver.stdout + driver.stderr, executor):
        assert "<redacted>" in text
        assert not re.search("AB12CDE|WX34YZA|54[.]97831", text, re.IGNORECASE)
    assert "printed <redacted>" in executor
    assert "said <redacted>" in executor
    assert "WARNING jobs.x: logged <redacted>" in executor
    assert "ERROR Executor: Exception in task" in executor
    assert f"-Dlog4j2.configurationFile=file:{conf_dir()}/spark/log4j2.properties" in executor.splitlines()[0]
    assert "ValueError: cannot read <redacted> at <redacted>" in driver.stderr
    assert {path.stat().st_mode & 0o077 for path in (home / "work").rglob("*")} == {0}
