"""The rules of consolidation, as pure transforms: which sightings are one passage, and what it is called.

A task has all sightings of some cameras on some days, and works on them as columns.
"""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.consolidate.same_vehicle import Pairs, Sighted, find_pairs, passages
from jobs.domain.terms import DIRECTIONS
from jobs.ingest.formats.kinds import FEEDS
from jobs.ingest.positions import FLAGS as POSITION_FLAGS
from jobs.ingest.vrms import TRANSLITERATED, vrm_format
from jobs.lake.arrays import Ints, alphabet, characters, mixed, numbers, one_chunk, sorted_places, text_keys
from jobs.lake.tables import READS
from ocr.vrm import FORMATS, UNRECOGNISED

SOURCES = (*FEEDS, "footage")
"""Best source first: a camera's own clock and reader before ours on its archived footage."""

_FLAGS = ("single_look", "disagreeing", "unrecognised")
_CARRIED = (TRANSLITERATED, *POSITION_FLAGS)
"""Flags of sightings that their read has too."""
COLUMNS = (
    "capture_date", "camera_id", "captured_at", "sighting_id", "vrm", "source_kind", "source_id", "confidence",
    "direction", "flags", "latitude", "longitude",
)  # fmt: skip
"""What consolidation wants to know of a sighting."""

Columns = dict[str, pa.Array]


def vrms_seen(sightings: pa.Table, max_gap: timedelta) -> pa.Table:
    """The marks of each day, at how many cameras each was sighted, and which of them may be misreads or misread.

    Near is a mark that was sighted near in time at a camera to another one that one vehicle may have been read as.

    Args:
        sightings: with `COLUMNS`, all of some cameras.
        max_gap: see `jobs.consolidate.same_vehicle`.

    Returns:
        key (`_keys` of day and mark; distinct), cameras, near.
    """
    rows = _in_order(sightings)
    keys = _keys(rows["capture_date"], rows["vrm"])
    ends = np.unique(find_pairs(_sighted(rows), _ms(max_gap)).near)
    at_cameras = pa.table({"key": keys, "place": numbers(rows["place"])}).group_by(["key", "place"]).aggregate([])
    seen = at_cameras.group_by("key").aggregate([([], "count_all")]).rename_columns({"count_all": "cameras"})
    return seen.append_column("near", pc.is_in(seen["key"], pa.array(keys[ends])))


def near_vrms(seen: pa.Table) -> pa.Table:
    """At how many cameras each near mark was sighted, from all that `vrms_seen` gives of some marks: key, cameras."""
    summed = seen.group_by("key").aggregate([("cameras", "sum"), ("near", "any")])
    return summed.filter(summed["near_any"]).select(["key", "cameras_sum"]).rename_columns(["key", "cameras"])


def cameras_of_near_vrms(parts: Sequence[pa.Table]) -> pa.Table:
    """What `near_vrms` gives of all tasks, by key."""
    empty = pa.table({"key": pa.array([], pa.uint64()), "cameras": pa.array([], pa.int64())})
    return pa.concat_tables([empty, *parts]).sort_by("key").combine_chunks()


def _keys(days: pa.Array, vrms_of: pa.DictionaryArray) -> npt.NDArray[np.uint64]:
    """A number for each day and mark."""
    of_vrm = text_keys(vrms_of.dictionary)[numbers(vrms_of.indices)]
    return mixed(of_vrm + mixed(numbers(days).astype(np.uint64)))


def passages_to_reads(sightings: pa.Table, max_gap: timedelta, cameras: pa.Table) -> pa.Table:
    """One row for each passage, with the columns of `reads` but those of the night.

    The anchor is the best source's earliest sighting: it names the read, and gives the time, and the place if it has
    one, else the next best sighting does. The mark is the reading that fits a UK format, then is seen at most cameras,
    then has most sightings, then most confidence. A day stands alone: a passage that is sighted on both sides of UTC
    midnight becomes two.

    Args:
        sightings: with `COLUMNS`, all of some cameras.
        max_gap: see `jobs.consolidate.same_vehicle`.
        cameras: what `cameras_of_near_vrms` gives.
    """
    rows = _in_order(sightings)
    sighted = _sighted(rows)
    pairs = find_pairs(sighted, _ms(max_gap))
    seen_at = _cameras(rows, pairs, cameras)
    passage = passages(sighted, pairs, seen_at)
    reads = _Passages(rows, sighted, passage, seen_at).reads()
    return pa.table({name: reads[name] for name in READS.column_names if name in reads})


