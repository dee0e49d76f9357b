"""Sightings to reads: one row for each passage, staged, then published by the quality gate."""
