"""The log: it grows by its own API alone; whatever else is done to it is found, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import delete, insert, select, update

from jobs.control.log import Entry, Head, LogError, append, entries, forget, head, verify
from jobs.control.merkle import EMPTY
from jobs.control.schema import LOG, TREE

TODAY = date(2026, 11, 28)
TOMORROW = TODAY + timedelta(days=1)


def grown(control, count, expires_on=None, kind="test"):
    with control.deciding() as connection:
        return append(connection, [Entry(kind, {"number": number}, expires_on) for number in range(count)])


def verified(control, *kept, today=TODAY):
    with control.reading() as connection:
        return verify(connection, kept, today)


def test_an_empty_log_is_whole(control):
    assert verified(control) == Head(0, EMPTY)


def test_rows_are_read_as_they_were_written_and_the_log_is_the_tree_of_them(control):
    first = grown(control, 3)
    second = grown(control, 4, kind="other")
    assert verified(control, Head(0, EMPTY), first, second) == second
    with control.reading() as connection:
        assert head(connection) == second
        others = [(position, payload["number"]) for position, _, _, payload in entries(connection, ["other"])]
        assert others == [(3, 0), (4, 1), (5, 2), (6, 3)]
        assert len(list(entries(connection))) == 7


def test_what_is_decided_and_its_row_are_one_transaction(control):
    grown(control, 1)

    def half():
        with control.deciding() as connection:
            append(connection, [Entry("test", {})])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert verified(control).size == 1


def test_many_who_write_at_once_wait_for_each_other_and_each_has_its_row(control):
    with ThreadPoolExecutor(8) as pool:
        heads = list(pool.map(lambda _: grown(control, 2), range(16)))
    assert sorted(one.size for one in heads) == list(range(2, 34, 2))
    assert verified(control, *heads).size == 32


def test_an_expired_row_loses_what_it_held_and_the_log_stays_what_it_was(control):
    kept = grown(control, 2)
    grown(control, 2, TODAY)
    last = grown(control, 2, TOMORROW)
    with control.deciding() as connection:
        assert forget(connection, TODAY) == 2
        assert forget(connection, TODAY) == 0
    assert verified(control, kept, last) == last
    with control.reading() as connection:
        assert [payload for *_, payload in entries(connection)] == [
            {"number": 0}, {"number": 1}, None, None, {"number": 0}, {"number": 1},
        ]  # fmt: skip
        assert connection.execute(select(LOG.c.salt).where(LOG.c.payload.is_(None))).scalars().all() == [None, None]


def other(value):
    """Something else of the same type."""
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    return "x" + value[1:]


SIZE = 12


class Tampering:
    """What somebody may do who can write to the database, at a row of a log of some size."""

    def __init__(self, connection, at, size=SIZE):
        self.connection, self.at, self.size = connection, at, size

    def change(self, position, /, **values):
        self.connection.execute(update(LOG).where(LOG.c.position == position).values(**values))

    def remove(self, at):
        self.connection.execute(delete(LOG).where(LOG.c.position == at))

    def edit(self, name):
        value = self.connection.scalar(select(LOG.c[name]).where(LOG.c.position == self.at))
        self.change(self.at, **{name: other(value)})

    def edit_time(self):
        self.edit("at")

    def edit_kind(self):
        self.edit("kind")

    def edit_payload(self):
        self.edit("payload")

    def edit_salt(self):
        self.edit("salt")

    def edit_digest(self):
        self.edit("digest")

    def edit_payload_and_digest(self):
        salt = self.connection.scalar(select(LOG.c.salt).where(LOG.c.position == self.at))
        self.change(self.at, payload="{}", digest=sha256(salt + b"{}").digest())

    def expire(self):
        self.change(self.at, expires_on=date(2020, 1, 1))

    def empty(self):
        self.change(self.at, payload=None, salt=None)

    def empty_and_expire(self):
        self.change(self.at, payload=None, salt=None, expires_on=date(2020, 1, 1))

    def empty_half(self):
        self.change(self.at, salt=None)

    def drop(self):
        self.remove(self.at)

    def drop_and_close_up(self):
        self.remove(self.at)
        # By way of numbers below 0, for no two rows may have one.
        self.connection.execute(update(LOG).where(LOG.c.position > self.at).values(position=-LOG.c.position))
        self.connection.execute(update(LOG).where(LOG.c.position < 0).values(position=-LOG.c.position - 1))

    def swap(self):
        beside = self.at - 1 if self.at else 1
        for source, target in ((self.at, -1), (beside, self.at), (-1, beside)):
            self.change(source, position=target)

    def truncate(self):
        self.connection.execute(delete(LOG).where(LOG.c.position >= self.at))

    def add(self):
        row = self.connection.execute(select(LOG).where(LOG.c.position == self.at)).one()._mapping
        self.connection.execute(insert(LOG).values(**{**row, "position": self.size}))

    def rewrite(self):
        """All of it anew, tree included: only a kept head shows it."""
        rows = [(kind, payload | {"rewritten": self.at}) for _, _, kind, payload in entries(self.connection)]
        self.connection.execute(delete(LOG))
        self.connection.execute(update(TREE).values(size=0, peaks=b""))
        append(self.connection, [Entry(kind, payload) for kind, payload in rows])


WAYS = [name for name in vars(Tampering) if name not in {"change", "remove", "edit"} and not name.startswith("_")]


@pytest.mark.parametrize("way", WAYS)
def test_whatever_is_done_to_the_rows_is_found(control, way):
    kept = grown(control, SIZE)

    def tampered(at):
        with control.deciding() as connection:
            getattr(Tampering(connection, at), way)()
            verify(connection, [kept], TODAY)

    for at in (0, 5, SIZE - 1):
        with pytest.raises(LogError):
            tampered(at)
        assert verified(control, kept) == kept  # the transaction was taken back


def test_rows_cut_off_with_their_tree_are_found_by_a_kept_head_alone(control):
    short = grown(control, 5)
    with control.reading() as connection:
        tree = connection.execute(select(TREE.c.size, TREE.c.peaks)).one()._mapping
    kept = grown(control, 5)
    with control.deciding() as connection:
        connection.execute(delete(LOG).where(LOG.c.position >= 5))
        connection.execute(update(TREE).values(**tree))
    assert verified(control, short) == short
    with pytest.raises(LogError, match="ends at row 5, and a head of 10 rows was kept"):
        verified(control, kept)


def test_a_row_tells_when_it_was_written(control):
    before = datetime.now(UTC)
    grown(control, 1)
    with control.reading() as connection:
        ((_, at, _, _),) = entries(connection)
    assert before <= datetime.fromisoformat(at) <= datetime.now(UTC)
