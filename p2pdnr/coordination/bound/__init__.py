"""A lower bound on the coupled problem: over all schedules and all prosumers at once."""
