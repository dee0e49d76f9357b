"""Commands that only look end with exit code 0, however many run at once: no thread is left to abort them."""

import os

from jobs.lake.tables import CAMERAS, HOTLIST_HITS, QUALITY_RESULTS, RUNS
from tests.bench.lake.exits import bad_ends
from tests.report.test_hits import hit
from tests.report.test_quality import FRIDAY, ended, result


def test_looking_commands_end_well_each_time_under_load(night):
    store, places = night.store, night.settings.storage
    store.append_rows(QUALITY_RESULTS, [result(FRIDAY, "first", success=False)])
    store.append_rows(RUNS, [ended("first", 2)])
    store.append_rows(HOTLIST_HITS, [hit("AB12CDE", 1, 8)])
    store.ensure(CAMERAS)
    names = ("root", "landing", "scratch", "token_key")
    settings = {f"ANPRLAKE_STORAGE__{name.upper()}": str(getattr(places, name)) for name in names}
    assert bad_ends(3, os.environ | settings) == {}
