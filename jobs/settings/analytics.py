"""Parameters of journeys, clones and convoys."""

from typing import Annotated

from pydantic import Field

from jobs.settings.section import Days, Positive, PositiveFloat, Section, Share


class JourneySettings(Section):
    """Where a vehicle's reads are split into journeys."""

    gap_minutes: Positive
    max_speed_kmh: PositiveFloat


class CloneSettings(Section):
    """When impossible hops are a finding."""

    min_distance_km: PositiveFloat
    min_hops: Positive


class ConvoySettings(Section):
    """When vehicles travel together."""

    window_days: Days
    headway_seconds: PositiveFloat
    min_cameras: Annotated[int, Field(ge=2)]
    min_days: Days
    habit_seconds: PositiveFloat
    alpha: Share


class AnalyticsSettings(Section):
    """Parameters of each analysis, and how many windows a night builds."""

    windows_a_night: Positive
    journeys: JourneySettings
    clones: CloneSettings
    convoys: ConvoySettings
