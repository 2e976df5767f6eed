"""Schedules over weeks, months and years: many rows of a profile, all radial topologies, little memory."""
