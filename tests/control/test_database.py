"""SQLite's file: private whatever a copy of it was, and what ails it is told in its own words."""

import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from jobs.control import database
from jobs.control.database import ControlError, open_control
from tests.factories import changed, lake_settings


@pytest.fixture
def settings(tmp_path):
    return lake_settings(tmp_path)


@pytest.fixture
def file(settings):
    """The database of a lake, just made."""
    with open_control(settings):
        pass
    return Path(settings.storage.root, "restricted/control/control.db")


@pytest.mark.parametrize(("umask", "mode"), [("077", 0o600), ("027", 0o640)])
def test_a_copy_that_others_could_use_is_private_once_it_is_opened(settings, file, umask, mode):
    file.chmod(0o666)
    with open_control(changed(settings, "storage.umask", umask)) as control, control.reading():
        modes = {stat.S_IMODE(part.stat().st_mode) for part in file.parent.glob("control.db*")}
    assert modes == {mode}


def test_a_journal_that_has_just_gone_stands_in_nobodys_way(settings, file):
    (file.parent / "control.db-gone").symlink_to("nowhere")
    with open_control(settings) as control, control.reading():
        pass


def test_what_ails_it_is_told_in_sqlites_words_and_a_servers_may_name_values():
    with (
        pytest.raises(ControlError, match=r"^control\.database cannot be used: OperationalError: it is read-only$"),
        database._told(),
    ):
        raise OperationalError("INSERT", {"vrm": "AB12CDE"}, sqlite3.OperationalError("it is read-only"))
    with pytest.raises(ControlError, match=r"^control\.database cannot be used: ValueError$"), database._told():
        raise OperationalError("INSERT", {"vrm": "AB12CDE"}, ValueError("AB12CDE"))
