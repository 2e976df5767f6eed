"""Tier 1: the negotiation by the alternating direction method of multipliers, at given trees."""
