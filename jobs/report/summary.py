"""The summary of a night, from the tables; beside the truth where a simulation gives one."""

from jobs.night import Night


def show_summary(night: Night, truth: object) -> None:
    """Later."""
