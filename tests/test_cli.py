"""The command: wrong use gets one clear line and exit code 2, and help is quick."""

import errno
import subprocess
import sys

import cv2
import numpy as np
import pytest

from jobs.cli import main
from jobs.domain.errors import LakeError
from jobs.runtime.stage_names import Stage
from jobs.runtime.stages import STAGES

COMMANDS = (
    "simulate", "ingest", "ocr", "consolidate", "validate", "analyse", "nightly", "backfill", "hits", "respond",
    "recover", "purge", "tables", "quality", "read",
)  # fmt: skip


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


@pytest.fixture(autouse=True)
def _own_hook(monkeypatch):
    """`main` sets the hook of uncaught errors; it is put back."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)


HOLD = ["hold", "add", "--case", "Op Kestrel", "--reason", "trial", "--by", "3", "--review-on", "2027-01-01"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["ingest", "--dat", "2026-11-20"], "No such option"),
        (["ingest"], "Missing option '--process-date'"),
        (["ingest", "--process-date", "yesterday"], "'yesterday' is no date; allowed is YYYY-MM-DD"),
        (["ingest", "--process-date", "2026-02-30"], "'2026-02-30' is no date"),
        (["ingest", "--process-date", "2026-11-20", "more"], "unexpected extra argument"),
        (["simulate", "--last-day", "2026-11-20", "--days", "0"], "Invalid value for '--days'"),
        (["nightly", "--process-date", "2026-11-20", "--stage", "ocr2"], "Invalid value for '--stage'"),
        (["purge", "--as-of", "2999-01-01"], "--as-of 2999-01-01 has not come: what may still be kept would go"),
        (["nightly", "--process-date", "2999-01-01"], "2999-01-01 has not come"),
        (["ingest", "--process-date", "2999-01-01"], "2999-01-01 has not come"),
        (["backfill", "--from", "2026-11-20", "--to", "2999-01-01", "--stage", "ingest"], "2999-01-01 has not come"),
        (["status", "--as-of", "0001-01-01"], "0001-01-01 is not within 1970-01-01 and 9998-01-01"),
        (["purge", "--as-of", "9999-12-31", "--dry-run"], "9999-12-31 is not within"),
        ([*HOLD, "--since", "0001-01-01T00:00:00+14:00"], "0001-01-01 is not within"),
        ([*HOLD, "--until", "9999-12-31T23:00:00-14:00"], "9999-12-31 is not within"),
        (["quality", "--days", "9999999"], "Invalid value for '--days'"),
        (["nothing"], "No such command 'nothing'"),
        (["read", "not-there.mp4"], "does not exist"),
        (["read"], "Missing argument"),
    ],
)
def test_wrong_arguments_get_one_line_and_exit_code_2(capsys, arguments, expected):
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert err.startswith("anprlake: ")
    assert len(err.splitlines()) == 1
    assert expected in err


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("ANPRLAKE_STORAGE__ROOTS", "x", "storage.roots: unknown key"),
        ("ANPRLAKE_RETENTION__PROFILE", "x", "retention.profile = 'x': allowed is one of acpo_2011, nasple_12m"),
        ("ANPRLAKE_CONF", "nowhere", "lake.yaml is missing in nowhere"),
    ],
)
def test_wrong_settings_get_one_line_and_exit_code_2_before_any_work(capsys, monkeypatch, variable, value, expected):
    monkeypatch.setenv(variable, value)
    code, _, err = run(capsys, "nightly", "--process-date", "2026-11-20")
    assert code == 2
    assert expected in err
    assert len(err.splitlines()) == 1


def ends_with(error: Exception, capsys, monkeypatch) -> tuple[int, str, str]:
    """How a command ends whose work fails with an error."""

    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr("jobs.runtime.night.run_and_tell", fails)
    return run(capsys, "ingest", "--process-date", "2026-11-20")


def test_an_error_of_the_lake_gets_one_line_and_exit_code_1(capsys, monkeypatch):
    assert ends_with(LakeError("two\n  lines"), capsys, monkeypatch) == (1, "", "anprlake: two lines\n")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, "x", "/lake/AB12CDE"), "OSError: No space left on device"),
        (OSError("Generic error: /lake/AB12CDE: Read-only (os error 30)"), "OSError: Read-only file system"),
        (PermissionError(errno.EACCES, "x"), "PermissionError: Permission denied"),
    ],
)
def test_what_the_machine_has_not_got_or_does_not_allow_gets_one_line(capsys, monkeypatch, error, told):
    assert ends_with(error, capsys, monkeypatch) == (1, "", f"anprlake: {told}\n")


def test_what_may_be_the_programs_own_error_is_no_machines(capsys, monkeypatch):
    with pytest.raises(FileNotFoundError):
        ends_with(FileNotFoundError(errno.ENOENT, "x"), capsys, monkeypatch)


def test_help_names_every_command(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert all(command in out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(capsys, command):
    code, out, _ = run(capsys, command, "--help")
    assert code == 0
    assert "--help" in out


def loaded(heavy: set[str], *arguments: str) -> set[str]:
    """Those of some packages that a command of its own process imports."""
    program = (
        "import sys\nfrom jobs.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print('loaded:', *{name.partition('.')[0] for name in sys.modules})\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    return heavy & set(ended.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("arguments", [["--help"], ["nightly", "--help"], ["nightly", "--process-date", "x"]])
def test_help_and_wrong_use_load_neither_spark_nor_models(arguments):
    assert loaded({"pyspark", "cv2", "paddle", "paddleocr", "pandas", "great_expectations"}, *arguments) == set()


def test_reading_a_photo_loads_neither_spark_nor_delta(tmp_path):
    photo = tmp_path / "black.png"
    cv2.imwrite(str(photo), np.zeros((64, 64, 3), np.uint8))
    assert loaded({"pyspark", "delta", "deltalake", "great_expectations", "cv2"}, "read", str(photo)) == {"cv2"}


def test_the_stages_to_choose_from_are_those_of_the_night_in_order():
    assert list(Stage) == list(STAGES)


def test_what_failed_work_says_is_redacted_and_what_wrong_use_says_is_not(capsys, monkeypatch, tmp_path):
    for name in ("root", "landing", "scratch", "token_key"):
        monkeypatch.setenv(f"ANPRLAKE_STORAGE__{name.upper()}", str(tmp_path / name))
    folder = tmp_path / "landing/2026-11-20/cameras"
    folder.mkdir(parents=True)
    (folder / "AB12CDE.csv").write_text("nonsense\n")
    code, _, err = run(capsys, "ingest", "--process-date", "2026-11-20")
    assert code == 1
    assert err.splitlines()[-1].startswith("anprlake: 2026-11-20/cameras/<redacted>.csv")
    monkeypatch.setenv("ANPRLAKE_STORAGE__UMASK", "AB12CDE")
    assert "storage.umask = 'AB12CDE'" in run(capsys, "tables")[2]
