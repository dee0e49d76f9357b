"""What a simulation is asked for."""

from dataclasses import dataclass
from datetime import date, timedelta

from jobs.domain.errors import LakeError

_YEARS = range(1970, 2100)
_RATES = ("missed", "misread", "duplicate", "late", "malformed")


@dataclass(frozen=True)
class SimulationOptions:
    """Size and faults of a simulation; the defaults make a small network for the demo.

    Attributes:
        last_day: last day of capture and of arrival; it and the first day lie in 1970 to 2099.
        seed: the same options with the same seed give the same files, byte for byte.
        days: days of capture, the last of them `last_day`.
        fixed_cameras, mobile_units, partner_cameras: numbers of cameras; a mobile unit has one.
        reads_per_day: passages that feeds report on a weekday, about; weekends have fewer commuters.
        vehicles: vehicles that drive about; half of `reads_per_day` when None.
        clips, clip_seconds, clip_size, clip_fps: rendered footage of the last day; size in pixels.
        convoys, clones, hotlist: how many of each are planted; `hotlist` counts entries. Fewer convoys are made
            where there are too few drivers. A clone needs two days or more, so that it can be seen at four
            impossible times.
        missed, misread: share of passages that their camera does not report, or reports wrongly.
        duplicate, late: share of rows sent twice, and of rows that arrive on a later day.
        malformed: broken rows for each good one; each kind of breakage occurs at least once a feed.
        bad_footage: whether footage that must be refused lies beside the good.
    """

    last_day: date
    seed: int = 1
    days: int = 7
    fixed_cameras: int = 16
    mobile_units: int = 2
    partner_cameras: int = 6
    reads_per_day: int = 6000
    vehicles: int | None = None
    clips: int = 6
    clip_seconds: float = 30.0
    clip_size: tuple[int, int] = (960, 540)
    clip_fps: float = 12.5
    convoys: int = 6
    clones: int = 2
    hotlist: int = 40
    missed: float = 0.05
    misread: float = 0.03
    duplicate: float = 0.01
    late: float = 0.01
    malformed: float = 0.004
    bad_footage: bool = True

    def __post_init__(self) -> None:
        least = {"days": 1, "fixed_cameras": 3, "reads_per_day": 100, "clip_seconds": 5}
        for name in ("mobile_units", "partner_cameras", "clips", "convoys", "clones", "hotlist", "seed"):
            least[name] = 0
        for name, low in least.items():
            if getattr(self, name) < low:
                raise LakeError(f"{name} = {getattr(self, name)}: at least {low} is needed")
        most = (self.last_day - date(_YEARS.start, 1, 1)).days + 1
        if self.last_day.year not in _YEARS or self.days > most:
            raise LakeError(f"last_day = {self.last_day}, days = {self.days}: days from 1970 to 2099 are needed")
        for name in _RATES:
            if not 0 <= getattr(self, name) < 1:
                raise LakeError(f"{name} = {getattr(self, name)}: a share from 0 to below 1 is needed")

    @property
    def first_day(self) -> date:
        """First day of capture."""
        return self.last_day - timedelta(days=self.days - 1)

    def day(self, number: int) -> date:
        """Day by its number, 0 for the first."""
        return self.first_day + timedelta(days=number)
