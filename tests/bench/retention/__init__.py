"""Benchmarks of retention: each part by itself."""
