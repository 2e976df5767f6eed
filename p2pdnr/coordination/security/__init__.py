"""Plans that keep their limits on days that are not as forecast."""
