"""Simulation of a force's ANPR network with known truth: feeds, footage, convoys, clones."""
