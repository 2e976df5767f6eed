"""A scenario made ready for coordination: the market's block, the operator's hours, and the arrays in which they
meet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.messages import Blocks
from p2pdnr.errors import NetworkError, Problem
from p2pdnr.execution import Backend, LocalBackend
from p2pdnr.market.inverters import Inverters, inverters
from p2pdnr.market.private_columns import hourly
from p2pdnr.market.prosumer_blocks import Reply
from p2pdnr.market.responses import ProsumerBlock, Pull, Response, prosumer_block
from p2pdnr.market.terms import ProsumerTerms, TradeTerms, all_terms, trade_terms
from p2pdnr.network.arrays import Network
from p2pdnr.reconfiguration.not_supplied import OutagePrice
from p2pdnr.reconfiguration.operator.problem import OperatorProblem
from p2pdnr.reconfiguration.terms import LeverTerms, OperatorTerms, from_scenario, lever_terms, outage_price
from p2pdnr.reconfiguration.topologies.ranking import Landscape, TreeSet
from p2pdnr.scenario.assembly import background_kw, partner_pairs
from p2pdnr.scenario.schema import Scenario

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RoleTerms:
    """What the operator may do, as ``dso`` of the scenario has it (docs/model.md)."""

    name: str = "welfare"
    curtailment: str = "cost"
    compensation: str = "none"
    max_charge_eur_per_kwh: float | None = None


@dataclass(frozen=True, eq=False)
class CoordinationProblem:
    """Both levels of one scenario.

    ``load_kw``, ``load_kvar`` (T, n) are all withdrawals that prosumers do not decide: background, and the reactive
    power of their fixed loads. ``prosumer_bus`` (K,) bus index; ``place`` (K,) index into the operator's prosumer
    buses; ``prosumers_per_bus`` (nb,). ``blocks`` are the prosumers where ``backend`` has settled them; ``block`` is
    the market as its settlement sees it. ``inverters`` are those that give reactive power. ``levers`` are the terms of
    tap changers and capacitors, all of those of the network, None where none moves; where they stand the operator's
    problem says. ``outages`` is the price of energy that faults leave unsupplied, None where it has none. ``rankings``
    keeps the last ranking of all trees.
    """

    network: Network
    block: ProsumerBlock
    trades: TradeTerms
    operator: OperatorProblem
    prosumer_bus: Ints
    place: Ints
    prosumers_per_bus: Floats
    backend: Backend
    blocks: Blocks
    inverters: Inverters
    role: RoleTerms = RoleTerms()
    levers: LeverTerms | None = None
    outages: OutagePrice | None = None
    rankings: list[tuple[TreeSet, Floats, Floats, Landscape]] = field(default_factory=list)

    def respond(self, pull: Pull) -> Reply:
        """Block A: all prosumers answer, block by block; only prices go in, trades and injections come out."""
        return self.blocks.ask(pull)

    def settled(self, pull: Pull) -> Response:
        """The same answer with everything that is private about it, for the settlement, where all data meet."""
        return self.block.respond(pull)

    @property
    def hours(self) -> int:
        """Number of hours T."""
        return int(self.block.right.shape[1])

    @property
    def terms(self) -> OperatorTerms:
        """The operator's terms."""
        return self.operator.terms

    @property
    def step_h(self) -> float:
        """Length of a step in hours."""
        return self.operator.terms.step_h

    def at_buses(self, per_prosumer: Floats) -> Floats:
        """(T, nb) sums over the prosumers of a bus of a quantity (K, T)."""
        total = np.zeros((len(self.prosumers_per_bus), per_prosumer.shape[1]))
        np.add.at(total, self.place, per_prosumer)
        return total.T

    def net_load_kw(self, injection_kw: Floats) -> Floats:
        """(T, n) withdrawals of every bus, from the prosumers' injections (K, T)."""
        load_kw = self.operator.load_kw.copy()
        np.subtract.at(load_kw.T, self.prosumer_bus, injection_kw)
        return load_kw


def given(problem: CoordinationProblem, reactive_kvar: Floats | None) -> CoordinationProblem:
    """The same problem where inverters feed in ``reactive_kvar`` (K, T) and that is a part of the loads; nothing
    changes where it is None."""
    if reactive_kvar is None:
        return problem
    load_kvar = problem.operator.load_kvar.copy()
    np.subtract.at(load_kvar.T, problem.prosumer_bus, reactive_kvar)
    return replace(problem, operator=replace(problem.operator, load_kvar=load_kvar, _days=[]))


