"""A solved day on a few sheets of paper: assumptions, topologies, switching, limits, bills, checks."""
