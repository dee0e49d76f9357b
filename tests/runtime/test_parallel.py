"""Independent parts of a job: all run, at once, and no error is lost."""

from threading import Barrier

import pytest

from jobs.runtime.parallel import in_parallel


def test_parts_run_at_the_same_time_and_give_their_results_in_order():
    meet = Barrier(2, timeout=10)  # breaks unless both are under way
    assert in_parallel(lambda: (meet.wait(), "first")[1], lambda: (meet.wait(), "second")[1]) == ["first", "second"]
    assert in_parallel() == []


def test_an_error_is_raised_after_the_other_parts_have_come_to_their_end():
    done = []

    def fails():
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        in_parallel(fails, lambda: done.append("other"))
    assert done == ["other"]
