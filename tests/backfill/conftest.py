"""A lake of three nights on which everything has run, made once; each test has a copy of its own."""

import shutil
from dataclasses import replace
from datetime import date

import pytest

from jobs.ingest.hotlist.entries import FIELDS
from jobs.lake.store import Store
from jobs.runtime.night import Night
from jobs.runtime.stages import STAGES
from tests.factories import feed, lake_settings, land, register

DAYS = WEDNESDAY, THURSDAY, FRIDAY = tuple(date(2026, 11, day) for day in (18, 19, 20))


def night_on(spark, folder, process_date=FRIDAY, run_id="r"):
    """A run on the lake in a folder."""
    settings = lake_settings(folder)
    return Night(Store(lambda: spark, settings.storage.root), settings, process_date, run_id)


def on(night, day, run_id="later"):
    """The night of another day, with what it knows of the tables read anew."""
    return replace(night, process_date=day, run_id=run_id)


def run_stages(night, *names):
    """Some stages of a night, or all, in order."""
    return {name: job(night) for name, job in STAGES.items() if not names or name in names}


@pytest.fixture(scope="session")
def three_nights_folder(spark, tmp_path_factory):
    """Two reads on each of three days, one of them of a vehicle on the hot-list; one night has built them all."""
    folder = tmp_path_factory.mktemp("three_nights")
    night = night_on(spark, folder)
    land(night, f"{WEDNESDAY}/cameras/cameras.csv", register("F001", "F002"))
    entry = dict.fromkeys(FIELDS, "") | {"vrm": "WX34YZA", "weed_date": "2026-12-01", "reason": "INTEL: x"}
    land(night, f"{WEDNESDAY}/hotlist/list.csv", f"{','.join(FIELDS)}\n{','.join(entry.values())}\n")
    for day in DAYS:
        land(night, f"{day}/fixed/a.csv", feed((f"{day}T08:00:00", "AB12CDE"), (f"{day}T09:00:00", "WX34YZA")))
    run_stages(night)
    return folder


@pytest.fixture
def three_nights(spark, three_nights_folder, tmp_path):
    """The night of the last day again, on a copy of the lake."""
    shutil.copytree(three_nights_folder, tmp_path / "copy")
    return night_on(spark, tmp_path / "copy")
