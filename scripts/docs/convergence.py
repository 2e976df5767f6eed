"""The plots of docs/convergence.md, from real runs of the default day.

residuals.svg     residuals of the whole solve, turn by turn, with its phases
binaries.svg      free binaries of the binary phases, static and hourly
fixed-schedule.svg  distance of the objective from the centralised optimum, with the schedule fixed, for three
                  relaxations and with weights that are never balanced
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from p2pdnr import study
from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.optimality import central
from p2pdnr.coordination.problem import CoordinationProblem, build_problem
from p2pdnr.network.arrays import Floats
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from scripts.docs.pages import DOCS, SCENARIOS

SCENARIO = SCENARIOS / "ieee33-solar.json"
TURNS = 300
COLOURS = ("#1f6f8b", "#c8553d", "#6a994e", "#8d6a9f")
SHADES = {"binary": "#f2e8cf", "convex": "#e3eef3", "polish": "#f3e3ea"}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 300, 70, 16, 20, 64


@dataclass(frozen=True)
class Curve:
    """One line of a plot: ``y`` over the turns from zero; what is not finite leaves a gap."""

    name: str
    y: Floats


@dataclass(frozen=True)
class Frame:
    """The axes: turns on the first, ``low`` to ``high`` on the second, as decades where ``logarithmic``."""

    turns: int
    low: float
    high: float
    logarithmic: bool
    label: str

    def x(self, turn: float) -> float:
        """Place of a turn in px."""
        return LEFT + (WIDTH - LEFT - RIGHT) * turn / max(1, self.turns - 1)

    def y(self, value: float) -> float:
        """Place of a value in px."""
        scaled = np.log10(value) if self.logarithmic else value
        share = (scaled - self.low) / max(self.high - self.low, 1e-12)
        return float(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * np.clip(share, 0.0, 1.0))

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Values and what is written beside them."""
        if self.logarithmic:
            return [(10.0**k, f"1e{k}") for k in range(int(self.low), int(self.high) + 1)]
        return [(value, f"{value:,.0f}") for value in np.linspace(self.low, self.high, 6)]


