"""What a single line fault takes away, and how the rest of the feeder brings it back."""
