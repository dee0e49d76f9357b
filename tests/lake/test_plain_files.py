"""Plain files alone are listed as such, opened and removed: nothing is reached through a link, in whatever place."""

import os
import socket

import pytest

from jobs.lake.plain_files import NotPlainError, open_plain, remove_plain, walk


def content(root, path):
    with os.fdopen(open_plain(str(root), path), "rb") as stream:
        return stream.read()


@pytest.fixture
def root(tmp_path):
    """A folder with a plain file, beside one of somebody else."""
    (tmp_path / "root/day/kind").mkdir(parents=True)
    (tmp_path / "root/day/kind/plain").write_bytes(b"plain")
    (tmp_path / "else/kind").mkdir(parents=True)
    (tmp_path / "else/kind/plain").write_bytes(b"secret")
    return tmp_path / "root"


def _unix_socket(path):
    os.chdir(path.parent)  # its address may not be long
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path.name)


MAKE = {
    "link": lambda path, other: path.symlink_to(other / "kind/plain"),
    "relative link": lambda path, _: path.symlink_to("plain"),
    "dangling link": lambda path, _: path.symlink_to("nowhere"),
    "link to a folder": lambda path, other: path.symlink_to(other / "kind"),
    "hard link": lambda path, other: path.hardlink_to(other / "kind/plain"),
    "pipe": lambda path, _: os.mkfifo(path),
    "socket": lambda path, _: _unix_socket(path),
}


@pytest.mark.parametrize("kind", MAKE)
def test_what_is_no_plain_file_is_listed_and_neither_opened_nor_removed(root, kind, monkeypatch):
    monkeypatch.chdir(root)
    path = root / "day/kind/x"
    MAKE[kind](path, root.parent / "else")
    assert {found.path: found.plain for found in walk(str(root))} == {"day/kind/plain": True, "day/kind/x": False}
    for touch in (open_plain, remove_plain):
        with pytest.raises(NotPlainError):
            touch(str(root), "day/kind/x")
    assert os.path.lexists(path)
    assert content(root, "day/kind/plain") == b"plain"


@pytest.mark.parametrize("where", ["day", "day/kind"])
def test_no_folder_on_the_way_may_be_a_link(root, where):
    (root / where).rename(root.parent / "moved")
    (root / where).symlink_to(root.parent / "else" if where == "day" else root.parent / "else/kind")
    assert [(found.path, found.plain) for found in walk(str(root))] == [(where, False)]
    for touch in (open_plain, remove_plain):
        with pytest.raises(NotPlainError):
            touch(str(root), "day/kind/plain")
    assert (root.parent / "else/kind/plain").read_bytes() == b"secret"


@pytest.mark.parametrize("path", ["../else/kind/plain", "day/../../else/kind/plain", "{root}/day/kind/plain"])
def test_a_path_does_not_lead_out_of_the_folder(root, path):
    for touch in (open_plain, remove_plain):
        with pytest.raises(NotPlainError):
            touch(str(root), path.format(root=root))


def test_the_folder_itself_may_be_a_link_of_its_owner(root):
    link = root.parent / "link"
    link.symlink_to(root)
    assert [found.path for found in walk(str(link))] == ["day/kind/plain"]
    assert content(link, "day/kind/plain") == b"plain"
    remove_plain(str(link), "day/kind/plain")
    assert not (root / "day/kind/plain").exists()


@pytest.mark.parametrize("swapped", ["x", "day"])
def test_what_is_exchanged_between_the_look_and_the_opening_is_not_read(root, monkeypatch, swapped):
    look = os.stat

    def slow_look(path, **options):
        found = look(path, **options)
        if path == "plain":  # looked at, and now another one
            target = root / "day/kind/plain" if swapped == "x" else root / "day"
            target.rename(root.parent / "gone")
            target.symlink_to(root.parent / ("else/kind/plain" if swapped == "x" else "else"))
        return found

    monkeypatch.setattr(os, "stat", slow_look)
    if swapped == "x":
        with pytest.raises(NotPlainError):
            content(root, "day/kind/plain")
    else:
        assert content(root, "day/kind/plain") == b"plain"


def test_a_name_that_is_no_text_is_refused_and_the_others_are_listed(root):
    os.close(os.open(os.fsencode(root) + b"/day/kind/\xff", os.O_CREAT, 0o600))
    assert sorted(found.plain for found in walk(str(root))) == [False, True]


def test_what_goes_while_it_is_listed_is_passed_over(root, monkeypatch):
    (root / "day/kind/.part").write_bytes(b"x")
    look = os.stat

    def slow_look(path, **options):
        if path == ".part":
            (root / "day/kind/.part").rename(root / "day/kind/whole")
        return look(path, **options)

    monkeypatch.setattr(os, "stat", slow_look)
    assert "day/kind/.part" not in {found.path for found in walk(str(root))}


def test_a_folder_that_cannot_be_listed_is_an_error(root, monkeypatch):
    scan = os.scandir

    def refuse(folder):
        if (root / "day/kind").samefile(f"/proc/self/fd/{folder}"):
            raise PermissionError(13, "denied")
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(PermissionError):
        list(walk(str(root)))


def test_what_is_not_there_is_not_there(root):
    assert list(walk(str(root / "none"))) == []
    with pytest.raises(FileNotFoundError):
        open_plain(str(root), "day/kind/none")
