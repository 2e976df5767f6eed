"""Radial topologies: which there are, which are good, and how to get from one to another."""
