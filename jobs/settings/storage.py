"""Where things lie and who may read them, and how long one that writes waits for another."""

import re
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field

from jobs.settings.section import PositiveFloat, Section

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/")


def _place(value: str) -> str:
    """A URI, or a path: `file:///data/lake` is one, for Spark, pyarrow and locks alike."""
    if not _SCHEME.match(value):
        return value
    parts = urlsplit(value)
    if parts.scheme == "file":
        if parts.netloc not in {"", "localhost"} or not parts.path:
            raise ValueError(f"{value!r}: allowed is file:///<path>")
        return unquote(parts.path)
    if not parts.netloc:
        raise ValueError(f"{value!r}: allowed is a path or <scheme>://<name>/…")
    return value


def _path(value: str) -> str:
    value = _place(value)
    if _SCHEME.match(value):
        raise ValueError(f"{value!r}: allowed is a path of this machine, and no URI")
    return value


Place = Annotated[str, Field(min_length=1), AfterValidator(_place)]
LocalPath = Annotated[str, Field(min_length=1), AfterValidator(_path)]


class StorageSettings(Section):
    """Where tables, landing files, working files and the token key lie; which permissions new files never get."""

    root: Place
    landing: Place
    scratch: LocalPath
    token_key: LocalPath
    spark_secret: Annotated[str, AfterValidator(_path)]
    umask: Annotated[str, Field(pattern="^0?0[0-7]{2}$")]


class WritersSettings(Section):
    """How long a command waits for another one that writes."""

    wait_seconds: PositiveFloat