def _in_order(sightings: pa.Table) -> Columns:
    """The columns by day, camera and time, ties by id."""
    columns = {name: one_chunk(sightings, name) for name in sightings.column_names}
    columns["vrm"] = columns["vrm"].dictionary_encode()  # once: numbers of marks are places in this dictionary
    columns["place"] = _places(columns)
    order = pa.array(_order(numbers(columns["place"]), numbers(columns["captured_at"]), columns["sighting_id"]))
    return {name: column.take(order) for name, column in columns.items()}


def _places(columns: Columns) -> pa.Array:
    """A number for each camera and day."""
    camera = columns["camera_id"].dictionary_encode().indices
    day = numbers(columns["capture_date"])
    return pa.array(numbers(camera) * (day.max() + 1) + day)


def _order(place: Ints, at: Ints, ids: pa.Array) -> Ints:
    """The order by place and time, then by id: few are equal in both, and ids are slow to compare."""
    order = sorted_places(place, at)
    equal = (np.diff(place[order]) == 0) & (np.diff(at[order]) == 0)
    tied = np.flatnonzero(np.append(False, equal) | np.append(equal, False))
    rows = order[tied]
    texts = np.array(ids.take(pa.array(rows)).to_pylist(), str)
    order[tied] = rows[np.lexsort((texts, at[rows], place[rows]))]
    return order


def _ms(gap: timedelta) -> float:
    return gap / timedelta(milliseconds=1)


def _sighted(rows: Columns) -> Sighted:
    """The columns that say what one vehicle is."""
    texts = rows["vrm"].dictionary
    width = pc.max(pc.binary_length(texts)).as_py()
    way = pc.index_in(rows["direction"], pa.array(DIRECTIONS))
    recognised = pc.is_in(vrm_format(texts), pa.array([*FORMATS])).to_numpy(zero_copy_only=False)
    at, vrm = numbers(rows["captured_at"]), numbers(rows["vrm"].indices)
    return Sighted(numbers(rows["place"]), at, vrm, numbers(way), characters(texts, width), recognised)


def _cameras(rows: Columns, pairs: Pairs, cameras: pa.Table) -> Ints:
    """How many cameras saw the mark of each sighting that has a near one; 1 for all others."""
    found = np.ones(len(rows["vrm"]), np.int64)
    ends = np.unique(pairs.near)
    keys = _keys(rows["capture_date"].take(pa.array(ends)), rows["vrm"].take(pa.array(ends)))
    found[ends] = cameras["cameras"].to_numpy()[np.searchsorted(cameras["key"].to_numpy(), keys)]
    return found


