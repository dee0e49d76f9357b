"""The recipes of jobs/README.md, carried out in a copy: a feed and an analysis more, in no file but those they name."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories import feed, register
from tests.lake_contents import rows_at

ROOT = Path(__file__).resolve().parents[2]
DAY = "2026-11-20"

_FORMAT = '''"""The feed of helmet cameras: mark, camera, time with its zone and confidence on each line."""

import pyarrow as pa
import pyarrow.compute as pc

from jobs.ingest.formats.fields import one_a_line, text_fields

SAMPLE = "AB12CDE F001 {day}T00:15:03Z 0.9\\n"


def parse_helmet(lines: pa.Table) -> pa.Table:
    """Rows as `text_fields` gives them."""
    parts = pc.split_pattern(lines["payload"], " ")
    malformed = pc.not_equal(pc.list_value_length(parts), 4)
    whole = [part if len(part) == 4 else [""] * 4 for part in parts.to_pylist()]
    vrm, camera, captured, confidence = (pa.array([part[n] for part in whole], pa.string()) for n in range(4))
    texts = pa.array(["helmet"] * len(whole), pa.string())
    unknown = pa.array(["unknown"] * len(whole), pa.string())
    return text_fields(
        one_a_line(lines), malformed, version=texts, source_id=texts, camera_id=camera, captured_text=captured,
        vrm_raw=vrm, confidence_text=confidence, direction_text=unknown,
    )
'''

_ENTRY = '    "helmet": Feed(helmet.SAMPLE, {"": helmet.parse_helmet}, "fixed", needs_camera=True),\n'

_TABLE = """
BUSIEST = Table(
    "busiest", Zone.ANALYTIC, "How many reads each day has",
    (Column("reads", "BIGINT", "reads", required=True), *NIGHT),
    RetentionClass.READS, key=("capture_date",),
)
"""

_ANALYSIS = """

def _busiest(night: Night, days: list[date], _: DataFrame | None) -> Built:
    found = night.store.read_days(READS, days).groupBy(DAY).agg(F.count("*").alias("reads"))
    return {BUSIEST: publish(night, BUSIEST, found, days)}


def _of_busiest(lineage: Lineage, _: Settings, day: date) -> Inputs:
    return _reads_of(lineage, [day])


ANALYSES = (*ANALYSES, Analysis(
    Unit(
        "busiest", Stage.ANALYSE, (BUSIEST,), rests_on=lambda _, day: [day], inputs=_of_busiest,
        settings=lambda _: None, rules=1,
    ),
    _busiest,
))
"""

_SUITE = '{"name": "analytic.busiest", "expectations": []}\n'


def edit(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project with a feed and an analysis more, and a landing folder with a file of each of two feeds."""
    folder = tmp_path_factory.mktemp("recipes")
    for name in ("jobs", "ocr", "conf", "expectations"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "jobs/ingest/formats/helmet.py").write_text(_FORMAT)
    edit(
        folder / "jobs/ingest/formats/kinds.py",
        ("import fixed, mobile", "import fixed, helmet, mobile"),
        ('    "mobile"', _ENTRY + '    "mobile"'),
    )
    tables = folder / "jobs/lake/tables"
    with (tables / "analytic.py").open("a") as file:
        file.write(_TABLE)
    edit(
        tables / "__init__.py",
        ("import ANALYTIC_CONVOYS,", "import BUSIEST, ANALYTIC_CONVOYS,"),
        ("ANALYTIC_CONVOYS, FLOWS, RUNS,", "ANALYTIC_CONVOYS, FLOWS, BUSIEST, RUNS,"),
    )
    (folder / "expectations/analytic.busiest.json").write_text(_SUITE)
    registry = folder / "jobs/analytics/registry.py"
    edit(registry, ("    CAMERAS,\n", "    BUSIEST,\n    CAMERAS,\n"))
    with registry.open("a") as file:
        file.write(_ANALYSIS)
    landing = folder / "landing" / DAY
    for path, text in {
        "cameras/c.csv": register("F001"), "helmet/a.txt": f"AB12CDE F001 {DAY}T08:00:00Z 0.9\nrubbish\n",
        "fixed/a.csv": feed((f"{DAY}T08:00:02", "AB12CDE"), (f"{DAY}T09:00:00", "WX34YZA")),
    }.items():  # fmt: skip
        (landing / path).parent.mkdir(parents=True)
        (landing / path).write_text(text)
    return folder


def anprlake(project: Path, *arguments: str) -> str:
    """Run a command of the copy."""
    places = {"ROOT": "lake", "LANDING": "landing", "SCRATCH": "scratch", "TOKEN_KEY": "token.key"}
    environment = os.environ | {f"ANPRLAKE_STORAGE__{key}": str(project / name) for key, name in places.items()}
    environment |= {"PYTHONPATH": str(project), "SPARK_CONF_DIR": str(project / "conf/spark")}
    done = subprocess.run(
        [sys.executable, "-m", "jobs.cli", *arguments], env=environment, cwd=project, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_a_new_feed_is_checked_read_and_consolidated_and_a_new_analysis_is_built_and_told_of(project):
    sample = project / "sample.txt"
    sample.write_text(anprlake(project, "check", "--sample", "helmet", "--arrived-on", DAY))
    assert "rows 1, refused 0" in anprlake(project, "check", "--kind", "helmet", "--arrived-on", DAY, str(sample))
    anprlake(project, "nightly", "--process-date", DAY)
    rows = {
        name: rows_at(project / "lake" / name)
        for name in ("restricted/sightings", "restricted/quarantine", "restricted/reads", "analytic/busiest")
    }
    assert sorted(row["source_kind"] for row in rows["restricted/sightings"]) == ["fixed", "fixed", "helmet"]
    assert [row["reason"] for row in rows["restricted/quarantine"]] == ["malformed"]
    assert sorted(len(row["sighting_ids"]) for row in rows["restricted/reads"]) == [1, 2]
    assert [row["reads"] for row in rows["analytic/busiest"]] == [2]
    assert "busiest" in anprlake(project, "status")
    assert "busiest" in anprlake(project, "tables")
