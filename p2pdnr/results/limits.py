"""What a result may ask of those who check it."""

MAX_STRESS_DAYS = 10_000
"""Perturbed days of a stress test: they are drawn and solved again by whoever checks the result."""
