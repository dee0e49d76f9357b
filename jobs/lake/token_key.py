"""The token key of a lake: the lake knows its key by a fingerprint, and takes no other.

Under another key no token would join with yesterday's, and nobody would see why.
"""

from pyarrow import fs

from jobs.domain.errors import LakeError
from jobs.domain.private_file import load_key, make_key
from jobs.domain.tokens import fingerprint, site_code
from jobs.lake.storage import open_folder
from jobs.lake.store import Store
from jobs.lake.tables import CAMERAS, CATALOGUE, Zone

FINGERPRINT = "token_key.fingerprint"
_SETTING = "storage.token_key"


class TokenKeyError(LakeError):
    """The key is missing or another one; the message says what to do, and never holds the key."""


def key_of(store: Store, path: str) -> bytes:
    """The key of a lake's tokens; made where the lake has no tokens yet.

    Args:
        store: of the lake.
        path: of the key's file.

    Raises:
        TokenKeyError: the lake has tokens, and the key is missing or another one.
        PrivateFileError: the file is unusable.
    """
    known, key = _known(store.root), load_key(path, _SETTING)
    if key is None:
        if known or _has_tokens(store):
            raise TokenKeyError(
                "storage.token_key: the file is missing, and the lake has tokens of it: put it back from its backup"
            )
        key = make_key(path, _SETTING)
    if known is None and _made_its_codes(store, key):
        _keep(store.root, fingerprint(key))
    elif known != fingerprint(key):
        raise TokenKeyError(
            "storage.token_key: not the key of this lake's tokens: put that back from its backup; where it is lost, "
            f"remove the analytic zone, restricted/cameras and governance/{FINGERPRINT}, and run a night: it reads the "
            "register again, and builds all that is missing"
        )
    return key


def _has_tokens(store: Store) -> bool:
    """Whether the lake has tokens, also of before it knew its key; the codes of cameras are some."""
    return any(store.rows_by_day(table) for table in CATALOGUE if table.zone is Zone.ANALYTIC or table is CAMERAS)


def _made_its_codes(store: Store, key: bytes) -> bool:
    """Whether the codes of the cameras, if there are any, are those that a key makes."""
    cameras = store.rows(CAMERAS, "camera_id", "site_code")
    return all(site_code(key, one["camera_id"]) == one["site_code"] for one in cameras)


def _known(root: str) -> str | None:
    filesystem, path = open_folder(f"{root}/{Zone.GOVERNANCE}/{FINGERPRINT}")
    if filesystem.get_file_info(path).type == fs.FileType.NotFound:
        return None
    with filesystem.open_input_stream(path, compression=None) as stream:
        return bytes(stream.read()).decode("ascii", errors="replace").strip() or None


def _keep(root: str, text: str) -> None:
    filesystem, folder = open_folder(f"{root}/{Zone.GOVERNANCE}")
    filesystem.create_dir(folder, recursive=True)
    unfinished = f"{folder}/.{FINGERPRINT}"
    with filesystem.open_output_stream(unfinished, compression=None) as stream:
        stream.write(text.encode())
    filesystem.move(unfinished, f"{folder}/{FINGERPRINT}")
