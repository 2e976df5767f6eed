"""The outcome of one solve: a summary, the scenario and network it belongs to, and tidy tables."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from p2pdnr.coordination.progress.frames import Frame
from p2pdnr.network.arrays import Network
from p2pdnr.results.claims import verdict_of
from p2pdnr.scenario.schema import Scenario


@dataclass(frozen=True, eq=False)
class Tables:
    """The tables of a result, one attribute per CSV file of the result folder, columns as docs/formats.md names them.

    Hours count from 0; buses and lines from 1; ``open_lines`` is a blank-separated list of line numbers.
    ``levers`` is None where no tap changer or capacitor moves.
    """

    hours: pd.DataFrame
    buses: pd.DataFrame
    lines: pd.DataFrame
    prosumers: pd.DataFrame
    partners: pd.DataFrame
    trades: pd.DataFrame
    bills: pd.DataFrame
    convergence: pd.DataFrame
    operations: pd.DataFrame
    levers: pd.DataFrame | None = None

    @property
    def there(self) -> dict[str, pd.DataFrame]:
        """The tables that there are, by name."""
        named = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: table for name, table in named.items() if table is not None}


@dataclass(frozen=True, eq=False)
class StudyResult:
    """Everything one solve leaves behind; what is saved, checked, drawn and sent to the page.

    ``summary`` is the JSON object of summary.json. ``arrays`` are what a next solve starts from (warm.npz) and
    ``topologies`` holds ``loss_kw`` (hours, radial topologies), each hour sorted, where all topologies were evaluated.
    ``frames`` are moments of the negotiation, for the page alone: they are in no result folder.
    ``stress`` is the table stress.csv where the plan was tested on perturbed days, ``role`` the table role.csv where
    the operator's role is another than welfare, ``secure`` the table secure.csv where the plan is to keep its limits on
    days that are not as forecast; ``network`` then holds the limits back that are stated in the summary.
    """

    scenario: Scenario
    network: Network
    summary: dict[str, Any]
    tables: Tables
    arrays: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    topologies: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    stress: pd.DataFrame | None = None
    role: pd.DataFrame | None = None
    secure: pd.DataFrame | None = None
    frames: tuple[Frame, ...] = ()

    @property
    def optional_tables(self) -> dict[str, pd.DataFrame]:
        """Those of :data:`p2pdnr.results.columns.OPTIONAL_TABLES` that there are, by name."""
        found = {"stress": self.stress, "role": self.role, "secure": self.secure}
        return {name: table for name, table in found.items() if table is not None}

    def __repr__(self) -> str:
        said, verdict = self.summary, verdict_of(self.summary["certificates"])
        figures = f"{said['mode']}, {said['objective_eur']:,.2f} EUR, {said['status']}, {verdict}"
        return f"<StudyResult {said['name']!r}: {figures}>"
