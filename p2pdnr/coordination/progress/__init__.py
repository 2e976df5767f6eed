"""What a solve tells while it runs and what it keeps for the page."""
