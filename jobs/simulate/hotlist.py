"""The hot-list: fictional entries for vehicles in the traffic and others, and which passages truly hit.

An entry holds from the day its file arrives to its weed date, both days included.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from jobs.simulate.options import SimulationOptions
from jobs.simulate.roads import IntArray
from jobs.simulate.traffic import DAY_S, Passages, midnight_s
from jobs.simulate.vehicles import StrArray, draw_vrms

HEADER = (
    "vrm,make,model,colour,action,warning_markers,reason,nim_code,information,force_area,weed_date,pnc_id,"
    "gpms_marking,cad_information,spare_1,spare_2"
)
MAX_DAYS_AHEAD = 28
"""A weed date is at most so many days after the file's date ([D], domain.md)."""
_CASES = (
    ("INTEL", "burglary series", "Observe and report"),
    ("INTEL", "organised fuel theft", "Do not stop"),
    ("POST", "robbery of a shop", "Stop and secure evidence"),
    ("POST", "fail to stop collision", "Stop and check"),
    ("ROADS", "no insurance", "Stop and check"),
    ("ROADS", "disqualified keeper", "Stop and check"),
)
_MAKES = (("FORD", "FOCUS"), ("VAUXHALL", "ASTRA"), ("VOLKSWAGEN", "GOLF"), ("NISSAN", "QASHQAI"))
_COLOURS = ("BLACK", "SILVER", "BLUE", "RED", "WHITE")


@dataclass(frozen=True)
class Entry:
    """One entry: mark (may hold the wildcards ? and *), purpose, days on which it holds, line of the file."""

    vrm: str
    purpose: str
    valid_from: date
    weed_date: date
    line: str


def draw_hotlist(options: SimulationOptions, seen: StrArray, random: np.random.Generator) -> list[Entry]:
    """Draw entries: most for marks in `seen` (in order of interest), others for marks that never pass.

    One in ten has expired before the first day, one in ten runs out on the way, and a few hold wildcards.
    Entries for the last day's file begin on that day.
    """
    strangers, _ = draw_vrms(options.hotlist, options.first_day, random)
    entries: list[Entry] = []
    for number in range(options.hotlist):
        known = number % 10 < 7 and number < len(seen)  # noqa: PLR2004 - seven of ten
        vrm = str(seen[number]) if known else str(strangers[number])
        if known and number % 13 == 5:  # noqa: PLR2004 - now and then
            vrm = vrm[:-1] + "*" if number % 2 else vrm[:3] + "?" + vrm[4:]
        late = options.days > 1 and number % 9 == 8  # noqa: PLR2004 - every ninth comes with the second file
        begins = options.last_day if late else options.first_day
        entries.append(_entry(vrm, begins, _weed_date(number, begins, options, random), random))
    return entries


def _weed_date(number: int, begins: date, options: SimulationOptions, random: np.random.Generator) -> date:
    latest = begins + timedelta(days=MAX_DAYS_AHEAD)
    if number % 10 == 3:  # noqa: PLR2004 - one in ten has expired
        return begins - timedelta(days=int(random.integers(1, 20)))
    if number % 10 == 6:  # noqa: PLR2004 - one in ten runs out on the way
        return begins + timedelta(days=int(random.integers(0, options.days)))
    return min(latest, options.last_day + timedelta(days=int(random.integers(1, 15))))


def _entry(vrm: str, begins: date, weed: date, random: np.random.Generator) -> Entry:
    purpose, crime, action = _CASES[int(random.integers(len(_CASES)))]
    make, model = _MAKES[int(random.integers(len(_MAKES)))]
    colour = _COLOURS[int(random.integers(len(_COLOURS)))]
    case = int(random.integers(1000, 9999))
    fields = (vrm, make, model, colour, action, "", f"{purpose}: {crime}", "E41", f"Contact desk ref {case}")
    rest = ("WYREFORD", str(weed), f"{case}/26X", "RESTRICTED", f"CAD{case}", "", "")
    return Entry(vrm, purpose, begins, weed, ",".join((*fields, *rest)))


def hotlist_files(entries: list[Entry], options: SimulationOptions) -> dict[date, list[str]]:
    """Lines of `hotlist.csv`, header first: the first day's, and the last day's without the expired."""
    first = [entry.line for entry in entries if entry.valid_from == options.first_day]
    last = [entry.line for entry in entries if entry.weed_date >= options.last_day]
    files = {options.first_day: [HEADER, *first]}
    if options.days > 1:
        files[options.last_day] = [HEADER, *last]
    return files


def true_hits(entry: Entry, passages: Passages, vrm: StrArray, vehicle_vrm: StrArray) -> IntArray:
    """Passages (indices) of vehicles whose mark the entry names, on the days on which it holds.

    `vrm` is the mark at each passage, `vehicle_vrm` that of each vehicle.
    """
    pattern = re.escape(entry.vrm).replace(r"\?", "[A-Z0-9]").replace(r"\*", "[A-Z0-9]*")
    if "?" in entry.vrm or "*" in entry.vrm:
        vrms = [vrm for vrm in np.unique(vehicle_vrm).tolist() if re.fullmatch(pattern, vrm)]
    else:
        vrms = [entry.vrm]
    day = passages.at_ms // (DAY_S * 1000)
    from_day, to_day = (midnight_s(d) // DAY_S for d in (entry.valid_from, entry.weed_date))
    return np.flatnonzero(np.isin(vrm, vrms) & (day >= from_day) & (day <= to_day))
