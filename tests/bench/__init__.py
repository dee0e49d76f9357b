"""Benchmarks: `make bench-NAME` measures afresh and prints one row a figure."""
