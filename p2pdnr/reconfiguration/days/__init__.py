"""Many days on one schedule: what breaks on which of them."""
