"""Every commit of a run as a place where it may be killed: counted from the run, so that a new one cannot be missed."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import deltalake
from deltalake import DeltaTable

from jobs.ingest import landing


class Killed(BaseException):
    """The run ends here, and nothing after this is done: no handler of the product's catches it."""


@dataclass
class Commits:
    """The commits of a run by what makes them; the run is killed before or after one of them.

    Attributes:
        at: number of the commit, from 0; None kills nothing.
        before: whether it is killed before the commit, or after it.
    """

    at: int | None = None
    before: bool = True
    seen: list[str] = field(default_factory=list)
    dead: bool = False

    def __call__(self, name: str, commit: Callable[[], Any]) -> Any:
        """Make a commit, or be killed beside it; of threads that are at work at once the others end too."""
        number = len(self.seen)
        self.seen.append(name)
        if self.dead or (number == self.at and self.before):
            self._end(name)
        result = commit()
        if number == self.at:
            self._end(name)
        return result

    def _end(self, name: str) -> None:
        self.dead = True
        raise Killed(name)


@contextmanager
def counted(commits: Commits) -> Iterator[None]:
    """Have all that writes to the lake or removes from the landing folder pass through `commits`."""
    put_back: list[tuple[Any, str, Any]] = []

    def wrap(owner: Any, name: str, what: str) -> None:
        whole = getattr(owner, name)

        def passed(*arguments: Any, **named: Any) -> Any:
            return commits(what, lambda: whole(*arguments, **named))

        put_back.append((owner, name, whole))
        setattr(owner, name, passed)

    for name in ("create", "create_write_transaction", "delete", "vacuum"):
        wrap(DeltaTable, name, f"DeltaTable.{name}")
    for function, what in ((deltalake.write_deltalake, "write_deltalake"), (landing.remove_landed, "landing file")):
        for module in list(sys.modules.values()):
            if (getattr(module, "__name__", "") or "").startswith("jobs.") and function.__name__ in vars(module):
                wrap(module, function.__name__, what)
    try:
        yield
    finally:
        for owner, name, whole in reversed(put_back):
            setattr(owner, name, whole)
