"""Coordination: the two-tier loop that brings market and operator to one plan (start reading at :mod:`.loop`)."""