def at_positions(problem: CoordinationProblem, positions: Ints | None) -> CoordinationProblem:
    """The same problem with the network's levers at ``positions`` (T, L); all as they stand where they are None."""
    operator = replace(problem.operator, positions=positions, _trees={}, _days=[])
    return replace(problem, operator=operator, rankings=[])


def without_choice(problem: CoordinationProblem, reactive_kvar: Floats | None) -> CoordinationProblem:
    """The same problem, where reactive power (K, T) follows a curve, with that as a part of the loads and no inverters;
    where the operator chooses it, as it is."""
    if reactive_kvar is None or problem.inverters.dispatched:
        return problem
    at = given(problem, reactive_kvar).operator
    nowhere = np.zeros(0, dtype=np.int64)
    operator = OperatorProblem(
        at.network, at.terms, at.load_kw, at.load_kvar, at.buses, nowhere, positions=at.positions
    )
    return replace(problem, operator=operator, inverters=replace(problem.inverters, who=nowhere))


def with_injection_bounds(problem: CoordinationProblem, low_kw: Floats, high_kw: Floats) -> CoordinationProblem:
    """The same problem with every injection between ``low_kw`` and ``high_kw`` (K, T)."""
    bounds = zip(problem.block.terms, low_kw, high_kw, strict=True)
    block = prosumer_block(tuple(replace(item, low_kw=low, high_kw=high) for item, low, high in bounds), problem.trades)
    return replace(problem, block=block, blocks=Blocks(block, problem.backend))


@dataclass(frozen=True, eq=False)
class Known:
    """What somebody has made of a scenario already: the terms of its prosumers, its ``pairs`` (E, 2) that may trade,
    and the market of these."""

    terms: tuple[ProsumerTerms, ...]
    pairs: Ints
    market: tuple[ProsumerBlock, TradeTerms] | None = None


def build_problem(
    scenario: Scenario,
    network: Network,
    p2p: bool = True,
    backend: Backend | None = None,
    known: Known | None = None,
) -> CoordinationProblem:
    """Make both levels of a checked scenario; without ``p2p`` no pair may trade. What is ``known`` of it, its pairs
    among that, is not made again.

    Raises :class:`NetworkError` when there is no line to run anything on.
    """
    if not network.n_lines:
        message = f"{network.name} has no lines"
        raise NetworkError([Problem("network", "lines", (), message, "Connect at least one bus to the substation")])
    prosumers, block, trades = _market(scenario, network, p2p, known)
    bus = np.array([item.bus - 1 for item in scenario.prosumers], dtype=np.int64)
    buses, place, count = np.unique(bus, return_inverse=True, return_counts=True)
    load_kw, load_kvar = (values.copy() for values in background_kw(scenario, network))
    factor = np.array([item.power_factor for item in scenario.prosumers])
    np.add.at(load_kvar.T, bus, hourly(prosumers, "load_kw") * np.tan(np.arccos(factor))[:, None])
    backend = backend or LocalBackend(1)
    dso, behind = scenario.dso, inverters(scenario, bus)
    terms_of_operator, chosen = from_scenario(scenario, network), behind.buses
    return CoordinationProblem(
        network=network,
        block=block,
        trades=trades,
        operator=OperatorProblem(network, terms_of_operator, load_kw, load_kvar, buses, chosen),
        prosumer_bus=bus,
        place=place.astype(np.int64),
        prosumers_per_bus=count.astype(float),
        backend=backend,
        blocks=Blocks(block, backend),
        inverters=behind,
        levers=lever_terms(scenario),
        outages=outage_price(scenario, network),
        role=RoleTerms(dso.role, dso.curtailment, dso.compensation, dso.max_charge_eur_per_kwh),
    )


def _market(
    scenario: Scenario, network: Network, p2p: bool, known: Known | None
) -> tuple[tuple[ProsumerTerms, ...], ProsumerBlock, TradeTerms]:
    """The prosumers, and the market of those that may trade."""
    if known is None:
        pairs = partner_pairs(scenario, network) if p2p else np.zeros((0, 2), dtype=np.int64)
        known = Known(all_terms(scenario), pairs)
    if known.market is not None:
        return known.terms, *known.market
    trades = trade_terms(scenario, known.pairs, known.terms)
    return known.terms, prosumer_block(known.terms, trades), trades
