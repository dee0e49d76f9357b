from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from jobs.simulate import SimulationOptions, SimulationSummary, simulate

OPTIONS = SimulationOptions(
    last_day=date(2026, 11, 20),
    days=4,
    reads_per_day=800,
    clips=1,
    clip_seconds=9.0,
    clip_size=(480, 270),
    convoys=2,
    clones=1,
    hotlist=40,
    duplicate=0.03,
    late=0.03,
    malformed=0.01,
)


@dataclass(frozen=True)
class Simulated:
    landing: Path
    truth: Path
    options: SimulationOptions
    summary: SimulationSummary


@pytest.fixture(scope="session")
def simulated(tmp_path_factory) -> Simulated:
    folder = tmp_path_factory.mktemp("simulated")
    landing, truth = folder / "landing", folder / "truth"
    return Simulated(landing, truth, OPTIONS, simulate(landing, truth, OPTIONS))
