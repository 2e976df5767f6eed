"""What every tree costs at least in every row of a profile: cheap, and true of all trees at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.network.kernel import new_branches
from p2pdnr.network.kernel_arrays import Branches, State, new_state
from p2pdnr.network.lanes import padded
from p2pdnr.network.powerflow import withdrawals_pu
from p2pdnr.reconfiguration.horizon.floor_kernel import floors
from p2pdnr.reconfiguration.terms import LoadCase
from p2pdnr.reconfiguration.topologies.ranking import PORTION, kernel_grid, share
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet


class _Workspace(NamedTuple):
    """What the kernel writes, ``eur`` (n_trees, T padded), and where it works; ``closed`` (m,) all True."""

    eur: Floats
    state: State
    branches: Branches
    closed: Bools


def has_floor(network: Network) -> bool:
    """Whether the bound holds: series impedances alone, none of them negative."""
    return network.is_plain and network.is_passive


def floor_eur(case: LoadCase, trees: TreeSet, cap_eur: Floats) -> Floats:
    """(n_trees, T) EUR that every tree costs at least, or ``cap_eur`` (T,) where that is less.

    For networks that :func:`has_floor`; the equations are those of :mod:`.floor_kernel`.
    """
    network, terms = case.network, case.terms
    withdrawals, hours = withdrawals_pu(network, case.load_kw, case.load_kvar)
    grid, caps = kernel_grid(network, terms), _caps(case, cap_eur)
    found, loss_eur = np.empty((len(trees), padded(hours))), terms.loss_eur_per_kw * network.base_kw

    def bound_portion(first: int) -> None:
        part = slice(first, first + PORTION)
        closed = np.ones(network.n_lines, dtype=np.bool_)
        workspace = _Workspace(found[part], new_state(network.n_buses, hours), new_branches(grid), closed)
        floors(grid, trees.open_lines[part].copy(), withdrawals, workspace, (caps, loss_eur))

    share(bound_portion, range(0, len(trees), PORTION))
    return found[:, :hours]


def _caps(case: LoadCase, cap_eur: Floats) -> Floats:
    """(3, T padded) EUR, and in p.u. the active and the reactive power that losses up to the cap take."""
    network, price = case.network, case.terms.loss_eur_per_kw
    lossy = network.r_pu > 0.0
    steepest = (
        np.inf if (network.x_pu[~lossy] > 0.0).any() else (network.x_pu[lossy] / network.r_pu[lossy]).max(initial=0.0)
    )
    caps = np.zeros((3, padded(len(cap_eur))))
    caps[0, : len(cap_eur)] = cap_eur
    caps[1] = caps[0] / (price * network.base_kw) if price > 0.0 else np.inf
    caps[2] = np.where(caps[1] > 0.0, np.maximum(caps[1], 1e-300) * max(steepest, 1e-300), 0.0)
    return caps
