import logging

import psutil
import pytest

from ocr.ranges import WHOLE, TimeRange
from ocr.reader_process import ReaderLimits, ReaderProcess, ReaderStartError
from ocr.video import FootageError
from tests.ocr.clips import draw_plate, road, write_video
from tests.ocr.stub_child import PASSAGE

STUB = "tests.ocr.stub_child"


@pytest.fixture
def process(tmp_path):
    made = ReaderProcess(None, tmp_path, ReaderLimits(memory_mb=800, seconds=3.0), STUB)
    yield made
    made.close()


def reason_of(process, path):
    with pytest.raises(FootageError) as caught:
        process.read(path, WHOLE, None)
    return caught.value.reason


def test_a_passage_comes_back_as_it_was(process, tmp_path):
    (piece,) = process.read(tmp_path / "good.mp4", TimeRange(5.0, 9.0), None).pieces
    assert piece.patch_jpeg == PASSAGE.patch_jpeg
    assert (piece.looks_seen, piece.candidates, piece.box) == (PASSAGE.looks_seen, PASSAGE.candidates, PASSAGE.box)


def test_one_process_reads_file_after_file(process, tmp_path):
    numbers = []
    for name in "abc":
        process.read(tmp_path / f"{name}.mp4", WHOLE, None)
        numbers.append(process._process.pid)
    assert len(set(numbers)) == 1


def test_a_file_that_is_refused_leaves_the_process_alone(process, tmp_path):
    process.outline(tmp_path / "a.mp4")
    first = process._process.pid
    assert reason_of(process, tmp_path / "still.mp4") == "not_video"
    assert process._process.pid == first


@pytest.mark.parametrize(
    ("name", "reason"),
    [("segfault", "crashed"), ("killed", "out_of_memory"), ("swell", "out_of_memory"), ("hang", "timed_out"),
     ("bug", "crashed")],
)  # fmt: skip
def test_a_poison_file_has_a_reason_and_its_neighbours_are_read(process, tmp_path, name, reason):
    assert len(process.read(tmp_path / "before.mp4", WHOLE, None).pieces) == 1
    assert reason_of(process, tmp_path / f"{name}.mp4") == reason
    assert len(process.read(tmp_path / "after.mp4", WHOLE, None).pieces) == 1


def test_a_crash_after_other_files_is_tried_again_in_a_fresh_process(process, tmp_path):
    process.read(tmp_path / "before.mp4", WHOLE, None)
    assert len(process.read(tmp_path / "once.mp4", WHOLE, None).pieces) == 1


def test_an_error_in_the_process_is_logged_by_its_place_without_its_text(process, tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        reason_of(process, tmp_path / "bug.mp4")
    assert "ValueError stub_child.py" in caplog.text
    assert "AB12CDE" not in caplog.text


def test_a_process_that_does_not_start_is_no_files_fault(tmp_path):
    process = ReaderProcess(None, tmp_path, ReaderLimits(800, 3.0), "tests.ocr.no_such_module")
    with pytest.raises(ReaderStartError):
        process.outline(tmp_path / "a.mp4")


def test_closing_ends_the_process(process, tmp_path):
    process.outline(tmp_path / "a.mp4")
    child = psutil.Process(process._process.pid)
    process.close()
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_the_real_process_reads_within_its_memory(tmp_path):
    coming = [draw_plate(road(), "AB12 CDE", 120 + 2 * i, 40 + 7 * i, 90 + 2 * i) for i in range(24)]
    clip = write_video(tmp_path / "a.mp4", coming)
    process = ReaderProcess(None, tmp_path / "models", ReaderLimits(memory_mb=800, seconds=120.0))
    assert process.outline(clip).info.frames == 24
    (piece,) = process.read(clip, WHOLE, None).pieces
    assert piece.vrm == "AB12CDE"
    assert psutil.Process(process._process.pid).memory_info().rss < 700 * 2**20
    process.close()
