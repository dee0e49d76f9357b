"""One writer at a time, across processes, whatever becomes of the one that holds the lock."""

import errno
import fcntl
import signal
import subprocess
import sys

import pytest

from jobs.cli import main
from jobs.domain.errors import LakeError
from jobs.lake.folder_lock import FolderLock
from jobs.lake.lock import LakeBusyError, only_writer

_COUNT = """
import sys, time
from pathlib import Path
from jobs.lake.lock import only_writer
root, number = sys.argv[1], Path(sys.argv[2])
for _ in range(5):
    with only_writer(root, "count", 60):
        seen = int(number.read_text())
        time.sleep(0.02)
        number.write_text(str(seen + 1))
"""
_HOLD = """
import sys, time
from jobs.lake.lock import only_writer
with only_writer(sys.argv[1], "nightly 2026-11-19", 60):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of the lake in `tmp_path`."""
    with subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_writers_in_several_processes_never_overlap(tmp_path):
    number = tmp_path / "number"
    number.write_text("0")
    command = [sys.executable, "-c", _COUNT, str(tmp_path / "lake"), str(number)]
    processes = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait(timeout=120) for process in processes] == [0, 0, 0]
    assert number.read_text() == "15"


def test_who_waits_says_for_whom_and_gives_up_in_the_end(tmp_path, holder, caplog):
    with (
        pytest.raises(LakeBusyError, match=rf"^nightly 2026-11-19, process {holder.pid} of .* waited 0.3 s"),
        only_writer(str(tmp_path), "purge 2026-11-20", 0.3),
    ):
        pytest.fail("two writers at once")
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith(f"waiting for nightly 2026-11-19, process {holder.pid} of ")


def test_the_lock_of_a_killed_process_is_free(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with only_writer(str(tmp_path), "nightly 2026-11-20", 10):
        assert (tmp_path / ".writer").read_text().startswith("nightly 2026-11-20, process ")
    assert not (tmp_path / ".writer").exists()


def test_a_failed_writer_gives_the_lock_back(tmp_path):
    with pytest.raises(KeyError), only_writer(str(tmp_path), "one", 1):
        raise KeyError
    with only_writer(str(tmp_path), "two", 1):
        pass


@pytest.mark.parametrize("removed", [".writer", ".writer.lock"])
def test_removing_a_file_of_the_lake_while_it_is_written_lets_no_second_writer_in(tmp_path, removed):
    with only_writer(str(tmp_path), "one", 1):
        (tmp_path / removed).unlink(missing_ok=True)
        with pytest.raises(LakeBusyError, match="is writing to the lake"), only_writer(str(tmp_path), "two", 0.2):
            pytest.fail("two writers at once")


def test_a_uri_of_a_local_folder_has_the_lock_of_the_folder(tmp_path):
    with (
        only_writer(f"file://{tmp_path}/lake", "one", 1),
        pytest.raises(LakeBusyError, match="one, process "),
        only_writer(str(tmp_path / "lake"), "two", 0.2),
    ):
        pytest.fail("two writers at once")


def test_a_folder_that_was_exchanged_before_it_was_locked_is_not_the_lakes(tmp_path, monkeypatch):
    lake, flock = tmp_path / "lake", fcntl.flock

    def slow_flock(*arguments):
        lake.rename(tmp_path / "moved")
        lake.mkdir()
        flock(*arguments)

    lock = FolderLock(lake)
    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "flock", slow_flock)
        assert not lock.take("one")
    assert lock.take("one")
    lock.release()


def test_a_file_system_that_locks_no_folders_is_an_error_that_says_what_is_allowed(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EBADF, "as NFS does")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(LakeError, match=r"^storage\.root: its file system locks no folders"):
        FolderLock(tmp_path).take("x")


@pytest.mark.parametrize("root", ["hdfs://host/lake", "ftp://host/lake"])
def test_storage_without_locks_is_an_error_that_says_what_is_allowed(root):
    with pytest.raises(LakeError, match=r"^storage\.root: (hdfs|ftp): has no locks"), only_writer(root, "x", 1):
        pytest.fail("written without a lock")


NIGHT = ("--process-date", "2026-11-20")
PURGE = ("purge", "--as-of", NIGHT[1])
BACKFILL = ("backfill", "--from", "2026-11-19", "--to", "2026-11-20", "--stage", "analyse")


@pytest.fixture
def _own_lake(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setenv("ANPRLAKE_STORAGE__ROOT", str(tmp_path))
    monkeypatch.setenv("ANPRLAKE_STORAGE__LANDING", f"{tmp_path}-landing")
    monkeypatch.setenv("ANPRLAKE_WRITERS__WAIT_SECONDS", "0.1")


def ended(*arguments):
    with pytest.raises(SystemExit) as end:
        main(list(arguments))
    return end.value.code


@pytest.mark.parametrize(
    "command",
    [
        ("ingest", *NIGHT), ("ocr", *NIGHT), ("consolidate", *NIGHT), ("validate", *NIGHT), ("analyse", *NIGHT),
        ("nightly", *NIGHT), ("recover", *NIGHT), PURGE, (*BACKFILL, "--execute"),
    ],
    ids=lambda command: command[0],
)  # fmt: skip
@pytest.mark.usefixtures("_own_lake")
def test_every_command_that_writes_waits_for_the_lock(tmp_path, capsys, command):
    with only_writer(str(tmp_path), "another one", 1):
        before = sorted(tmp_path.rglob("*"))
        assert ended(*command) == 1
        assert sorted(tmp_path.rglob("*")) == before
    assert "anprlake: another one, process " in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [("hits", "--captured-on", NIGHT[1]), ("tables",), ("summary", *NIGHT), (*PURGE, "--dry-run"), BACKFILL],
    ids=lambda command: command[0],
)
@pytest.mark.usefixtures("_own_lake")
def test_a_command_that_only_looks_does_not_wait_and_makes_nothing(tmp_path, capsys, command):
    with only_writer(str(tmp_path), "another one", 1):
        before = sorted(tmp_path.rglob("*"))
        assert ended(*command) == 0
        assert sorted(tmp_path.rglob("*")) == before
    assert capsys.readouterr().out
