"""Spark's secret on a cluster: from a file of one's own or the environment, and on no command line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.domain.errors import LakeError
from jobs.domain.private_file import PrivateFileError
from jobs.runtime import session

SECRET = "5e" * 16
SETTING = "spark.authenticate.secret"


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    """What a session sets is put back."""
    monkeypatch.setenv("_SPARK_AUTH_SECRET", "")
    monkeypatch.delenv("_SPARK_AUTH_SECRET")
    monkeypatch.delenv("PYSPARK_GATEWAY_PORT", raising=False)


@pytest.fixture
def secret_file(tmp_path):
    path = tmp_path / "spark.secret"
    path.write_text(f"{SECRET}\n")
    path.chmod(0o600)
    return path


def test_a_java_of_our_own_gets_the_secret_by_its_environment(secret_file):
    assert SECRET not in session._authentication(str(secret_file))[SETTING]
    assert os.environ["_SPARK_AUTH_SECRET"] == SECRET


def test_the_java_of_spark_submit_which_was_there_before_gets_it_as_a_setting(secret_file, monkeypatch):
    monkeypatch.setenv("PYSPARK_GATEWAY_PORT", "1")
    assert session._authentication(str(secret_file)) == {SETTING: SECRET}


def test_without_a_file_the_environment_has_it_or_nobody(monkeypatch):
    assert session._authentication("") == {}
    monkeypatch.setenv("_SPARK_AUTH_SECRET", SECRET)
    assert SETTING in session._authentication("")


def test_a_file_that_others_can_read_is_refused(secret_file):
    secret_file.chmod(0o640)
    with pytest.raises(PrivateFileError, match=r"storage\.spark_secret: others can use the file \(mode 640\)"):
        session._authentication(str(secret_file))


@pytest.mark.parametrize("content", [None, "", "5e" * 15, "5e" * 16 + " 5e"])
def test_a_file_without_a_whole_secret_is_refused_and_not_shown(secret_file, content):
    secret_file.unlink() if content is None else secret_file.write_text(content)
    with pytest.raises(LakeError, match=r"storage\.spark_secret: the file must hold 32 or more") as caught:
        session._authentication(str(secret_file))
    assert "5e5e" not in str(caught.value)


_PROGRAM = """
from jobs.runtime.session import build_session
from jobs.settings import load_settings
build_session(load_settings(), "no secret", {"spark.master": "spark://127.0.0.1:1"})
"""


def test_a_master_that_needs_a_secret_is_a_clear_error_without_one(tmp_path):
    places = {"ANPRLAKE_STORAGE__SCRATCH": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", _PROGRAM]
    done = subprocess.run(command, env=os.environ | places, capture_output=True, text=True, check=False)
    assert "LakeError: storage.spark_secret: this master needs Spark's secret" in done.stderr
