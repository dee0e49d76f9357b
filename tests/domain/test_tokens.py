"""Tokens: stable under one key, different under another, and the key stays with its owner."""

import hmac
import os
import stat
from hashlib import sha256
from multiprocessing.pool import ThreadPool
from re import fullmatch

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from pyspark.sql import functions as F

from jobs.domain.private_file import PrivateFileError
from jobs.domain.tokens import (
    TokenKeyError,
    fingerprint,
    load_key,
    make_key,
    read_tokens_of,
    site_code,
    site_codes_column,
    site_codes_of,
    token,
    token_column,
    tokens_of,
)

KEY, OTHER = bytes(32), bytes([1]) * 32


def test_a_token_is_stable_for_one_key_kind_and_text():
    assert token(KEY, "vehicle", "AB12CDE") == token(KEY, "vehicle", "AB12CDE") == "e91518ddc28086ea477ec8eaadd7a570"


def test_another_key_kind_or_text_gives_another_token():
    tokens = {token(k, kind, t) for k in (KEY, OTHER) for kind in ("vehicle", "read") for t in ("AB12CDE", "AB12CDF")}
    assert len(tokens) == 8


def test_a_site_code_is_short_opaque_and_keyed():
    code = site_code(KEY, "F001")
    assert len(code) == 11
    assert code[0] == "S"
    assert "F001" not in code
    assert code != site_code(OTHER, "F001")


def test_the_key_is_made_once_for_its_owner_only(tmp_path):
    path = tmp_path / "keys" / "token.key"
    assert load_key(str(path)) is None
    make_key(str(path))
    key = load_key(str(path))
    assert len(key) == 32
    make_key(str(path))
    assert load_key(str(path)) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_jobs_that_start_together_get_one_key(tmp_path):
    path = str(tmp_path / "token.key")

    def made(_):
        make_key(path)
        return load_key(path)

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
    with pytest.raises(TokenKeyError, match=r"storage\.token_key: the file must hold 64 hexadecimal digits") as caught:
        load_key(str(key_file))
    assert not content or content not in str(caught.value)


@pytest.mark.parametrize("mode", [0o666, 0o640, 0o620, 0o604, 0o602, 0o644])
def test_a_key_that_others_can_read_or_write_is_an_error_that_says_what_to_do(key_file, mode):
    assert load_key(str(key_file)) == b"\x5e" * 32
    key_file.chmod(mode)
    with pytest.raises(PrivateFileError, match=rf"mode {mode:o}\).* chmod 600"):
        load_key(str(key_file))


def test_a_key_of_another_user_is_an_error_that_says_what_to_do(key_file, monkeypatch):
    real = os.fstat

    def of_another(descriptor):
        status = list(real(descriptor))
        status[stat.ST_UID] = os.geteuid() + 1
        return os.stat_result(status)

    monkeypatch.setattr(os, "fstat", of_another)
    with pytest.raises(PrivateFileError, match="another user's; give it to the user of the lake"):
        load_key(str(key_file))


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
        load_key(str(path))


def test_a_fingerprint_tells_keys_apart():
    assert fingerprint(KEY) == fingerprint(KEY) != fingerprint(OTHER)


def test_columns_give_the_same_tokens_as_the_functions(spark):
    told = [("A1", ["F001", "F002"]), ("A1", []), ("B2", ["F002"])]
    rows = spark.createDataFrame(told)
    found = rows.select(
        token_column(KEY, "vehicle", F.col("_1")),
        site_codes_column(KEY, F.col("_2")),
    ).collect()
    expected = [(token(KEY, "vehicle", vrm), [site_code(KEY, one) for one in cameras]) for vrm, cameras in told]
    assert [tuple(row) for row in found] == expected
    vrms = ["A1", "B2", "A1"]
    assert tokens_of(KEY, "vehicle", pa.array(vrms)).to_pylist() == [token(KEY, "vehicle", vrm) for vrm in vrms]
    assert site_codes_of(KEY, pa.array(["F001", "F001"])).to_pylist() == [site_code(KEY, "F001")] * 2


def test_reads_have_tokens_of_their_own_under_each_key():
    names = [sha256(str(number).encode()).hexdigest()[:32] for number in range(100)]
    found = {key: read_tokens_of(key, pa.array(names)).to_pylist() for key in (KEY, OTHER)}
    assert len({*names, *found[KEY], *found[OTHER]}) == 300
    assert all(fullmatch("[0-9a-f]{32}", one) for one in found[KEY])
    # Each stands for its own name, wherever in a column that lies.
    assert read_tokens_of(KEY, pa.array(names)[7:9]).to_pylist() == found[KEY][7:9]
    assert read_tokens_of(KEY, pa.array([], pa.string())).to_pylist() == []


def test_a_read_token_is_a_block_of_aes_256_under_the_key_for_reads():
    name = "00112233445566778899aabbccddeeff"
    block = bytes.fromhex(read_tokens_of(KEY, pa.array([name]))[0].as_py())
    cipher = Cipher(AES(hmac.digest(KEY, b"read", "sha256")), ECB())  # noqa: S305 - as there
    assert cipher.decryptor().update(block).hex() == name


@pytest.mark.parametrize("name", [None, "", "AB12CDE", "0" * 31, "0" * 31 + "g", " " + "0" * 31, "0" * 33])
def test_what_is_no_name_of_a_read_gets_no_token(name):
    with pytest.raises(ValueError, match=r"^a read's name is not 32 hexadecimal digits$"):
        read_tokens_of(KEY, pa.array(["0" * 32, name]))


def test_the_key_is_in_no_query_plan(spark, capsys):
    key = bytes(range(32))
    spark.createDataFrame([("A1",)]).select(token_column(key, "vehicle", F.col("_1"))).explain(extended=True)
    plan = capsys.readouterr().out
    assert "Plan" in plan
    assert key.hex() not in plan.lower()
