"""A lake or a control database that was put back from a copy: nobody is told of what was removed since."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.control import lake_state
from jobs.control.corrections import Correction
from jobs.control.database import looking, open_control
from jobs.control.heads import OlderCopyError, require_newest_log, sign_now
from jobs.control.lake_state import older_tables, require_newest
from jobs.control.suppressions import suppressions
from jobs.ingest.job import ingest
from jobs.lake.store import Store
from jobs.lake.tables import HELD_SIGHTINGS, READS, SIGHTINGS
from jobs.retention.proof import proven_purge
from jobs.retention.vehicles.correction import correct
from jobs.retention.vehicles.erasure import erase
from jobs.retention.vehicles.order import Request
from jobs.retention.vehicles.restriction import restrict
from jobs.runtime.night import run_job
from tests.factories import feed, land, register, staff
from tests.retention.conftest import NIGHT, read

MINE, OTHER = "AB12CDE", "WX34YZA"
CONTROL = "restricted/control"


@pytest.fixture
def landed(night):
    """Two vehicles that were read, and people who may decide."""
    assert night.token_key
    sign_now(night.settings)
    with open_control(night.settings) as control, control.deciding() as connection:
        staff(connection)
    land(night, f"{NIGHT}/cameras/cameras.csv", register("F001"))
    land(night, f"{NIGHT}/fixed/reads.csv", feed((f"{NIGHT}T08:00:00", MINE), (f"{NIGHT}T08:01:00", OTHER)))
    ingest(night)
    night.store.append_rows(READS, [read("r1", NIGHT, MINE), read("r2", NIGHT, OTHER)])
    return night


def test_the_next_purge_does_what_an_erasure_that_was_ended_left(landed, monkeypatch, caplog):
    order = Request(frozenset({MINE}), NIGHT, NIGHT, "court order", "3")

    def ended(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("jobs.retention.vehicles.erasure.erase_landed", ended)
        with pytest.raises(KeyboardInterrupt):
            erase(landed, order)
    marks = [row["vrm"] for row in landed.store.rows(SIGHTINGS)]
    assert sorted(marks) == [MINE, OTHER]
    ingest(landed)
    assert "suppression00001: ended on the way" in caplog.text
    proven_purge(replace(landed, run_id="purge"))
    assert [row["vrm"] for row in landed.store.rows(SIGHTINGS)] == [OTHER]
    assert MINE not in (Path(landed.settings.storage.landing) / f"{NIGHT}/fixed/reads.csv").read_text()
    with open_control(landed.settings) as control, control.reading() as connection:
        assert [one.is_done for one in suppressions(connection)] == [True]


@pytest.fixture
def copy(landed, tmp_path):
    """Copies the lake and landing, and puts them back, with the control database as it was then or as it is."""
    root, landing = Path(landed.store.root), Path(landed.settings.storage.landing)
    shutil.copytree(root, tmp_path / "copy")
    shutil.copytree(landing, tmp_path / "copy-of-landing")

    def put_back(*, with_database=False):
        newest = tmp_path / "newest"
        shutil.copytree(root / CONTROL, newest)
        for place, source in ((root, "copy"), (landing, "copy-of-landing")):
            shutil.rmtree(place)
            shutil.copytree(tmp_path / source, place)
        if not with_database:
            shutil.rmtree(root / CONTROL)
            shutil.copytree(newest, root / CONTROL)
        return replace(landed, store=Store(lambda: landed.store.spark, landed.store.root))

    return put_back


def request(**changes):
    return Request(frozenset({MINE}), NIGHT, NIGHT, "the owner asked for it", "3", **changes)


def marks(night):
    return {row["vrm"] for table in (SIGHTINGS, READS) for row in night.store.rows(table)}


def test_a_lake_of_before_an_erasure_tells_nothing_until_that_is_done_again(landed, copy):
    erase(landed, request())
    require_newest(landed.settings, landed.store)
    assert marks(landed) == {OTHER}
    landed = copy()
    assert marks(landed) == {MINE, OTHER}
    with pytest.raises(OlderCopyError, match=r"restricted\.sightings.*is an older copy"):
        require_newest(landed.settings, landed.store)
    require_newest(landed.settings, landed.store, but_tables=True)
    summary = run_job(landed, "purge", proven_purge)
    assert summary.notes["rows_erased_again"] == 2
    assert marks(landed) == {OTHER}
    assert MINE not in (Path(landed.settings.storage.landing) / f"{NIGHT}/fixed/reads.csv").read_text()
    require_newest(landed.settings, landed.store)


def test_one_of_before_a_correction_is_put_right_again(landed, copy):
    (name,) = [row["sighting_id"] for row in landed.store.rows(SIGHTINGS) if row["vrm"] == MINE]
    correct(landed, Correction(name, NIGHT, "KL56MNO", "read wrong", "3"))
    landed = copy()
    run_job(landed, "purge", proven_purge)
    assert {row["vrm"] for row in landed.store.rows(SIGHTINGS)} == {"KL56MNO", OTHER}


def test_so_does_one_of_before_a_restriction_and_what_was_kept_is_kept_again(landed, copy):
    restrict(landed, request(), "case 17", datetime.now(UTC).date() + timedelta(days=30))
    landed = copy()
    run_job(landed, "purge", proven_purge)
    assert marks(landed) == {OTHER}
    assert [row["vrm"] for row in landed.store.rows(HELD_SIGHTINGS)] == [MINE]


def test_one_more_erasure_does_not_make_an_older_copy_new(landed, copy):
    erase(landed, request())
    landed = copy()
    erase(landed, Request(frozenset({OTHER}), NIGHT, NIGHT, "the owner asked for it", "3"))
    with looking(landed.settings) as connection:
        assert older_tables(connection, landed.store) != []


def test_a_table_that_was_made_anew_is_no_older_copy(landed):
    erase(landed, request())
    shutil.rmtree(landed.store.path(READS))
    store = Store(lambda: landed.store.spark, landed.store.root)
    store.append_rows(READS, [read("r2", NIGHT, OTHER)])
    require_newest(landed.settings, store)


def test_a_database_of_before_a_head_that_is_kept_elsewhere_decides_nothing(landed, copy):
    erase(landed, request())
    sign_now(landed.settings)
    landed = copy(with_database=True)
    with pytest.raises(
        OlderCopyError, match=r"has \d+ rows of its log, a head in control.heads is of \d+: it was lost"
    ):
        require_newest(landed.settings, landed.store, but_tables=True)
    with pytest.raises(OlderCopyError):
        sign_now(landed.settings)


def test_nor_does_one_that_was_lost_and_signing_its_log_does_not_hide_that(landed):
    sign_now(landed.settings)
    shutil.rmtree(Path(landed.store.root) / CONTROL)
    with pytest.raises(OlderCopyError, match="is of no log of this database: it was lost"):
        require_newest(landed.settings, landed.store, but_tables=True)
    with pytest.raises(OlderCopyError):
        sign_now(landed.settings)
    with open_control(landed.settings) as control, control.deciding() as connection:
        staff(connection)
        with pytest.raises(OlderCopyError):
            require_newest_log(connection, landed.settings)


def test_a_damaged_table_is_left_to_the_doctor(landed):
    erase(landed, request())
    for file in (Path(landed.store.path(READS)) / "_delta_log").iterdir():
        file.unlink()
    store = Store(lambda: landed.store.spark, landed.store.root)
    assert READS.full_name not in lake_state.state_of(store)
    require_newest(landed.settings, store)
