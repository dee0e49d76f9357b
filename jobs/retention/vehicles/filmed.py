"""Vehicles in pictures and footage of others: an overview shows the whole frame, and a video all that passed."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa

from jobs.control.holds import holds
from jobs.domain.terms import OVERVIEW
from jobs.footage.in_view import Frames, in_view, overlap
from jobs.lake.data_files import DataFile, DataFiles
from jobs.lake.tables import FOOTAGE, HELD_FOOTAGE, HELD_IMAGES, SIGHTINGS
from jobs.retention.holds.keeper import Keeper
from jobs.retention.vehicles.erasing import Erased, Wanted
from jobs.runtime.night import Night


def frames_showing(night: Night, found: Sequence[Erased]) -> frozenset[Frames]:
    """The frames of all footage in which they are in view."""
    read = frozenset[Frames]().union(*(one.frames for one in found))
    footage = night.store.rows_with(FOOTAGE, "footage_id", {name for name, *_ in read}, "footage_id", "frame_rate")
    return frozenset(in_view(read, {row["footage_id"]: row["frame_rate"] for row in footage}))


def seen_beside(night: Night, found: Sequence[Erased], frames: frozenset[Frames]) -> dict[date, frozenset[str]]:
    """Ids of others' sightings in whose overview they are seen, by day: of footage that is read over midnight too."""
    if not frames:
        return {}
    near = {one.file.day + timedelta(days=number) for one in found if one.frames for number in (-1, 0, 1)}
    files = night.store.files_of_days(SIGHTINGS, near)
    names = night.store.each(files, _SeenBeside(night.store.data_files(SIGHTINGS), frames))
    seen = defaultdict[date, frozenset[str]](frozenset)
    for file, some in zip(files, names, strict=True):
        seen[file.day] |= some
    return {day: some for day, some in seen.items() if some}


def keep_pictures(night: Night, days: Collection[date]) -> None:
    """Before pictures of some days go, keep those of what holds keep: evidence stays as it was."""
    with night.look() as connection:
        in_force = holds(connection, in_force=True) if connection else []
    if in_force and days:
        Keeper(night, in_force).pictures(days)


def shown_in_evidence(night: Night, frames: frozenset[Frames], wanted: Wanted) -> int:
    """How many held overviews and ranges of footage, of other vehicles, show the erased ones too."""
    pictures = night.store.rows_with(HELD_IMAGES, "sighting_id", wanted.seen_beside, "kind")
    ranges = night.store.rows_with(HELD_FOOTAGE, "footage_id", {name for name, *_ in frames})
    showing = [
        row for row in ranges
        if row["first_frame"] is None or overlap(row["footage_id"], row["first_frame"], row["last_frame"], frames)
    ]  # fmt: skip
    return len([*showing, *(row for row in pictures if row["kind"] == OVERVIEW)])


@dataclass(frozen=True)
class _SeenBeside:
    """Finds sightings of others whose overview, the frame in which they were read best, is one of some frames."""

    files: DataFiles
    frames: frozenset[Frames]

    def __call__(self, file: DataFile) -> frozenset[str]:
        """Their ids, in a data file of sightings."""
        footage = pa.array(sorted({footage_id for footage_id, *_ in self.frames}), pa.string())
        rows = self.files.select(file, ["sighting_id", "file_id", "best_frame"], "file_id", footage).to_pylist()
        return frozenset(
            row["sighting_id"] for row in rows
            if row["best_frame"] is not None
            and overlap(row["file_id"], row["best_frame"], row["best_frame"], self.frames)
        )  # fmt: skip
