"""Keyed tokens: what stands for plates, reads and cameras in the analytic zone.

A plain hash of a plate can be reversed by enumeration, so a token is an HMAC under a key that stays with the
restricted zone. The key is never part of a query plan: it travels to the workers inside the function alone.
"""

import hmac
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import cast

import pandas as pd
from pyspark.sql import Column
from pyspark.sql.pandas.functions import pandas_udf

from jobs.errors import LakeError

_KEY_BYTES = 32
_TOKEN_BYTES = 16  # 128 bits: no collisions at a nation's scale
_CODE_CHARS = 10


class TokenKeyError(LakeError):
    """The key file is unusable; the message never holds the key."""


def load_key(path: str) -> bytes:
    """Read the token key, or make one that only its owner can read.

    Raises:
        TokenKeyError: the file does not hold 32 bytes in hexadecimal digits.
    """
    file = Path(path)
    if not file.exists():
        _make_key(file)
    try:
        key = bytes.fromhex(file.read_text(encoding="ascii"))
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise TokenKeyError("storage.token_key: the file must hold 64 hexadecimal digits")
    return key


def _make_key(file: Path) -> None:
    """Write a whole key beside the file, then link it: of jobs that start together, the first one's key stays."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(_KEY_BYTES))
    with suppress(FileExistsError):
        os.link(draft, file)
    draft.unlink()


def token(key: bytes, kind: str, text: str) -> str:
    """32 hexadecimal digits that stand for `text` of a kind (vehicle, read, …); equal texts give equal tokens."""
    return hmac.digest(key, f"{kind}|{text}".encode(), "sha256")[:_TOKEN_BYTES].hex()


def site_code(key: bytes, camera_id: str) -> str:
    """A camera's opaque code, `S` and 10 digits; another key gives other codes."""
    return "S" + token(key, "site", camera_id)[:_CODE_CHARS]


def token_column(key: bytes, kind: str, text: Column) -> Column:
    """`token` of a string column."""
    return _mapped(text, lambda one: token(key, kind, one))


def site_code_column(key: bytes, camera_id: Column) -> Column:
    """`site_code` of a string column."""
    return _mapped(camera_id, lambda one: site_code(key, one), few=True)


def site_codes_column(key: bytes, camera_ids: Column) -> Column:
    """`site_code` of every element of an array column."""

    @pandas_udf("array<string>")  # type: ignore[call-overload, untyped-decorator] # the stubs know no such function
    def coded(batches: Iterator[pd.Series]) -> Iterator[pd.Series]:
        codes: dict[str, str] = {}
        for arrays in batches:
            for camera_id in set().union(*arrays) - codes.keys():
                codes[camera_id] = site_code(key, camera_id)
            yield arrays.map(lambda ids: [codes[camera_id] for camera_id in ids])

    return cast("Column", coded(camera_ids))


def _mapped(text: Column, function: Callable[[str], str], *, few: bool = False) -> Column:
    """The function of each text; of a few different texts, each is worked out once."""

    @pandas_udf("string")  # type: ignore[call-overload, untyped-decorator] # the stubs know no such function
    def mapped(batches: Iterator[pd.Series]) -> Iterator[pd.Series]:
        of = cache(function) if few else function
        for texts in batches:
            yield pd.Series([of(one) for one in texts.to_numpy()])

    return cast("Column", mapped(text))
