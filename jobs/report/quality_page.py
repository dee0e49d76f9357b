"""The quality page: reads, cameras, clocks and failures over the last days; site codes stand for cameras.

It says which cameras are blind, which the force's policy protects (clause 3), and so lies in the restricted zone.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from jobs.consolidate.passages import SOURCES
from jobs.domain.tokens import site_code
from jobs.lake.arrays import Floats
from jobs.lake.store import Rows
from jobs.lake.tables import CAMERA_DAYS, Zone
from jobs.quality.clocks import is_off
from jobs.report.pages import write_page
from jobs.report.plots import error_bars, heat_map, stacked_days
from jobs.report.quality_days import QualityDay, quality_days
from jobs.runtime.night import Night

_PAGE = "quality.html"
_CAMERAS = 48
"""Cameras that a plot has room for: those that are furthest from usual."""
_SEVERITIES = ("critical", "warning", "info")
_COLUMNS = ("capture_date", "camera_id", "reads", "source_kinds", "clock_offset_s", "clock_error_s")


def write_quality_page(night: Night) -> str:
    """Write the page into the restricted zone, and return where it lies.

    Raises:
        NothingCheckedError: there is no result at all.
    """
    settings = night.settings.quality
    checked = quality_days(night.store, settings.history.days, running=night.run_id)
    days = [one.day for one in checked]
    rows = night.store.rows(CAMERA_DAYS, *_COLUMNS, days=days)
    key = night.token_key
    codes = {camera_id: site_code(key, camera_id) for camera_id in {row["camera_id"] for row in rows}}
    return write_page(
        night.store.root, Zone.RESTRICTED, _PAGE, last=days[-1], count=len(days), checked=checked,
        plots=_plots(checked, rows, codes, settings.checks.clock_offset.seconds), most=_CAMERAS, cameras=len(codes),
    )  # fmt: skip


def _plots(checked: Sequence[QualityDay], rows: Rows, codes: Mapping[str, str], limit_s: float) -> dict[str, str]:
    """SVG by the name of the plot; one that has nothing to show is left out."""
    days = [one.day for one in checked]
    failures = {name: [one.by_severity[name] for one in checked] for name in _SEVERITIES}
    failures = {name: numbers for name, numbers in failures.items() if any(numbers)}
    plots = {"failures": stacked_days(days, failures, "failed checks")} if failures else {}
    if not rows:
        return plots
    plots["reads"] = stacked_days(days, _reads_by_kind(rows, days), "reads")
    plots["cameras"] = heat_map(days, *_against_median(rows, days, codes))
    newest = max(row["capture_date"] for row in rows)
    known = [row for row in rows if row["capture_date"] == newest and row["clock_offset_s"] is not None]
    if known:
        furthest = sorted(known, key=lambda row: (-abs(row["clock_offset_s"]), codes[row["camera_id"]]))[:_CAMERAS]
        shown = sorted(furthest, key=lambda row: row["clock_offset_s"])
        offsets, errors = (np.array([row[name] for row in shown]) for name in ("clock_offset_s", "clock_error_s"))
        plots["clocks"] = error_bars(
            [codes[row["camera_id"]] for row in shown], offsets, errors, is_off(offsets, errors, limit_s), limit_s
        )
    return plots


def _reads_by_kind(rows: Sequence[Mapping[str, Any]], days: Sequence[date]) -> dict[str, list[int]]:
    place = {day: number for number, day in enumerate(days)}
    counts = {kind: [0] * len(days) for kind in SOURCES}
    for row in rows:
        for kind, number in row["source_kinds"].items():
            counts[kind][place[row["capture_date"]]] += number
    return {kind: numbers for kind, numbers in counts.items() if any(numbers)}


def _against_median(
    rows: Sequence[Mapping[str, Any]], days: Sequence[date], codes: Mapping[str, str]
) -> tuple[list[str], Floats]:
    """Site codes, and each camera's reads over its median (cameras, days); 0 on a day that only others have."""
    place = {day: number for number, day in enumerate(days)}
    cameras = {camera_id: number for number, camera_id in enumerate(sorted(codes, key=lambda one: codes[one]))}
    reads = np.full((len(cameras), len(days)), np.nan)
    reads[:, sorted({place[row["capture_date"]] for row in rows})] = 0
    for row in rows:
        reads[cameras[row["camera_id"]], place[row["capture_date"]]] = row["reads"]
    seen = np.cumsum(np.nan_to_num(reads), axis=1) > 0
    reads[~seen] = np.nan  # before its first day a camera is not silent
    share = reads / np.maximum(np.nanmedian(reads, axis=1, keepdims=True), 1)
    unusual = np.nanmax(np.abs(np.log2(np.clip(share, 0.05, 20))), axis=1)
    shown = np.sort(np.argsort(-unusual, kind="stable")[:_CAMERAS])
    names = [codes[camera_id] for camera_id in cameras]
    return [names[number] for number in shown], share[shown]
