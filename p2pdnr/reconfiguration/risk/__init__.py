"""Schedules over scenarios of loads: least expected cost, and least mean cost of the worst scenarios."""
