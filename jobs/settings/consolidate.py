"""How sightings become reads."""

from jobs.settings.section import PositiveFloat, Section


class ConsolidateSettings(Section):
    """When sightings are one passage."""

    passage_gap_seconds: PositiveFloat
