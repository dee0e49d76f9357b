"""`make mutants`: modules that hold rules, each with one small fault at a time; how many of these fail a test.

Run by the Python of an environment of its own, which has cosmic-ray; the tests run in the project's. The faults are
made in a copy of the working tree. Arguments: names of modules, or none for all of them.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB
from cosmic_ray.work_item import MutationSpec, TestOutcome

_A_MODULE = 40
_REACH = 0.92
_TIMEOUT_S = 300
_SEED = 1
_KINDS = ("NumberReplacer", "ReplaceComparisonOperator", "ReplaceBinaryOperator", "ReplaceTrueWithFalse",
          "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd", "AddNot", "ReplaceUnaryOperator")  # fmt: skip
# Of types, and of flags and columns, where another operator is an error before any test looks.
_NOT = ("ReplaceBinaryOperator_BitOr", "ReplaceBinaryOperator_BitAnd")
_IDENTITY = ("_Is", "_IsNot")
"""Whether equal small numbers and short texts are one object is Python's own affair, and no rule of a module."""
_NO_BEHAVIOUR = ("@dataclass(", "strict=True")
"""Lines with promises to the reader, which no caller breaks."""
_TESTS = {
    "jobs/domain/cameras.py": ["tests/domain", "tests/ingest/test_rules.py"],
    "jobs/domain/lineage.py": ["tests/domain"],
    "jobs/domain/tokens.py": ["tests/domain"],
    "jobs/ingest/rules.py": ["tests/ingest/test_rules.py", "tests/ingest/test_any_line.py"],
    "jobs/ingest/positions.py": ["tests/ingest/test_rules.py"],
    "jobs/ingest/vrms.py": ["tests/ingest/test_vrms.py", "tests/ingest/test_rules.py"],
    "jobs/ingest/needs.py": ["tests/ingest/test_early_files.py"],
    "jobs/ingest/deduplication.py": ["tests/ingest/test_deduplication.py"],
    "jobs/ingest/hotlist/dates.py": ["tests/ingest/hotlist/test_entries.py"],
    "jobs/ingest/hotlist/entries.py": ["tests/ingest/hotlist/test_entries.py"],
    "jobs/ingest/hotlist/versions.py": ["tests/ingest/hotlist/test_versions.py"],
    "jobs/footage/sidecar.py": ["tests/footage/test_sidecar.py", "tests/footage/test_catalogue.py"],
    "jobs/consolidate/passages.py": ["tests/consolidate/test_passages.py"],
    "jobs/consolidate/same_vehicle.py": ["tests/consolidate"],
    "jobs/quality/clocks.py": ["tests/quality/test_clocks.py"],
    "jobs/quality/history.py": ["tests/quality/test_history.py"],
    "jobs/quality/over_time.py": ["tests/quality/test_over_time.py"],
    "jobs/quality/profile.py": ["tests/quality/test_profile.py"],
    "jobs/analytics/convoys.py": ["tests/analytics/test_convoys.py"],
    "jobs/analytics/hotlist_matching.py": ["tests/analytics/test_hotlist_matching.py"],
    "jobs/analytics/journeys.py": ["tests/analytics/test_movements.py"],
    "jobs/domain/retention.py": ["tests/retention"],
    "ocr/vrm.py": ["tests/ocr/test_vrm.py"],
    "ocr/track.py": ["tests/ocr/test_track.py", "tests/ocr/test_passage.py"],
    "ocr/vote.py": ["tests/ocr/test_vote.py"],
    "ocr/plates.py": ["tests/ocr/test_plates.py"],
}


def _faults(module: Path) -> list[MutationSpec]:
    """So many faults of a module, drawn from all that it may have."""
    work = WorkDB(":memory:", WorkDB.Mode.create)
    try:
        init([module], work, {})
        found = [one for item in work.work_items for one in item.mutations]
    finally:
        work.close()
    lines = module.read_text().splitlines()
    wanted = [
        one for one in found
        if (name := one.operator_name.partition("/")[2]).startswith(_KINDS)
        and not name.startswith(_NOT) and not name.endswith(_IDENTITY)
        and not any(text in lines[one.start_pos[0] - 1] for text in _NO_BEHAVIOUR)
    ]  # fmt: skip
    wanted.sort(key=lambda one: (one.operator_name, one.occurrence))
    return random.Random(_SEED).sample(wanted, min(_A_MODULE, len(wanted)))


def _measure(module: str, tests: list[str], python: str) -> Counter[str]:
    """What became of a module's faults; those that survive are shown."""
    # Some faults end in endless loops: hence the bound of time.
    command = f"{python} -m pytest -x -q -p no:cacheprovider {' '.join(tests)}"
    if subprocess.run(command.split(), check=False, stdout=subprocess.DEVNULL).returncode:
        raise SystemExit(f"{module}: its tests fail without any fault")
    found = Counter[str]()
    for fault in _faults(Path(module)):
        result = mutate_and_test([fault], command, _TIMEOUT_S)
        outcome = "survived" if result.test_outcome is TestOutcome.SURVIVED else "failed a test"
        found[outcome] += 1
        if outcome == "survived":
            sys.stderr.write(f"{result.diff}\n")
    return found


def main(wanted: list[str]) -> int:
    """Measure the wanted modules, print a line for each, and return the exit code."""
    root, total = Path.cwd(), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="anprlake-mutants-") as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(".git", ".venv", ".cache", "demo", ".*_cache"))
        os.chdir(copy)
        os.environ["PYTHONPATH"] = str(copy)
        for module in wanted or list(_TESTS):
            found = _measure(module, _TESTS[module], str(root / ".venv/bin/python"))
            total += found
            sys.stdout.write(f"{module}: {found['failed a test']} of {found.total()} fail a test\n")
            sys.stdout.flush()
    share = total["failed a test"] / total.total()
    sys.stdout.write(f"{total['failed a test']} of {total.total()} ({share:.1%}, wanted {_REACH:.0%})\n")
    return 0 if share >= _REACH else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
