"""Keys in files: made once, read only where they are their owner's alone."""

import os
import stat
from multiprocessing.pool import ThreadPool

import pytest

from jobs.domain.private_file import PrivateFileError, load_key, make_key

SETTING = "storage.token_key"


def test_the_key_is_made_once_for_its_owner_only(tmp_path):
    path = tmp_path / "keys" / "token.key"
    assert load_key(str(path), SETTING) is None
    make_key(str(path), SETTING)
    key = load_key(str(path), SETTING)
    assert len(key) == 32
    make_key(str(path), SETTING)
    assert load_key(str(path), SETTING) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_jobs_that_start_together_get_one_key(tmp_path):
    path = str(tmp_path / "token.key")

    def made(_):
        make_key(path, SETTING)
        return load_key(path, SETTING)

    with ThreadPool(8) as pool:
        keys = set(pool.map(made, range(32)))
    assert len(keys) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["token.key"]


@pytest.fixture
def key_file(tmp_path):
    """A good key file."""
    path = tmp_path / "token.key"
    path.write_text("5e" * 32)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("content", ["", "00" * 31, "00" * 33, "zz" * 32, "ü" * 64])
def test_a_broken_key_file_is_an_error_that_does_not_show_it(key_file, content):
    key_file.write_text(content, encoding="utf-8")
    with pytest.raises(
        PrivateFileError, match=r"storage\.token_key: the file must hold 64 hexadecimal digits"
    ) as caught:
        load_key(str(key_file), SETTING)
    assert not content or content not in str(caught.value)


@pytest.mark.parametrize("mode", [0o666, 0o640, 0o620, 0o604, 0o602, 0o644])
def test_a_key_that_others_can_read_or_write_is_an_error_that_says_what_to_do(key_file, mode):
    assert load_key(str(key_file), SETTING) == b"\x5e" * 32
    key_file.chmod(mode)
    with pytest.raises(PrivateFileError, match=rf"mode {mode:o}\).* chmod 600"):
        load_key(str(key_file), SETTING)


def test_a_key_of_another_user_is_an_error_that_says_what_to_do(key_file, monkeypatch):
    real = os.fstat

    def of_another(descriptor):
        status = list(real(descriptor))
        status[stat.ST_UID] = os.geteuid() + 1
        return os.stat_result(status)

    monkeypatch.setattr(os, "fstat", of_another)
    with pytest.raises(PrivateFileError, match="another user's; give it to the user of the lake"):
        load_key(str(key_file), SETTING)


@pytest.mark.parametrize("make", ["symlink", "dangling", "pipe", "folder"])
def test_a_key_that_is_a_link_or_no_file_is_an_error(key_file, make):
    path = key_file.with_name("other")
    if make == "folder":
        path.mkdir(0o700)
    elif make == "pipe":
        os.mkfifo(path, 0o600)
    else:
        path.symlink_to(key_file if make == "symlink" else "nowhere")
    with pytest.raises(PrivateFileError, match=r"^storage\.token_key: "):
        load_key(str(path), SETTING)
