"""Equal input gives equal output, or the number of the rules has been raised: days say which rules built them.

When this fails because rules have changed: raise `rules` of the unit that is named, then write the file anew with
`python -m pytest tests/golden --renew-golden`.
"""

import json
from datetime import date
from pathlib import Path

import pytest

from jobs.lake.store import Store
from jobs.runtime.lineage import contents
from jobs.runtime.night import Night
from jobs.runtime.stages import STAGES, UNITS
from jobs.simulate import SimulationOptions, simulate
from tests.factories import lake_settings

NIGHT = date(2026, 11, 20)
GOLDEN = Path(__file__).with_name("contents.json")
KEY = bytes(32)
# Without footage: what a network reads may differ from processor to processor.
OPTIONS = SimulationOptions(
    last_day=NIGHT, days=4, reads_per_day=400, clips=0, bad_footage=False, fixed_cameras=8, convoys=2, clones=2,
    hotlist=20,
)  # fmt: skip


@pytest.fixture(scope="module")
def built(spark, tmp_path_factory):
    """What each unit built of a small simulated network, by table: digests of the contents of all days together."""
    folder = tmp_path_factory.mktemp("golden")
    simulate(folder / "landing", folder / "truth", OPTIONS)
    key = folder / "token.key"
    key.touch(0o600)
    key.write_text(KEY.hex())
    settings = lake_settings(folder)
    night = Night(Store(lambda: spark, settings.storage.root), settings, NIGHT, "golden")
    for stage in STAGES.values():
        stage(night)
    return {unit.name: {"rules": unit.rules, "contents": _contents(night, unit)} for unit in UNITS}


def _contents(night, unit):
    by = "window_end" if unit.is_window else "capture_date"
    found = {}
    for table in unit.tables:
        days = contents(night.store.read(table), table, by, KEY)
        assert days, table.full_name  # of nothing any rules make the same
        found[table.full_name] = {str(day): days[day].digest for day in sorted(days)}
    return found


@pytest.mark.parametrize("name", [unit.name for unit in UNITS])
def test_what_rules_build_changes_with_their_number_alone(built, name, request):
    if request.config.getoption("--renew-golden"):
        GOLDEN.write_text(json.dumps(built, indent=1, sort_keys=True) + "\n")
    golden, now = json.loads(GOLDEN.read_text())[name], built[name]
    if now["rules"] == golden["rules"]:
        assert now["contents"] == golden["contents"], f"output of {name} changed: raise its rules in its Unit"
    else:
        assert now["rules"] > golden["rules"]
        pytest.fail(f"rules of {name} were raised to {now['rules']}: write contents.json anew")
