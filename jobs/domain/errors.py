"""What may go wrong in a way that its user can mend."""


class LakeError(Exception):
    """An error with one clear line for the user; the line never holds a plate, a place or a key."""

    exit_code = 1
