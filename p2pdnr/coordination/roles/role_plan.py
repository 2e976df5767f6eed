"""What a role of the operator leads to: a plan that can be run, and what the role has to tell about it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.plans.dispatch import Dispatch

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RolePlan:
    """The plan of a role other than welfare; arrays are (K, T) by prosumer and hour, None where a role has none.

    ``dispatch`` is what runs; the charges of its agreement are those that people pay, zeros where the role has none.
    ``asked_kw`` are the injections that the market wanted before the operator acted, ``low_kw`` and ``high_kw`` the
    envelope that it published, ``curtailed_kw`` what it took from feeding in and ``shed_kw`` from fixed loads,
    ``compensation_eur`` what it pays for that. ``figures`` stand in summary.json under "role", beside those that
    follow from these arrays (:mod:`p2pdnr.results.role`); ``arrays`` go to warm.npz for those who examine the plan, as
    prices that prove a bound; ``remarks`` say what a reader must know, as limits that cannot be kept.
    """

    dispatch: Dispatch
    asked_kw: Floats | None = None
    low_kw: Floats | None = None
    high_kw: Floats | None = None
    curtailed_kw: Floats | None = None
    shed_kw: Floats | None = None
    compensation_eur: Floats | None = None
    figures: dict[str, float | str | None] = field(default_factory=dict)
    arrays: dict[str, Floats] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
