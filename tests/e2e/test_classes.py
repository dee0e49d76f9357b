"""Whatever nights, analyses, a report, a purge and an erasure write is of a class, and nothing of a lake is of none."""

import shutil
from datetime import timedelta
from pathlib import Path

from jobs.control.heads import sign_now
from jobs.lake.tables import SIGHTINGS
from jobs.report.compliance.page import write_compliance_report
from jobs.report.dictionary import write_data_dictionary
from jobs.retention.proof import proven_erasure, proven_purge
from jobs.retention.residue.needles import Needles
from jobs.retention.residue.scan import ROTATION_DAYS, scan
from jobs.retention.vehicles.order import Request
from tests.e2e.conftest import NIGHT

ALL = range(ROTATION_DAYS)


def test_all_that_is_written_is_of_a_class_and_what_is_not_is_named(lake):
    root, scratch = Path(lake.store.root), Path(lake.settings.storage.scratch)
    vehicle = min(row["vrm"] for row in lake.store.rows(SIGHTINGS) if "?" not in row["vrm"] and len(row["vrm"]) > 5)
    proven_erasure(lake, Request(frozenset({vehicle}), NIGHT - timedelta(days=9), NIGHT, "court order", "3"))
    proven_purge(lake)
    write_compliance_report(lake, sign_now(lake.settings))
    write_data_dictionary(lake)
    written = {path.relative_to(root).parts[0] for path in root.rglob("*") if path.is_file()}
    assert {"restricted", "analytic", "governance"} <= written <= {"restricted", "analytic", "governance", ".writer"}
    assert scan(lake, Needles(), ALL).finds == ()

    places = [root / "governance/notes.txt", root / "restricted/by_hand/x.csv", root / "top.bin", scratch / "loose"]
    for path in places:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert len(scan(lake, Needles(), ALL).finds) == len(places)
    shutil.rmtree(root / "restricted/by_hand")