def picture(frame: Frame, curves: Sequence[Curve], phases: Sequence[str] = ()) -> str:
    """An SVG document: shaded phases, axes, curves, legend."""
    parts = [*_shades(frame, phases), *_axes(frame)]
    for number, curve in enumerate(curves):
        colour = COLOURS[number % len(COLOURS)]
        parts.append(f'<path d="{_path(frame, curve)}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        x = LEFT + number * (WIDTH - LEFT - RIGHT) / max(1, len(curves))
        parts.append(f'<rect x="{x:.0f}" y="{HEIGHT - 16}" width="14" height="4" fill="{colour}"/>')
        parts.append(f'<text x="{x + 20:.0f}" y="{HEIGHT - 10}">{curve.name}</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
    body = "\n".join(parts)
    return f'{head} font-size="12" fill="#333">\n<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'


def _shades(frame: Frame, phases: Sequence[str]) -> list[str]:
    parts, first = [], 0
    for turn in range(1, len(phases) + 1):
        if turn == len(phases) or phases[turn] != phases[first]:
            x, width = frame.x(first), frame.x(turn) - frame.x(first)
            size = f'y="{TOP}" height="{HEIGHT - TOP - BOTTOM}"'
            parts.append(f'<rect x="{x:.1f}" width="{width:.1f}" {size} fill="{SHADES[phases[first]]}"/>')
            if width > 45:
                parts.append(f'<text x="{x + 4:.1f}" y="{TOP + 14}" fill="#777">{phases[first]}</text>')
            first = turn
    return parts


def _axes(frame: Frame) -> list[str]:
    bottom = HEIGHT - BOTTOM
    parts = [f'<text x="{LEFT}" y="{TOP - 7}">{frame.label}</text>']
    for value, text in frame.ticks:
        y = frame.y(value)
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ccc" stroke-width="0.5"/>'
        )
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    for turn in np.linspace(0, frame.turns - 1, 7).astype(int):
        parts.append(f'<text x="{frame.x(turn):.1f}" y="{bottom + 16}" text-anchor="middle">{turn}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    return [*parts, f'<text x="{middle:.0f}" y="{bottom + 32}" text-anchor="middle">turn of the negotiation</text>']


def _path(frame: Frame, curve: Curve) -> str:
    steps, pen_down = [], False
    for turn, value in enumerate(curve.y):
        drawable = bool(np.isfinite(value)) and (value > 0 or not frame.logarithmic)
        if drawable:
            steps.append(f"{'L' if pen_down else 'M'}{frame.x(turn):.1f} {frame.y(value):.1f}")
        pen_down = drawable
    return "".join(steps)


def whole_solve(out: Path) -> None:
    """Residuals and free binaries of the default day."""
    table = study.run(document.load(SCENARIO), folder=SCENARIO.parent).tables.convergence.iloc[:-1]
    phases, turns = table["phase"].tolist(), len(table)
    residuals = [
        Curve("primal residual, kW", table["primal"].to_numpy(dtype=float)),
        Curve("dual residual, EUR/kWh", table["dual"].to_numpy(dtype=float)),
    ]
    frame = Frame(turns, -6, 4, True, "residuals of the whole solve")
    (out / "residuals.svg").write_text(picture(frame, residuals, phases))
    phases_of_binaries = binary_phases(phases, table["free_binaries"].to_numpy(dtype=float))
    modes = ("static mode", "hourly mode")
    curves = [Curve(name, values) for name, values in zip(modes, phases_of_binaries, strict=False)]
    most = max(float(values.max()) for values in phases_of_binaries)
    longest = max(len(values) for values in phases_of_binaries)
    frame = Frame(longest, 0, float(np.ceil(most / 50) * 50), False, "free binaries, turn by turn of a binary phase")
    (out / "binaries.svg").write_text(picture(frame, curves))


def binary_phases(phases: Sequence[str], free: Floats) -> list[Floats]:
    """The numbers of free binaries of every binary phase; after its last turn all are frozen."""
    found: list[list[float]] = []
    for turn, phase in enumerate(phases):
        if phase == "binary":
            if turn == 0 or phases[turn - 1] != "binary":
                found.append([])
            found[-1].append(float(free[turn]))
    return [np.array([*values, 0.0]) for values in found]


def fixed_schedule(out: Path) -> None:
    """Distance of the objective from the centralised optimum of the initial topology."""
    scenario = document.load(SCENARIO)
    problem = build_problem(scenario, build_network(scenario, SCENARIO.parent))
    closed = np.tile(problem.network.closed, (problem.hours, 1))
    best_eur = central.solve_problem(problem, closed).objective_eur
    kinds = {
        "relaxation 1.0": AdmmSettings(relaxation=1.0),
        "1.3": AdmmSettings(relaxation=1.3),
        "1.6 (as used)": AdmmSettings(),
        "1.6, weights fixed": AdmmSettings(balance_until=0),
    }
    curves = [Curve(name, distances(problem, closed, rules, best_eur)) for name, rules in kinds.items()]
    frame = Frame(TURNS, -8, 1, True, "distance of the objective from the centralised optimum, relative")
    (out / "fixed-schedule.svg").write_text(picture(frame, curves))


def distances(problem: CoordinationProblem, closed: np.ndarray, rules: AdmmSettings, best_eur: float) -> Floats:
    """(TURNS,) relative distance of the objective from its optimum, turn by turn."""
    told: list[float] = []
    endless = replace(rules, primal_kw=0.0, max_iterations=TURNS)
    iterations.negotiate(
        problem, closed, iterations.opening(problem, rules), endless, lambda state: told.append(state.objective_eur)
    )
    return np.abs(np.array(told) - best_eur) / abs(best_eur)


def write() -> None:
    """Renew all pictures."""
    out = DOCS / "pictures"
    whole_solve(out)
    fixed_schedule(out)
