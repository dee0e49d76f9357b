"""Simulation of a force's ANPR network with known truth: feeds, footage, convoys, clones."""

from jobs.simulate.options import SimulationOptions
from jobs.simulate.simulation import SimulationSummary, simulate

__all__ = ["SimulationOptions", "SimulationSummary", "simulate"]
