"""Plans that can be run: dispatched from an agreement, kept when they improve, held within the limits."""
