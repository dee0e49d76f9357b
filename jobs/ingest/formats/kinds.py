"""The kinds of feeds, by the name of their landing folder."""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from jobs.ingest.formats import fixed, mobile, partner

Parse = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True)
class Feed:
    """A kind of source: how its lines are parsed and what its rows must have.

    Attributes:
        sample: two lines for suppliers to begin with; `jobs/ingest/samples.py` fills in {day} and places.
        versions: parse function by the header line that tells the schema's version; by "" where there is no header.
        cameras: what the register calls the kind of its cameras.
        long_lines: a line is a message of many rows with pictures.
        needs_camera: the camera must be in the register, and in use on the day.
        states_position: rows say where they were captured.
        needs_licence: the source must be a partner of `conf/partners.yaml` whose licence is in force.
    """

    sample: str
    versions: dict[str, Parse]
    cameras: str
    long_lines: bool = False
    needs_camera: bool = False
    states_position: bool = False
    needs_licence: bool = False


FEEDS: dict[str, Feed] = {
    "fixed": Feed(
        fixed.SAMPLE, {fixed.HEADER: fixed.parse_fixed, fixed.LOCAL_HEADER: fixed.parse_fixed_local}, "fixed",
        needs_camera=True,
    ),
    "mobile": Feed(mobile.SAMPLE, {"": mobile.parse_mobile}, "mobile", needs_camera=True, states_position=True),
    "partner": Feed(
        partner.SAMPLE, {"": partner.parse_partner}, "partner",
        long_lines=True, states_position=True, needs_licence=True,
    ),
}  # fmt: skip
"""The most trusted first: of one passage the sighting of the first kind is believed."""
