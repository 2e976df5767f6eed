"""Files of days for tests."""

from __future__ import annotations

import numpy as np


def text_of(days: int, hours: int, seed: int) -> str:
    """Days whose sun and loads are off by some percent, an hour like the next."""
    rng = np.random.default_rng(seed)
    sun, load = rng.uniform(0.7, 1.3, (2, days))
    rows = [f"day {d},{t},{sun[d]:.4f},{load[d]:.4f}" for d in range(days) for t in range(hours)]
    return "\n".join(["scenario,hour,sun,load", *rows]) + "\n"
