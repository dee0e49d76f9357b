"""Benchmarks of the lake: nights of a force and of the nation, growth, two years, kills, near duplicates."""
