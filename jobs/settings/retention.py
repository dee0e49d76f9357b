"""How long what is kept: the retention profiles."""

from pydantic import model_validator

from jobs.settings.section import Positive, Section, Share


class RetentionProfile(Section):
    """Maximum ages in days from capture, by retention class, and the policy they come from."""

    source: str
    reads_days: Positive
    general_access_days: Positive
    images_days: Positive
    footage_days: Positive
    landing_days: Positive
    governance_days: Positive

    @model_validator(mode="after")
    def nothing_outlives_the_reads(self) -> "RetentionProfile":
        """Footage, images, landing files and open access end with the read at the latest."""
        for key in ("general_access_days", "images_days", "footage_days", "landing_days"):
            value = getattr(self, key)
            if value > self.reads_days:
                msg = f"{key} = {value}: allowed is at most reads_days = {self.reads_days}"
                raise ValueError(msg)
        return self


class RetentionSettings(Section):
    """The profile in force, by name and in full."""

    profile: str
    limits: RetentionProfile
    brake_share: Share
