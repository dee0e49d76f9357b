"""Footage: its catalogue, and reading it in ranges that a killed run goes on from."""
