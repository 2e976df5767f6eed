"""The same examples whatever else is loaded.

Hypothesis mixes constants into what it draws that it reads in all modules of the project loaded so far. So a test would
try other examples beside other files than by itself, and others again on a computer with more cores, where files are
divided otherwise: what failed in a whole run passed alone.
"""

from __future__ import annotations

from hypothesis.internal.conjecture import providers

NOTHING = providers.Constants()
READ = "_get_local_constants"
"""The function of Hypothesis that reads them; no public setting stands for it."""


def install() -> None:
    """Have nothing read; where Hypothesis has no such function any more, nothing is changed."""
    if hasattr(providers, READ):
        setattr(providers, READ, lambda: NOTHING)
