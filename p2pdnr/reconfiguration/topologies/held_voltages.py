"""What a search by exchanges, which knows fixed powers alone, takes generators for that hold a voltage."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from p2pdnr.network.arrays import Bools
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import is_radial, orient
from p2pdnr.reconfiguration.terms import LoadCase


def as_fixed(case: LoadCase, closed: Bools) -> LoadCase:
    """The case with generators that give in every topology what they give with lines ``closed`` (m,): the search by
    exchanges knows fixed powers alone. Hours without a power flow there keep what the loads count."""
    generators = case.network.generators
    if generators is None:
        return case
    load_kvar = case.load_kvar.copy()
    if is_radial(case.network, closed):
        given = solve_tree(case.network, orient(case.network, closed), case.load_kw, case.load_kvar).generated_kvar
        assert given is not None
        known = np.where(np.isnan(given), generators.kvar, given)
        load_kvar[:, generators.bus] += generators.kvar - known
    return replace(case, network=case.network.with_(generators=None), load_kvar=load_kvar)
