"""Tier 2: which tree in which hour, by what every tree would cost and by local search."""
