"""Days that turn out otherwise, and a week of quarter hours: what is shown, processor seconds and peak memory.

    PYTHONPATH=. python benchmarks/bench_other_days.py [--only secure expected risk week]

A secure plan of the default day on 1,000 unseen days; the schedules of least expected cost and of least risk of
case33bw with PV over 100 scenarios of 24 h, among all 50,751 radial topologies; a solve of the week of the cases in 672
steps of a quarter hour. Every row is a process of its own. With ``--only`` other rows stay as they were measured
before. The table goes to docs/benchmarks/other_days.md.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks._tables import kept_rows, shown, table
from benchmarks._timing import timed
from p2pdnr import study
from p2pdnr.network import readers
from p2pdnr.network.arrays import Floats
from p2pdnr.reconfiguration.planning.progress import Watch
from p2pdnr.reconfiguration.planning.scenario_day import ScenarioDay, plan_scenarios
from p2pdnr.reconfiguration.risk.scenario_costs import ScenarioCase
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario

TITLE = "Days that turn out otherwise, and a week of quarter hours"
HEAD = ("work", "what came of it", "CPU s", "peak GB")
SCENARIOS = Path("data/scenarios")
PV_BUS, PV_KW = [13, 17, 21, 24, 30], [900.0, 1000.0, 900.0, 1100.0, 1000.0]
QUARTERS = 4


def secure() -> str:
    """The secure plan of the default day."""
    result = study.run(document.from_dict(document.to_dict(document.load(SCENARIOS / "ieee33-solar.json")) | _SECURE))
    stated = result.summary["secure"]
    test, state = stated["test"], result.summary["certificates"]["secure"]["state"]
    share = 100.0 * test["violated"] / test["days"]
    return (
        f"{share:.1f} % of {test['days']:,} unseen days break a limit; {state}; {stated['price_eur']:,.2f} EUR dearer"
    )


_SECURE = {
    "dso": document.to_dict(document.load(SCENARIOS / "ieee33-solar.json"))["dso"] | {"security": {"share": 0.95}}
}


def expected() -> str:
    """The schedule of least expected cost."""
    found = plan_scenarios(*_cases(), 0.0, Watch())
    return f"{found.plan.value:,.2f} EUR expected, {_proof(found)}"


def risk() -> str:
    """The schedule of least mean cost of the worst tenth."""
    found = plan_scenarios(*_cases(), 0.9, Watch())
    return f"{found.plan.value:,.2f} EUR in the worst tenth, {_proof(found)}"


def _proof(found: ScenarioDay) -> str:
    return f"{'proved' if found.proved else 'not proved'}, {found.topologies:,} topologies compared"


def _cases(scenarios: int = 100, hours: int = 24) -> tuple[LoadCase, ScenarioCase]:
    """case33bw with PV at five buses: the day as forecast, and scenarios of it, correlated in time."""
    network = readers.read("case33bw", Path())
    network = network.with_(limit_a=np.full(network.n_lines, np.inf))
    hour, rng = np.arange(hours), np.random.default_rng(7)
    curve = 0.7 + 0.3 * np.sin((hour - 8.0) / 24.0 * 2.0 * np.pi) ** 2
    sun = np.clip(np.cos((hour - 12.5) / 12.0 * np.pi), 0.0, None)
    load, cloud = _factors(rng, (scenarios, hours), 0.15), np.minimum(_factors(rng, (scenarios, hours), 0.4), 1.3)
    p_kw, q_kvar = (np.outer(curve, values) for values in (network.p_kw, network.q_kvar))
    pv_kw = np.zeros((hours, network.n_buses))
    pv_kw[:, PV_BUS] = np.outer(sun, PV_KW)
    terms = OperatorTerms(np.full(network.n_lines, 1.0))
    many = p_kw * load[:, :, None] - pv_kw * cloud[:, :, None], q_kvar * load[:, :, None]
    return LoadCase(network, p_kw - pv_kw, q_kvar, terms), ScenarioCase(network, *many, terms)


def _factors(rng: np.random.Generator, shape: tuple[int, int], spread: float) -> Floats:
    """Factors of mean one whose logarithms follow each other with a correlation of 0.8 from hour to hour."""
    logs = rng.standard_normal(shape)
    for hour in range(1, shape[1]):
        logs[:, hour] = 0.8 * logs[:, hour - 1] + 0.6 * logs[:, hour]
    return np.asarray(np.exp(spread * logs - spread**2 / 2.0))


def week() -> str:
    """A solve of 672 steps."""
    result = study.run(quarter_hours(document.load(SCENARIOS / "ieee33-week.json")))
    claims = result.summary["certificates"]
    others = [f"{name} is {claim['state']}" for name, claim in claims.items() if claim["state"] != "holds"]
    told = [f"of {len(claims)} certificates {len(claims) - len(others)} hold", *others]
    return f"{result.summary['objective_eur']:,.2f} EUR; {'; '.join(told)}"


def quarter_hours(hourly: Scenario) -> Scenario:
    """An hourly scenario in quarter hours, profiles between their hours on a straight line, prices in steps."""
    told, hours = document.to_dict(hourly), np.arange(hourly.hours)
    at = np.arange(QUARTERS * hourly.hours) / QUARTERS
    fine = {
        name: np.interp(at, hours, values, period=float(hourly.hours)).round(6).tolist()
        for name, values in told["profiles"].items()
    }
    tariff = {name: np.repeat(prices, QUARTERS).tolist() for name, prices in told["tariff"].items()}
    return document.from_dict(told | {"profiles": fine, "tariff": tariff, "step_h": 1.0 / QUARTERS})


WORK: dict[str, tuple[str, Callable[[], str]]] = {
    "secure": ("secure plan of the default day, 95 %", secure),
    "expected": ("least expected cost, 100 scenarios x 24 h x 50,751 topologies", expected),
    "risk": ("least risk at 0.9 of the same", risk),
    "week": ("solve of the week in 672 quarter hours", week),
}


def measured(name: str) -> tuple[str, ...]:
    """A row of the table, kernels loaded before."""
    study.warm_up()
    what, work = WORK[name]
    run = timed(work)
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return what, run.answer, f"{run.cpu_s:.0f}", f"{peak_gb:.2f}"


def in_a_process(name: str) -> list[str]:
    """A row measured by itself, so that memory is its own."""
    command = [sys.executable, __file__, "--run", name]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return list(json.loads(told.splitlines()[-1]))


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--run", choices=WORK)
    parser.add_argument("--only", nargs="+", choices=WORK, default=list(WORK))
    arguments = parser.parse_args()
    if arguments.run is not None:
        print(json.dumps(measured(arguments.run)))
        return
    before = {row[0]: row for row in kept_rows("other_days", TITLE)}
    before |= {row[0]: row for row in [list(shown(in_a_process(name))) for name in arguments.only]}
    rows = [before[what] for what, _ in WORK.values() if what in before]
    table("other_days", TITLE, [HEAD, *rows])


if __name__ == "__main__":
    main()
