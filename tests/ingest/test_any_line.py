"""Whatever a line holds: every row of it comes out once, typed and good, or with a reason."""

import base64
import re
from dataclasses import replace

import cv2
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.ingest.formats.fixed import HEADER, LOCAL_HEADER
from jobs.ingest.formats.kinds import FEEDS
from jobs.ingest.formats.lines import LINES
from jobs.ingest.rules import TYPED, apply_rules

from .test_rules import LIMITS, NIGHT

_JPEG = base64.b64encode(cv2.imencode(".jpg", np.zeros((4, 4), np.uint8))[1].tobytes()).decode()
GOOD = {
    ("fixed", HEADER): "M01,2026-11-20T08:15:03.120Z,AB12 CDE,0.93,towards,2",
    ("fixed", LOCAL_HEADER): "M01,2026-07-20T08:15:03.120,AB12CDE,0.93",
    ("mobile", ""): '{"unit": "MOB01", "camera_id": "M01", "captured_at": "2026-11-20T08:15:03Z", "vrm": "AB12CDE", '
    '"confidence": 0.9, "direction": "away", "latitude": 54.9783, "longitude": -1.6178}',
    ("partner", ""): f"AB12CDE|11|1|12|2026-11-20T08:15:03Z|54.9|-1.6|1|0|0|1|87|true|{_JPEG}|",
}
_NUMBER = st.from_regex(r"[+-]?[0-9]{0,10}[.]?[0-9]{0,3}([eE][+-]?[0-9]{1,3})?", fullmatch=True)
_FIELD = re.compile(r"[^,|~ {}:\"]+")
_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\n\0"), max_size=8)


def limits_of(feed):
    kind = FEEDS[feed]
    partners = LIMITS.partners if kind.needs_licence else None
    areas = LIMITS.areas if kind.states_position else None
    return replace(LIMITS, needs_camera=kind.needs_camera, areas=areas, partners=partners)


@st.composite
def mutants(draw, good: str) -> str:
    """A good line with a field replaced by a number, and some parts cut out, doubled, or replaced by anything."""
    text = good
    for field in draw(st.lists(st.sampled_from(list(_FIELD.finditer(good))), max_size=1)):
        text = text[: field.start()] + draw(_NUMBER) + text[field.end() :]
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 12)))
        text = (
            text[:start]
            + draw(st.sampled_from(["", text[start:end] * 2, '"', "=", "|", "~", ","]) | _TEXT)
            + text[end:]
        )
    return text.replace("\n", " ") or "x"


def check_any_line(feed: str, header: str, examples: int) -> int:
    """Fail if a row of some broken lines is lost or nameless; how many lines that were. The benchmark has it longer."""
    parse, limits = FEEDS[feed].versions[header], limits_of(feed)
    checked = 0

    @given(st.lists(mutants(GOOD[feed, header]) | _TEXT.filter(bool), min_size=1, max_size=6))
    @settings(max_examples=examples, deadline=None)
    def check(texts: list[str]) -> None:
        nonlocal checked
        checked += len(texts)
        lines = [{"line_no": number, "payload": text, "fault": None} for number, text in enumerate(texts, start=1)]
        rows = parse(pa.Table.from_pylist(lines, LINES))
        expected = (
            sum(record != "" for text in texts for record in text.split("~")) if feed == "partner" else len(texts)
        )
        found = apply_rules(rows, limits, NIGHT)
        assert found.schema == TYPED
        assert found.num_rows == expected
        for row in found.select(["reason", "vrm", "captured_at", "confidence", "payload"]).to_pylist():
            good = row["vrm"] and row["captured_at"] and row["confidence"] is not None and row["payload"] is None
            assert row["reason"] or good

    check()
    return checked


@pytest.mark.parametrize(("feed", "header"), GOOD, ids=lambda value: value[:12] or "no header")
def test_any_line_becomes_rows_that_are_good_or_have_a_reason(feed, header):
    assert check_any_line(feed, header, examples=150) >= 150


def test_the_good_lines_are_good():
    for (feed, header), text in GOOD.items():
        lines = pa.Table.from_pylist([{"line_no": 1, "payload": text, "fault": None}], LINES)
        assert apply_rules(FEEDS[feed].versions[header](lines), limits_of(feed), NIGHT)["reason"].to_pylist() == [None]
