"""How long what is kept, and who may authorise that it is seen: the retention profiles."""

from datetime import date

from pydantic import model_validator

from jobs.settings.section import Days, Section, SettingsError, Share, Text

_LONGEST_READS_DAYS = 730
"""Two years, the ACPO advice of 2011, which no later standard made longer."""
_NO_LONGER_THAN_READS = ("images", "footage", "landing")


class ClassLimit(Section):
    """How old a class of data may be, in days from capture; why, and the impact assessment that covers it."""

    days: Days
    source: Text
    dpia: Text


class AccessTier(Section):
    """Up to which age of a read somebody of a rank, or above, authorises that it is seen; without one it is open."""

    until_days: Days
    purpose: Text
    rank: str | None = None


class RetentionProfile(Section):
    """The maximum age of each retention class, the tiers of access by age, and the policy that they come from."""

    in_force_from: date
    source: Text
    reads: ClassLimit
    images: ClassLimit
    footage: ClassLimit
    landing: ClassLimit
    governance: ClassLimit
    access: tuple[AccessTier, ...]

    @model_validator(mode="after")
    def nothing_outlives_the_reads(self) -> "RetentionProfile":
        """Footage, images and landing files end with the read at the latest, and that after two years."""
        if self.reads.days > _LONGEST_READS_DAYS:
            msg = f"reads.days = {self.reads.days}: allowed is at most {_LONGEST_READS_DAYS}"
            raise ValueError(msg)
        for key in _NO_LONGER_THAN_READS:
            days = getattr(self, key).days
            if days > self.reads.days:
                msg = f"{key}.days = {days}: allowed is at most reads.days = {self.reads.days}"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def every_age_has_one_tier(self) -> "RetentionProfile":
        """Each tier begins where the one before ends, and the last one ends with the reads."""
        ends = [tier.until_days for tier in self.access]
        if ends != sorted(set(ends)) or ends[-1:] != [self.reads.days]:
            msg = f"access: until_days are {ends}: they must rise, the last one to reads.days = {self.reads.days}"
            raise ValueError(msg)
        return self


class RetentionSettings(Section):
    """The profile in force, by name and in full, and the ranks that it knows; the weeding of hot-lists, in days."""

    profile: str
    limits: RetentionProfile
    ranks: tuple[str, ...]
    brake_share: Share
    brake_files_share: Share
    weeding_notice_days: Days
    weeding_no_hit_days: Days
    hotlist_maximum_days: Days

    @model_validator(mode="after")
    def what_an_entry_began_with_is_known_to_its_end(self) -> "RetentionSettings":
        """Since when a list has an entry is known as long as what the lists said of it is kept."""
        if self.hotlist_maximum_days > self.limits.reads.days:
            msg = f"hotlist_maximum_days = {self.hotlist_maximum_days}: allowed is at most {self.limits.reads.days}"
            raise ValueError(f"{msg}, the reads.days of {self.profile}")
        return self

    def require_in_force(self, day: date) -> None:
        """Nothing is judged by a profile before it is in force.

        Raises:
            SettingsError: it is not, on that day.
        """
        if day < self.limits.in_force_from:
            raise SettingsError(
                f"retention.profile = {self.profile!r}: in force from {self.limits.in_force_from} on, not on {day}"
            )

    @model_validator(mode="after")
    def every_tier_has_a_known_rank(self) -> "RetentionSettings":
        """Who may authorise is of a rank that there is."""
        for tier in self.limits.access:
            if tier.rank is not None and tier.rank not in self.ranks:
                msg = f"{self.profile}: access: rank = {tier.rank!r}: allowed is one of {', '.join(self.ranks)}"
                raise ValueError(msg)
        return self
