"""Broken videos at random: whatever they are, they give frames or a reason, in bounded time."""

import time

import pytest

from ocr.reader_process import ReaderLimits, ReaderProcess
from ocr.video import FootageError
from tests.ocr import containers, mutants


def test_150_broken_files_give_frames_or_a_reason_in_a_process_that_lives_on(tmp_path):
    found = mutants.fuzz(tmp_path, 150, seed=7)
    assert found.poison == []
    assert found.outcomes.total() == 150
    assert found.outcomes["read"] > 50


@pytest.mark.parametrize("count", [10_000_000, 2**31 - 1])
def test_an_index_that_claims_endless_frames_is_bounded(tmp_path, count):
    bomb = containers.with_frame_count(containers.write_numbered(tmp_path / "a.mp4", 24), count)
    process = ReaderProcess(None, tmp_path, ReaderLimits(600, 30.0), mutants.CHILD)
    began = time.monotonic()
    try:
        assert process.outline(bomb).duration_s < 10.0
    except FootageError as error:
        assert error.reason in {"truncated", "out_of_memory", "no_frames", "too_long"}  # noqa: PT017 - either will do
    assert time.monotonic() - began < 60
    process.close()
