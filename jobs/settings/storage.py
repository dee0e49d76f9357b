"""Where things lie, and how long one that writes waits for another."""

from jobs.settings.section import PositiveFloat, Section


class StorageSettings(Section):
    """Where tables, landing files, working files and the token key lie."""

    root: str
    landing: str
    scratch: str
    token_key: str


class WritersSettings(Section):
    """How long a command waits for another one that writes."""

    wait_seconds: PositiveFloat