class _Passages:
    """Sightings in order, gathered by passage."""

    def __init__(self, rows: Columns, sighted: Sighted, passage: Ints, cameras: Ints) -> None:
        self._rows, self._sighted, self._cameras = rows, sighted, cameras
        _, self._of = np.unique(passage, return_inverse=True)
        self._count = int(self._of.max()) + 1
        self._size = np.bincount(self._of)
        self._vrms = rows["vrm"].dictionary
        self._confidence = pc.fill_null(rows["confidence"], 0.0).to_numpy(zero_copy_only=False)

    def reads(self) -> Columns:
        """The columns of `reads` but those of the night."""
        rows, anchor = self._rows, pa.array(self._anchors())
        place = pa.array(self._anchors(located=True))
        readings, chosen = self._readings()
        vrm = self._vrms.take(pa.array(chosen))
        formats = vrm_format(vrm)
        return {
            **{name: rows[name].take(anchor) for name in ("captured_at", "camera_id")},
            **{name: rows[name].take(place) for name in ("latitude", "longitude")},
            "read_id": rows["sighting_id"].take(anchor),
            "capture_date": rows["capture_date"].take(anchor),
            "vrm": vrm,
            "vrm_format": formats,
            "confidence": pa.array(_most(self._of, self._count, self._confidence)),
            "direction": self._direction(),
            "sighting_ids": self._ids(),
            "source_kinds": self._listed(rows["source_kind"]),
            "sources": self._listed(pc.binary_join_element_wise(rows["source_kind"], rows["source_id"], ":")),
            "readings": readings,
            "flags": self._flags(readings, formats),
        }

    def _anchors(self, *, located: bool = False) -> Ints:
        """The best sighting of each passage; of those that have a place if it is `located` and there is one."""
        source = numbers(pc.index_in(self._rows["source_kind"], pa.array(SOURCES)))
        has_none = pc.is_null(self._rows["latitude"]).to_numpy(zero_copy_only=False) & located
        order = np.lexsort((source, has_none, self._of))  # stable: in order of time within them
        found: Ints = order[self._starts()]
        return found

    def _starts(self) -> Ints:
        starts: Ints = np.cumsum(self._size) - self._size
        return starts

    def _readings(self) -> tuple[pa.MapArray, Ints]:
        """Every mark read with counts, by mark; and the number of the mark that is chosen of each passage."""
        vrm, texts = self._sighted.vrm, self._vrms
        by_text, alphabetic = alphabet(texts)
        pair = self._of * len(texts) + alphabetic[vrm]
        unique, inverse, counts = np.unique(pair, return_inverse=True, return_counts=True)
        of, reading = unique // len(texts), by_text[unique % len(texts)]
        confidence = _most(inverse, len(unique), self._confidence)
        cameras = _most(inverse, len(unique), self._cameras)
        # The text settles ties, so that the choice never depends on the order of rows.
        order = np.lexsort((alphabetic[reading], confidence, counts, cameras, self._sighted.recognised[reading], of))
        chosen = reading[order[np.searchsorted(of, np.arange(self._count), side="right") - 1]]
        offsets = pa.array(np.searchsorted(of, np.arange(self._count + 1)), pa.int32())
        return pa.MapArray.from_arrays(offsets, texts.take(pa.array(reading)), pa.array(counts, pa.int64())), chosen

    def _ids(self) -> pa.ListArray:
        """The sightings of each passage, sorted; most passages have one."""
        ids, rank = self._rows["sighting_id"], np.zeros(len(self._of), np.int64)
        several = np.flatnonzero(self._size[self._of] > 1)
        texts = np.array(ids.take(pa.array(several)).to_pylist(), str)
        rank[several[np.argsort(texts)]] = np.arange(len(several))
        offsets = pa.array(np.append(self._starts(), len(rank)), pa.int32())
        return pa.ListArray.from_arrays(offsets, ids.take(pa.array(np.lexsort((rank, self._of)))))

    def _direction(self) -> pa.Array:
        """The one that is known, if the sightings do not contradict each other."""
        ways = np.zeros(self._count, np.int64)
        np.bitwise_or.at(ways, self._of, self._sighted.way)
        return pa.array([*DIRECTIONS, "unknown"]).take(pa.array(ways))

    def _listed(self, texts: pa.Array) -> pa.ListArray:
        """The distinct texts of each passage, sorted."""
        codes = texts.dictionary_encode()
        by_text, rank = alphabet(codes.dictionary)
        unique = np.unique(self._of * len(rank) + rank[numbers(codes.indices)])
        offsets = pa.array(np.searchsorted(unique // len(rank), np.arange(self._count + 1)), pa.int32())
        return pa.ListArray.from_arrays(offsets, codes.dictionary.take(pa.array(by_text[unique % len(rank)])))

    def _flags(self, readings: pa.MapArray, formats: pa.Array) -> pa.Array:
        """single_look: one look in all; disagreeing: several readings; unrecognised: no format fits; and `_CARRIED`."""
        single = self._any_has(_FLAGS[0])
        several = np.diff(readings.offsets.to_numpy()) > 1
        unrecognised = pc.equal(formats, UNRECOGNISED).to_numpy(zero_copy_only=False)
        known = [single & (self._size == 1), several, unrecognised, *(self._any_has(flag) for flag in _CARRIED)]
        bits = sum((flag.astype(np.int64) << number for number, flag in enumerate(known)), np.int64(0))
        names = (*_FLAGS, *_CARRIED)
        combinations = [
            [name for number, name in enumerate(names) if bit >> number & 1] for bit in range(1 << len(names))
        ]
        return pa.array(combinations, pa.list_(pa.string())).take(pa.array(bits))

    def _any_has(self, flag: str) -> npt.NDArray[np.bool_]:
        """Whether a sighting of each passage has a flag."""
        values = self._rows["flags"]
        has = pc.list_parent_indices(values).filter(pc.equal(pc.list_flatten(values), flag))
        found = np.zeros(self._count, bool)
        found[self._of[numbers(has)]] = True
        return found


def _most(of: Ints, count: int, value: npt.NDArray[np.number]) -> npt.NDArray[np.number]:
    """The greatest of the values of each of so many groups; none is below 0."""
    most = np.zeros(count, value.dtype)
    np.maximum.at(most, of, value)
    return most
