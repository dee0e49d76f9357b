"""Parts of a job that need nothing of each other, run at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_AT_ONCE = 4
Result = TypeVar("Result")


def in_parallel(*parts: Callable[[], Result]) -> list[Result]:
    """Run the parts at once, and return what each gave, in their order.

    Most of a part over little data is planning and waiting for commits, which keep one core busy. When a part fails
    the others still come to their end, then its error is raised: each write is one commit, or can be repeated.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        futures = [pool.submit(part) for part in parts]
    return [future.result() for future in futures]
