"""Independent parts of a job: all run, at once, and no error is lost."""

from threading import Barrier

import pytest

from jobs.side_by_side import side_by_side


def test_parts_run_at_the_same_time_and_give_their_results_in_order():
    meet = Barrier(2, timeout=10)  # breaks unless both are under way
    assert side_by_side(lambda: (meet.wait(), "first")[1], lambda: (meet.wait(), "second")[1]) == ["first", "second"]
    assert side_by_side() == []


def test_an_error_is_raised_after_the_other_parts_have_come_to_their_end():
    done = []

    def fails():
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        side_by_side(fails, lambda: done.append("other"))
    assert done == ["other"]
