"""A lake without Spark, which the report does not need."""

from datetime import date

import pytest

from jobs.lake.store import Store
from jobs.runtime.night import Night
from tests.factories import changed

NIGHT = date(2026, 11, 20)


@pytest.fixture
def quiet(settings, tmp_path):
    """A run for the night of 20 November 2026 on an empty lake, with no test report."""
    store = Store(lambda: pytest.fail("Spark is not needed"), settings.storage.root)
    return Night(store, changed(settings, "report.tests", str(tmp_path / "tests.xml")), NIGHT, "test-run")
