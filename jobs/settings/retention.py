"""How long what is kept: the retention profiles."""

from pydantic import model_validator

from jobs.settings.section import Positive, Section, Share

_LONGEST_READS_DAYS = 730
"""Two years, the ACPO advice of 2011, which no later standard made longer."""


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
        """Footage, images, landing files and open access end with the read at the latest, and that after two years."""
        if self.reads_days > _LONGEST_READS_DAYS:
            msg = f"reads_days = {self.reads_days}: allowed is at most {_LONGEST_READS_DAYS}"
            raise ValueError(msg)
        for key in ("general_access_days", "images_days", "footage_days", "landing_days"):
            value = getattr(self, key)
            if value > self.reads_days:
                msg = f"{key} = {value}: allowed is at most reads_days = {self.reads_days}"
                raise ValueError(msg)
        return self


class RetentionSettings(Section):
    """The profile in force, by name and in full; the weeding of hot-lists, in days."""

    profile: str
    limits: RetentionProfile
    brake_share: Share
    weeding_notice_days: Positive
    weeding_no_hit_days: Positive
    hotlist_maximum_days: Positive

    @model_validator(mode="after")
    def what_an_entry_began_with_is_known_to_its_end(self) -> "RetentionSettings":
        """Since when a list has an entry is known as long as what the lists said of it is kept."""
        if self.hotlist_maximum_days > self.limits.reads_days:
            msg = f"hotlist_maximum_days = {self.hotlist_maximum_days}: allowed is at most {self.limits.reads_days}"
            raise ValueError(f"{msg}, the reads_days of {self.profile}")
        return self
