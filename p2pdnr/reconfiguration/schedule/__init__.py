"""Sequences of radial topologies over the hours: what changes cost, limits on switching, the cheapest sequence."""
