"""Signed heads: what is signed can be checked by anybody with the key, and nothing else is."""

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import update

from jobs import cli
from jobs.control.heads import (
    checked,
    keep_head,
    kept_away,
    public_keys,
    public_text,
    put_away,
    replace_key,
    signed,
    signers,
    signing_key,
)
from jobs.control.log import Entry, Head, LogError, append, entries, head
from jobs.control.schema import TREE

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
HEAD = Head(3, b"\x01" * 32)
ALWAYS = range(1_000)
PUBLIC = {public_text(KEY.public_key()): ALWAYS}


def test_a_head_is_a_note_of_four_lines_and_a_signature():
    note = signed(HEAD, KEY, AT)
    name, size, root, at, empty, signature, end = note.split("\n")
    assert (name, size, at, empty, end) == ("anprlake.control", "3", "at 2026-11-28T12:00:00+00:00", "", "")
    assert base64.b64decode(root) == HEAD.root
    assert signature.startswith("\N{EM DASH} anprlake.control ")
    assert checked(note, PUBLIC) == HEAD


def test_a_head_with_any_byte_changed_is_refused():
    note = signed(HEAD, KEY, AT)
    for place in range(len(note) - 1):
        other = note[:place] + ("A" if note[place] != "A" else "B") + note[place + 1 :]
        with pytest.raises(LogError):
            checked(other, PUBLIC)


def test_a_head_of_another_key_is_refused():
    other = Ed25519PrivateKey.from_private_bytes(b"\x08" * 32)
    with pytest.raises(LogError, match="signed by no key of this log"):
        checked(signed(HEAD, other, AT), PUBLIC)
    assert checked(signed(HEAD, other, AT), PUBLIC | {public_text(other.public_key()): ALWAYS}) == HEAD


@pytest.mark.parametrize("note", ["", "x", "anprlake.control\n3\n", "anprlake.control\n-1\nAA==\n\n\N{EM DASH} x AA=="])
def test_what_is_no_head_is_told_so(note):
    with pytest.raises(LogError, match="no head"):
        checked(note, PUBLIC)


def test_a_log_has_its_key_and_takes_no_other(control, settings):
    path = Path(settings.control.signing_key)
    with control.deciding() as connection:
        key = signing_key(connection, str(path))
        assert public_keys(connection) == [public_text(key.public_key())]
        assert [kind for _, _, kind, _ in entries(connection)] == ["log_key"]
        note = keep_head(connection, signing_key(connection, str(path)))
        assert keep_head(connection, key) == note
        append(connection, [Entry("test", {})])
        assert checked(keep_head(connection, key), signers(connection)).size == 2
        path.rename(path.with_name("kept.key"))
        with pytest.raises(LogError, match="the file is missing"):
            signing_key(connection, str(path))
        path.write_text("07" * 32)
        path.chmod(0o600)
        with pytest.raises(LogError, match="not the key of this log"):
            signing_key(connection, str(path))


def test_a_key_that_was_given_up_signs_no_head_of_what_came_after(control, settings):
    path = Path(settings.control.signing_key)
    with control.deciding() as connection:
        old = signing_key(connection, str(path))
        before = keep_head(connection, old)
        path.rename(path.with_name("old.key"))
        replace_key(connection, str(path), "1")
        new = signing_key(connection, str(path))
        both, after = signers(connection), head(connection)
        assert checked(before, both).size == 1
        assert checked(signed(after, new, AT), both) == after
        for told, key in ((after, old), (Head(1, after.root), new)):
            with pytest.raises(LogError, match="signed by no key of this log"):
                checked(signed(told, key, AT), both)
        path.unlink()
        path.with_name("old.key").rename(path)
        with pytest.raises(LogError, match="a key that was given up"):
            signing_key(connection, str(path))


def test_heads_that_are_put_away_are_found_again_and_none_is_written_over(tmp_path):
    notes = [signed(HEAD, KEY, AT), signed(Head(4, b"\x02" * 32), KEY, AT)]
    for note in (*notes, notes[0]):
        put_away(note, str(tmp_path / "heads"))
    assert sorted(kept_away(str(tmp_path / "heads"))) == sorted(notes)
    assert kept_away(str(tmp_path / "nothing")) == []


@pytest.fixture
def anprlake(settings, monkeypatch, capsys):
    """The command, on a control database of its own."""
    for section, name in [("storage", "root"), ("storage", "landing"), ("storage", "scratch"), ("storage", "token_key"),
                          ("control", "database"), ("control", "signing_key"), ("control", "heads")]:  # fmt: skip
        monkeypatch.setenv(f"ANPRLAKE_{section.upper()}__{name.upper()}", getattr(getattr(settings, section), name))

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.main([*arguments])
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out + told.err

    return run


def test_by_the_commands_a_log_is_kept_verified_and_what_was_cut_off_is_found(anprlake, control, tmp_path):
    grantor = ("--rank", "inspector", "--role", "grantor", "--until", "2027-11-20")
    assert anprlake("people", "add", "1001", *grantor)[0] == 0
    code, note = anprlake("log", "head")
    assert code == 0
    (tmp_path / "my.head").write_text(note)
    assert anprlake("people", "add", "1001", *grantor)[1] == (
        "anprlake: there are grantors: one of them adds others (--by)\n"
    )  # fmt: skip
    assert anprlake("people", "add", "2002", *grantor[:2], "--role", "boss", *grantor[4:])[0] == 2
    assert anprlake("people", "add", "2002", *grantor, "--by", "1001")[0] == 0
    assert "2002" in anprlake("people", "list")[1]
    code, told = anprlake("log", "verify", "--head", str(tmp_path / "my.head"))
    assert (code, told.splitlines()[0]) == (
        0,
        "3 rows, as they were written; 1 heads are kept elsewhere, the newest is of 2 rows",
    )
    assert "1 rows came since, and nothing outside this database protects them" in told
    assert anprlake("log", "new-key", "--by", "1001") == (1, (
        "anprlake: control.signing_key: there is a key: move it away first\n"
    ))  # fmt: skip
    (tmp_path / "control.key").rename(tmp_path / "lost.key")
    assert "control.signing_key: the file is missing" in anprlake("log", "head")[1]
    assert anprlake("log", "new-key", "--by", "9")[0] == 1
    assert anprlake("log", "new-key", "--by", "1001") == (0, "")
    assert anprlake("log", "head")[0] == 0
    told = anprlake("log", "verify", "--head", str(tmp_path / "my.head"))[1]
    assert told.splitlines()[0] == "4 rows, as they were written; 2 heads are kept elsewhere, the newest is of 4 rows"
    with control.deciding() as connection:
        connection.exec_driver_sql("UPDATE log SET payload = '{}' WHERE position = 0")
    assert anprlake("log", "verify") == (1, "anprlake: row 0 of the log was changed\n")
    with control.deciding() as connection:
        connection.execute(update(TREE).values(size=2))
    code, told = anprlake("people", "list")
    assert (code, "2002" in told) == (0, True)
    assert "what follows is not what was decided: the control database has 2 rows of its log" in told
