"""Sidecars as bad as they come: whatever stands in one, it gives a camera with a time in UTC, or a reason."""

import json
import tempfile
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.footage.sidecar import read_sidecar, sidecar_name

REASONS = {"sidecar_malformed", "time_no_zone"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
TIMES = st.datetimes(timezones=st.timezones()).map(lambda t: t.isoformat()) | st.datetimes().map(str)
SIDECARS = st.fixed_dictionaries(
    {},
    optional={
        "camera_id": st.just("F001") | JSON, "started_at": TIMES | st.integers() | st.floats() | JSON, "more": JSON,
    },
)  # fmt: skip


def read(content):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.json").write_bytes(content)
        return read_sidecar(folder, "a.mp4")


def assert_sound(found):
    camera_id, started_at, reason = found
    if reason is None:
        assert isinstance(camera_id, str)
        assert started_at.tzinfo is UTC
    else:
        assert (camera_id, started_at) == (None, None)
        assert reason in REASONS


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_reason_or_a_time(content):
    assert_sound(read(content))


@settings(max_examples=300)
@given(SIDECARS)
def test_any_json_gives_a_reason_or_a_time(sidecar):
    assert_sound(read(json.dumps(sidecar).encode()))


@settings(max_examples=200)
@given(st.data())
def test_a_good_sidecar_with_bytes_changed_gives_a_reason_or_a_time(data):
    content = bytearray(b'{"camera_id": "F001", "started_at": "2026-11-20T08:00:00+01:00"}')
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert_sound(read(bytes(content)))


@pytest.mark.parametrize(
    ("video", "name"),
    [("A.MP4", "A.JSON"), ("A.MP4", "a.json"), ("clip.mp4", "Clip.Json"), ("clip.part.avi", "clip.PART.json")],
)
def test_a_sidecar_is_found_in_any_case_of_letters(tmp_path, video, name):
    (tmp_path / "day").mkdir()
    (tmp_path / "day" / name).write_text('\ufeff{"camera_id": "F001", "started_at": "2026-11-20T08:00:00Z"}')
    (tmp_path / "day" / "other.json").write_text("{}")
    assert read_sidecar(str(tmp_path), f"day/{video}")[::2] == ("F001", None)
    assert read_sidecar(str(tmp_path), "day/more.mp4")[2] == "no_sidecar"
    assert sidecar_name(f"day/{video}") == f"day/{name}".lower()


def test_an_endless_sidecar_is_malformed():
    content = b'{"camera_id": "F001", "started_at": "2026-11-20T08:00:00Z"}'
    assert read(content + b" " * 100)[2] is None
    assert read(content + b" " * 2**16)[2] == "sidecar_malformed"
