"""A part of the world in which cameras may stand."""

from typing import Annotated

from pydantic import Field, model_validator

from jobs.settings.section import Section

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class Area(Section):
    """A box of WGS 84 degrees, its edges included."""

    south: Latitude
    west: Longitude
    north: Latitude
    east: Longitude

    @model_validator(mode="after")
    def has_an_extent(self) -> "Area":
        """From south to north, and from west to east."""
        if not (self.south < self.north and self.west < self.east):
            raise ValueError("allowed is south below north and west below east")
        return self

    def holds(self, latitude: float, longitude: float) -> bool:
        """Whether a place lies in it; 0, 0 is what a receiver without a fix says, and no place."""
        within = self.south <= latitude <= self.north and self.west <= longitude <= self.east
        return within and (latitude, longitude) != (0, 0)
