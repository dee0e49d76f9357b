"""Lakes of one landing folder that went different ways, and what of them must be equal."""

import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from deltalake import DeltaTable
from pyspark.sql import SparkSession

from jobs.lake.store import Store
from jobs.lake.tables import CATALOGUE, Zone
from jobs.runtime.night import Night
from jobs.runtime.stages import STAGES
from tests.factories import lake_settings

# Which run wrote a row, which version was read, and which of equal rows came first.
# Of lineage also what names data files.
_NOT_ALIKE = {"run_id", "process_date", "data_version", "sightings_version", "file_id", "line_no", "record_no"}

Contents = dict[str, Counter[str]]


@dataclass(frozen=True)
class Lakes:
    """Where lakes of the same landing files lie, and how their nights are opened."""

    work: Path
    spark: SparkSession

    def night(self, name: str, day: date, run_id: str) -> Night:
        """A night on the lake of a name."""
        settings = lake_settings(self.work / name, ANALYTICS__WINDOWS_A_NIGHT="100")
        return Night(Store(lambda: self.spark, settings.storage.root), settings, day, run_id)

    def copy(self, source: str, name: str) -> None:
        """A lake as another one is now."""
        shutil.rmtree(self.work / name, ignore_errors=True)
        shutil.copytree(self.work / source, self.work / name)

    def contents(self, name: str) -> Contents:
        """Every row of the tables, but for what may differ."""
        root = self.work / name / "lake"
        found = {}
        for table in CATALOGUE:
            path = str(root / table.zone / table.name)
            if table.zone is not Zone.GOVERNANCE and table.name != "reads_staged" and DeltaTable.is_deltatable(path):
                names = [column for column in table.column_names if column not in _NOT_ALIKE]
                names = [column for column in names if table.name != "lineage" or column not in ("files", "inputs")]
                found[table.full_name] = Counter(map(str, DeltaTable(path).to_pyarrow_table(columns=names).to_pylist()))
        return {name: rows for name, rows in found.items() if rows}


def all_stages(night: Night) -> None:
    """The whole night."""
    for stage in STAGES.values():
        stage(night)


def unlike(found: Contents, expected: Contents) -> list[str]:
    """Names of tables that differ."""
    return sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
