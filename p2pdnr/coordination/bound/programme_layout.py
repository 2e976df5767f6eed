"""Where columns and rows of the cone programme of a bound are: records that its parts hand to each other."""

from __future__ import annotations

from dataclasses import dataclass

from p2pdnr.coordination.bound.matrix import Ints


@dataclass(frozen=True, eq=False)
class Hour:
    """Where the columns of an hour are: ``own`` (K, OWN), ``sold``, ``bought`` (2E,), and for the lines (L,) each
    ``p``, ``q``, ``l``, ``v``, ``low``, ``high``, ``over``; ``fed`` (I,) what inverters feed in; ``source`` (s,) the
    squared voltages of substations and ``caps`` (C,) what capacitors feed in."""

    own: Ints
    sold: Ints
    bought: Ints
    p: Ints
    q: Ints
    l: Ints
    v: Ints
    low: Ints
    high: Ints
    over: Ints
    fed: Ints
    source: Ints
    caps: Ints


@dataclass(frozen=True, eq=False)
class Equalities:
    """Rows of an hour: of pairs (E,), of balances (K,), of the flows into the fed buses (L,)."""

    pairs: Ints
    balance: Ints
    p: Ints
    q: Ints


@dataclass(frozen=True, eq=False)
class Inequalities:
    """Rows of an hour: of the rules against resale (K,), of both voltage limits, of the current limits and of the
    secants (L,), -1 where a line has none."""

    imports: Ints
    exports: Ints
    low: Ints
    high: Ints
    limit: Ints
    cut: Ints


@dataclass(frozen=True, eq=False)
class Rows(Inequalities, Equalities):
    """Where the rows of an hour are whose multipliers are wanted."""


@dataclass(frozen=True, eq=False)
class Joint:
    """Rows that join the hours of a prosumer: of its battery (T,), of its shifted load (windows,); or none."""

    stored: Ints
    shifted: Ints
