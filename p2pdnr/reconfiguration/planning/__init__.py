"""Reconfiguration without a market: a network's own load, a day of it, single exchanges."""
