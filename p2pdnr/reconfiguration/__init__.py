"""Reconfiguration: trees, schedules and the operator's hours. Knows nothing of the market."""
