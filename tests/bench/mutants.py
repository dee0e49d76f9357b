"""`make mutants`: modules that hold rules, each with one small fault at a time; how many of these fail a test.

Run by the Python of an environment of its own, which has cosmic-ray; the tests run in the project's. The faults are
made in a copy of the working tree. Arguments: names of modules, or none for all of them.
"""

import difflib
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import cosmic_ray.plugins
from cosmic_ray.commands.init import init
from cosmic_ray.mutating import use_mutation
from cosmic_ray.work_db import WorkDB
from cosmic_ray.work_item import MutationSpec

_A_MODULE = 40
_REACH = 0.92
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
    "jobs/domain/cameras.py": ["tests/domain/test_cameras.py", "tests/ingest/test_rules.py"],
    "jobs/domain/lineage.py": ["tests/domain/test_lineage.py"],
    "jobs/domain/tokens.py": ["tests/domain/test_tokens.py"],
    "jobs/domain/weeding.py": ["tests/domain/test_weeding.py"],
    "jobs/ingest/rules.py": ["tests/ingest/test_rules.py", "tests/ingest/test_any_line.py"],
    "jobs/ingest/positions.py": ["tests/ingest/test_positions.py", "tests/ingest/test_rules.py"],
    "jobs/ingest/vrms.py": ["tests/ingest/test_vrms.py", "tests/ingest/test_rules.py"],
    "jobs/ingest/needs.py": ["tests/ingest/test_needs.py", "tests/ingest/test_early_files.py"],
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
    "jobs/domain/retention.py": ["tests/domain/test_retention.py"],
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


class _Tests:
    """Runs of pytest, one after the other (forked_tests.py)."""

    def __init__(self, python: Path, folder: Path) -> None:
        # A module that changes twice a second would be taken for its compiled self.
        environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
        environment["SPARK_CONF_DIR"] = str(folder / "conf/spark")
        self._server = subprocess.Popen(
            [python, "-P", folder / "tests/bench/forked_tests.py"],
            cwd=folder, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def pass_(self, tests: list[str]) -> bool:
        """Whether all of them pass, in the time that they may take."""
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(f"-x -q -p no:cacheprovider {' '.join(tests)}\n")
        self._server.stdin.flush()
        if not (answer := self._server.stdout.readline()):
            raise SystemExit("the process that runs the tests has ended")
        return answer == "0\n"


def _measure(module: str, tests: list[str], run: _Tests) -> Counter[str]:
    """What became of a module's faults; those that survive are shown."""
    if not run.pass_(tests):
        raise SystemExit(f"{module}: its tests fail without any fault")
    found = Counter[str]()
    for fault in _faults(Path(module)):
        operator = cosmic_ray.plugins.get_operator(fault.operator_name)(**fault.operator_args)
        with use_mutation(Path(module), operator, fault.occurrence) as (before, after):
            survived = run.pass_(tests)
        found["survived" if survived else "failed a test"] += 1
        if survived:
            sys.stderr.writelines(difflib.unified_diff(before.splitlines(True), after.splitlines(True), module, module))
            sys.stderr.flush()
    if not run.pass_(tests):  # what broke the process, or its Java, would count as found
        raise SystemExit(f"{module}: its tests fail without any fault, after those with faults")
    return found


def main(wanted: list[str]) -> int:
    """Measure the wanted modules, print a line for each, and return the exit code."""
    root, total = Path.cwd(), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="anprlake-mutants-") as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(".git", ".venv", ".cache", "demo", ".*_cache"))
        os.chdir(copy)
        run = _Tests(root / ".venv/bin/python", copy)
        for module in wanted or list(_TESTS):
            found = _measure(module, _TESTS[module], run)
            total += found
            sys.stdout.write(f"{module}: {found['failed a test']} of {found.total()} fail a test\n")
            sys.stdout.flush()
    share = total["failed a test"] / total.total()
    sys.stdout.write(f"{total['failed a test']} of {total.total()} ({share:.1%}, wanted {_REACH:.0%})\n")
    return 0 if share >= _REACH else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
