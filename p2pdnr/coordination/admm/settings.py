"""Settings of tier 1, the negotiation at given trees: how copies are drawn together, and when it ends.

Where measurements led to a value ``docs/decisions/negotiation.md`` has them; the others are choices without one.
``benchmarks/bench_ablation.py`` shows what the answers owe to the optional parts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class AdmmSettings:
    """Tier 1. A weight of 1 EUR/kW draws two copies together by 1 EUR when they are a prosumer's usual power apart
    (:func:`p2pdnr.coordination.admm.penalties.per_kw`). Iterations are counted from 0."""

    trade_weight_eur_per_kw: float = 0.33
    """Weight of trades at the start; balancing changes it."""

    charge_weight_eur_per_kw: float = 0.05
    """Weight of injections at the start; balancing changes it."""

    least_weight_eur_per_kw: float = 3e-4
    """No weight falls below this."""

    most_weight_eur_per_kw: float = 3e5
    """No weight rises above this."""

    least_size_kw: float = 1e-3
    """Usual powers and moves of copies are taken as at least this, against division by zero."""

    relaxation: float = 1.6
    """Over-relaxation; 1.5 to 1.8 is the usual range (Boyd et al. 2011, section 3.4.3)."""

    primal_kw: float = 0.05
    """Ends the negotiation: how far two copies may be apart. The user's ``--tolerance-kw``."""

    objective_change: float = 1e-5
    """Ends the negotiation: how far the objective may have moved over the last iterations, of itself."""

    settled_iterations: int = 8
    """Over how many iterations that is looked at."""

    rested_eur_per_kwh: float = np.inf
    """Ends the negotiation: how far prices may still move in an iteration. Infinite, as the objective is enough, unless
    copies have agreed and a plan left somebody with regrets."""

    max_iterations: int = 1200
    """Ends the negotiation without convergence."""

    balance_every: int = 5
    """Weights change at most once in so many iterations."""

    balance_until: int = 100
    """First iteration without residual balancing, as the convergence proof needs weights that rest: with 100 all of 70
    random scenarios settle, with 30 one does not. 0: weights that nothing changes."""

    balanced_ratio: float = 0.25
    """Of the primal to the dual residual, both relative: below it a weight is too large, above 1 / it too small."""

    least_factor: float = 0.4
    """Of a weight in one balancing."""

    most_factor: float = 2.5
    """Of a weight in one balancing."""

    agreed_ratio: float = 2.5e-3
    """The same where copies agree and prices need not rest: only weights that are wrong by orders fall."""

    firm_iterations: range = range(20, 600)
    """When weights are raised whose copies lag behind though all else has settled."""

    firm_at_rest: float = 3.0
    """Times ``objective_change``: how little the objective moves when only copies are left to agree."""

    firm_factor: float = 1.2
    """Least factor of such a weight."""

    firmest_factor: float = 4.0
    """Largest factor of such a weight."""

    firm_price_share: float = 5e-3
    """Of the retailer's mean price: how far prices may move in an iteration with such a weight."""

    stiff_iterations: range = range(149, 900, 150)
    """When the weights of hours are raised in which copies still swing. Where a limit makes the operator's hour bend
    the wrong way (docs/convergence.md, section 3) copies settle under weights above that bend."""

    stiff_change: float = 1e-3
    """By how much the objective still moves over the last iterations where copies swing."""

    stiff_factor: float = 4.0
    """Factor of the weights of such hours."""

    mean_iterations: range = range(24, 600)
    """Which iterations enter a mean of states: earlier ones are on their way and do not swing, later ones are those of
    the convergence proof."""

    mean_of: int = 12
    """How many iterations make a mean."""

    @property
    def is_restless(self) -> bool:
        """Whether prices must come to rest, for which weights also fall where copies agree."""
        return self.rested_eur_per_kwh < np.inf
