"""What every step of the loop works with, and the trees it chooses among."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.plans.settings import AcceptanceSettings
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.choice import Choice
from p2pdnr.coordination.schedule.settings import SearchSettings
from p2pdnr.coordination.schedule.tree_costs import Outlook


@dataclass(frozen=True)
class Settings:
    """How to solve: tier 1, tier 2, and what lies between them."""

    admm: AdmmSettings = AdmmSettings()
    search: SearchSettings = SearchSettings()
    acceptance: AcceptanceSettings = AcceptanceSettings()

    @property
    def rough(self) -> Settings:
        """How a narrower mode is negotiated when it only serves a wider one as a candidate."""
        primal_kw = self.search.rough_times * self.admm.primal_kw
        objective_change = self.search.rough_objective_change
        return replace(
            self,
            admm=replace(self.admm, primal_kw=primal_kw, objective_change=objective_change),
            acceptance=replace(self.acceptance, regretted_share=np.inf),
        )

    @property
    def glimpse(self) -> Settings:
        """How a narrower mode is negotiated until a bound on it says something: roughly, and a few iterations only."""
        rough = self.rough
        return replace(
            rough,
            admm=replace(rough.admm, max_iterations=self.search.glimpse_iterations),
            acceptance=replace(rough.acceptance, attempts=rough.acceptance.attempts[:1]),
        )


@dataclass(frozen=True, eq=False)
class Context:
    """One solve: what is solved, how, and what it tells."""

    problem: CoordinationProblem
    settings: Settings = Settings()
    journal: Journal = field(default_factory=Journal)

    @property
    def rough(self) -> Context:
        """The same with less care, see :attr:`Settings.rough`."""
        return replace(self, settings=self.settings.rough)

    @property
    def glimpse(self) -> Context:
        """The same for a few iterations, see :attr:`Settings.glimpse`."""
        return replace(self, settings=self.settings.glimpse)

    def go_on(self) -> bool:
        """Whether there is time left."""
        return not self.journal.out_of_time


@dataclass(frozen=True, eq=False)
class Candidates:
    """The trees in question with what they would cost, and how a mode chooses among them."""

    outlook: Outlook
    choice: Choice
