"""Who may read the files that a process makes: whoever `storage.umask` says, its children included."""

import os

UMASK = "ANPRLAKE_STORAGE__UMASK"
"""The setting's own variable: through it conf/spark/spark-env.sh and the Python workers know it too."""


def set_umask(text: str) -> None:
    """Give new files of this process, and of those that it starts, no permission of an octal mask."""
    os.umask(int(text, 8))
    os.environ[UMASK] = text
