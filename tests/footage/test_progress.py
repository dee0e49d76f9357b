from datetime import UTC, datetime

from jobs.footage.progress import progress_of
from jobs.footage.ranges import FootageFile, RangeTask, range_name
from ocr.ranges import split


def tasks_of(name, hours):
    file = FootageFile(name, f"{name}.mp4", datetime(2026, 11, 20, tzinfo=UTC))
    return [RangeTask(file, number, part) for number, part in enumerate(split(hours * 3600.0, 1800.0))]


def test_a_line_tells_files_hours_speed_and_the_time_left():
    tasks, ends = [*tasks_of("a", 1), *tasks_of("b", 2)], {"a": 3600.0, "b": 7200.0}
    before = {("a", range_name(0))}
    progress = progress_of(tasks, ends, before)
    assert progress.line(before, 1.0) == "0 of 2 files, 0.50 of 3.00 hours of footage"
    finished = before | {("a", range_name(1)), ("b", range_name(0)), ("unknown", "outline.json")}
    # An hour in six minutes: what an earlier run read does not count.
    assert progress.line(finished, 360.0) == (
        "1 of 2 files, 1.50 of 3.00 hours of footage, 10.0 times real time, 9 min left"
    )
