"""What people write in their own words: it stays as long as the log, so it names no vehicle and no place."""

from jobs.domain.errors import LakeError
from jobs.runtime.redaction import names_a_vehicle_or_place


class FreeTextError(LakeError):
    """A text that may not be kept; the message says which, and never what is in it."""


def require_free_text(**texts: str) -> None:
    """Refuse texts, by the names of their options, that are empty, or that hold what might be a mark or a position.

    Raises:
        FreeTextError: one is or does.
    """
    for name, text in texts.items():
        option = name.replace("_", "-")
        if not text.strip():
            raise FreeTextError(f"--{option} is empty")
        if names_a_vehicle_or_place(text):
            raise FreeTextError(f"--{option} holds what might be a mark or a position: write it without")
