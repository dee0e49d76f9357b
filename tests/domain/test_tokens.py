"""Tokens: stable under one key, different under another, and the key stays with its owner."""

import hmac
from hashlib import sha256
from re import fullmatch

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from pyspark.sql import functions as F

from jobs.domain.token_columns import site_codes_column, token_column
from jobs.domain.tokens import (
    fingerprint,
    read_tokens_of,
    site_code,
    site_codes_of,
    token,
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
