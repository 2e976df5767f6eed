"""A genetic algorithm and a particle swarm, both from pymoo, over one number per fundamental loop and hour.

pymoo is maintained, has both ready-made, and can be asked for a generation and told its costs, so that the clock is
looked at between generations; pyswarms has not been released for years, DEAP leaves the swarm to its user, niapy and
mealpy keep the loop to themselves. Its usual parameters are kept: a hundred individuals, tournaments of two, two-point
crossover, the best hundred of parents and children survive; 25 particles, w 0.9, c1 and c2 2.0, adapted as pymoo does.

Four things make it easier for both than most papers do. The day is one stretch first, then four, then every hour by
itself, a third of the budget each, every time from the best before: with all hours free from the start the swarm never
got below its first population. That population holds the initial state and random topologies. Every individual is
radial (:mod:`.loops`). And a mutation may set one loop over several stretches at once, since one hour alone hardly ever
pays for its switching. Positions of the swarm are rounded down to places, as in Wu and Tsai, "Application of enhanced
integer coded particle swarm optimization for distribution system feeder reconfiguration", IEEE Transactions on Power
Systems 26(3), 2011.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks._rivals.judge import Judge
from benchmarks._rivals.loops import Loops, loops_of
from p2pdnr.network.arrays import Floats, Ints

PARTICLES, INDIVIDUALS = 25, 100
STRETCHES = (1, 4, 24)
"""Into which the hours are divided, in turn."""


@dataclass(frozen=True, eq=False)
class Coding:
    """Loops of a network, the ``hours``, and the ``stretches`` of hours that share a topology."""

    loops: Loops
    hours: int
    stretches: int

    @property
    def most(self) -> Ints:
        """(stretches x loops) what every number is below."""
        return np.tile(self.loops.length, self.stretches)

    def schedules(self, positions: Floats) -> Ints:
        """(k, T, n_open) of positions (k, stretches x loops), which are rounded down."""
        places = np.clip(np.floor(positions), 0, self.most - 1).astype(np.int64)
        opened = self.loops.topologies(places.reshape(len(places), self.stretches, -1))
        return opened[:, np.arange(self.hours) * self.stretches // self.hours]

    def positions(self, schedule: Ints) -> Floats:
        """(stretches x loops) of a schedule (T, n_open), each stretch as in its first hour."""
        first = [int(np.ceil(k * self.hours / self.stretches)) for k in range(self.stretches)]
        return np.concatenate([self.loops.numbers(schedule[hour]) for hour in first]).astype(np.float64)


def genetic(judge: Judge, seed: int) -> None:
    """Generations until the budget is spent."""
    from pymoo.algorithms.soo.nonconvex.ga import GA
    from pymoo.operators.crossover.pntx import TwoPointCrossover

    def algorithm(coding: Coding, first: Floats) -> Any:
        crossover = TwoPointCrossover()
        return GA(pop_size=INDIVIDUALS, sampling=first, crossover=crossover, mutation=_mutation(coding))

    _in_turn(judge, algorithm, INDIVIDUALS, seed)


def swarm(judge: Judge, seed: int) -> None:
    """Moves of the particles until the budget is spent."""
    from pymoo.algorithms.soo.nonconvex.pso import PSO

    _in_turn(judge, lambda _, first: PSO(pop_size=PARTICLES, sampling=first + 0.5), PARTICLES, seed)


def _in_turn(judge: Judge, algorithm: Callable[[Coding, Floats], Any], count: int, seed: int) -> None:
    """One stretch, four, every hour."""
    case, rng = judge.bench.case, np.random.default_rng(seed)
    loops = loops_of(case.network)
    for number, stretches in enumerate(STRETCHES):
        coding = Coding(loops, case.steps, min(stretches, case.steps))
        until_s = judge.budget_s * (number + 1) / len(STRETCHES)
        _generations(judge, algorithm(coding, _first(judge, coding, count, rng)), coding, (seed, until_s))


def _first(judge: Judge, coding: Coding, count: int, rng: np.random.Generator) -> Floats:
    """(count, stretches x loops) the initial state and random topologies; later the best so far and mutations of it."""
    loops, network = coding.loops, judge.bench.case.network
    if judge.best is None:
        numbers = rng.integers(0, loops.length, (count, len(loops.length)))
        numbers[0] = loops.numbers(np.flatnonzero(~network.closed))
        return np.tile(numbers, (1, coding.stretches)).astype(np.float64)
    rows = np.tile(coding.positions(judge.best), (count, 1))
    return np.vstack([rows[:1], mutated(rows[1:], loops.length, coding.stretches, rng)])


def _generations(judge: Judge, algorithm: Any, coding: Coding, how: tuple[int, float]) -> None:
    """Ask, judge and tell, from a seed, until so many seconds are spent."""
    from pymoo.core.problem import Problem
    from pymoo.termination.max_gen import MaximumGenerationTermination

    seed, until_s = how
    most = coding.most - 1e-6
    problem = Problem(n_var=len(most), n_obj=1, xl=np.zeros(len(most)), xu=most)
    algorithm.setup(problem, termination=MaximumGenerationTermination(10**9), seed=seed, verbose=False)
    while judge.spent_s < until_s:
        population = algorithm.ask()
        if population is None:  # nothing new to try
            return
        population.set("F", judge.costs(coding.schedules(population.get("X")))[:, None])
        for item in population:  # else it is asked for again
            item.evaluated.update(("F", "G", "H"))
        algorithm.tell(infills=population)


def _mutation(coding: Coding) -> Any:
    """A mutation: in one individual of two, one loop gets a new place over several stretches; of the others every
    place changes with the usual chance, one in all."""
    from pymoo.core.mutation import Mutation

    class Places(Mutation):  # type: ignore[misc]
        """As said above."""

        def _do(self, problem: Any, X: Floats, *args: Any, random_state: Any = None, **kwargs: Any) -> Floats:
            return mutated(X, coding.loops.length, coding.stretches, random_state)

    return Places()


def mutated(population: Floats, length: Ints, hours: int, rng: np.random.Generator) -> Floats:
    """A population (k, hours x loops) with new places: see :func:`_mutation`."""
    count, loops = len(population), len(length)
    rows = population.reshape(count, hours, loops).copy()
    fresh = np.floor(rng.random(rows.shape) * length)
    stretch = rng.random(count) < 0.5
    single = rng.random(rows.shape) < 1.0 / (hours * loops)
    ends = np.sort(rng.integers(0, hours + 1, (count, 2)), axis=1)
    loop = rng.integers(0, loops, count)
    inside = (np.arange(hours) >= ends[:, :1]) & (np.arange(hours) < ends[:, 1:])
    long = inside[:, :, None] & (np.arange(loops) == loop[:, None])[:, None, :]
    held = np.broadcast_to(fresh[:, :1], rows.shape)
    changed = np.where(stretch[:, None, None], np.where(long, held, rows), np.where(single, fresh, rows))
    return np.asarray(changed.reshape(population.shape))
