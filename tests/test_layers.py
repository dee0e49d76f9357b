"""The layers of jobs/README.md: a module imports from its own layer and from those above it."""

import ast
from pathlib import Path

import pytest

JOBS = Path(__file__).resolve().parents[1] / "jobs"
LAYERS = (
    {"domain", "settings"}, {"lake"}, {"runtime", "control"},
    {"ingest", "footage", "consolidate", "quality", "analytics"},
    {"backfill", "retention", "report", "simulate", "training"}, {"commands", "cli"},
)  # fmt: skip
CALL_THE_STAGES = {
    "runtime/stages.py", "runtime/recover.py", "runtime/repair.py", "runtime/worker_daemon.py", "quality/publish.py"
}  # fmt: skip


def layer(name):
    return next(number for number, names in enumerate(LAYERS) if name in names)


def from_below(source, own):
    """The modules that a source imports, anywhere in it, from a layer below its own."""
    imported = [
        name
        for node in ast.walk(ast.parse(source))
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [])
        + ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [])
    ]
    return [name for name in imported if name.startswith("jobs.") and layer(name.split(".")[1]) > layer(own)]


@pytest.mark.parametrize("path", sorted(str(path.relative_to(JOBS)) for path in JOBS.rglob("*.py")))
def test_a_module_imports_from_no_layer_below_its_own(path):
    if path == "__init__.py":
        return
    found = from_below((JOBS / path).read_text(encoding="utf-8"), path.split("/")[0].removesuffix(".py"))
    assert bool(found) == (path in CALL_THE_STAGES), found


def test_an_import_from_below_is_found_wherever_it_stands():
    assert from_below("def f():\n    from jobs.ingest import job", "lake") == ["jobs.ingest"]
    assert from_below("import jobs.report.pages", "quality") == ["jobs.report.pages"]
    assert from_below("from jobs.lake import store", "quality") == []
