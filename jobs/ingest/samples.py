"""An example of each kind of file, for suppliers to begin with; together they are a whole landing."""

from datetime import date, timedelta

from jobs.ingest.formats import cameras
from jobs.ingest.formats.kinds import FEEDS
from jobs.ingest.hotlist.entries import FIELDS
from jobs.settings import Settings
from jobs.settings.area import Area

_OF_KIND = {
    "cameras": cameras.HEADER + """
F001,fixed,{latitude},{longitude},A1,90,in,2024-01-01,
M01,mobile,,,,,none,2024-01-01,
P0012,partner,{partner_latitude},{partner_longitude},M6,0,none,2024-01-01,
""",
    **{kind: feed.sample for kind, feed in FEEDS.items()},
    "hotlist": ",".join(FIELDS) + """
AB12 CDE,FORD,FOCUS,WHITE,Stop,,INTEL: burglary series,E41,Contact the desk,NORTH,{weed_date},1/26X,RESTRICTED,CAD1,,
""",
    "sidecar": """{{"camera_id": "F001", "started_at": "{day}T00:00:00Z"}}\n""",
}  # fmt: skip
KINDS = tuple(_OF_KIND)
"""Kinds of files that suppliers send, in the order in which they are needed."""


def sample(kind: str, settings: Settings, day: date) -> str:
    """A small file of a kind, of reads on a day: good under these settings when it arrives on that day."""
    partner = next((one for one in settings.partners if one.source in settings.partners_on(day)), None)
    feed, source = (partner.source if partner else "1-1").split("-")
    latitude, longitude = _middle(settings.ingest.area)
    partner_latitude, partner_longitude = _middle((partner and partner.area) or settings.ingest.area)
    return _OF_KIND[kind].format(
        day=day, weed_date=day + timedelta(days=settings.ingest.hotlist.max_days), feed=feed, source=source,
        latitude=latitude, longitude=longitude, partner_latitude=partner_latitude, partner_longitude=partner_longitude,
    )  # fmt: skip


def _middle(area: Area) -> tuple[float, float]:
    return round((area.south + area.north) / 2, 6), round((area.west + area.east) / 2, 6)
