"""Lakes of one landing folder that went different ways, and what of them must be equal."""

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pyspark.sql import SparkSession

from jobs.lake.store import Store
from jobs.runtime.night import Night
from jobs.runtime.stages import STAGES
from tests.factories import lake_settings
from tests.lake_contents import PROVENANCE, everything


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

    def contents(self, name: str) -> dict[str, list[str]]:
        """Every row of the tables, but for what may differ."""
        return everything(self.work / name / "lake", ignoring=PROVENANCE)


def all_stages(night: Night) -> None:
    """The whole night."""
    for stage in STAGES.values():
        stage(night)
