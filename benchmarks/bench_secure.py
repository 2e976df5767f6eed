"""Secure plans of random scenarios: whether their limits hold on the share of unseen days that was asked for.

    PYTHONPATH=. python benchmarks/bench_secure.py [--scenarios 20] [--share 0.9] [--days 100] [--test-days 1000]

Meshed networks of nine buses, six prosumers, eight hours around noon. Lines may carry 5 to 30 %
more than they do in the plan for the day as forecast, so that this plan breaks limits on other days. Whether the share
is kept is the certificate ``secure``: bounds of Clopper and Pearson, one-sided, 95 %, on days drawn with another seed.
The table goes to docs/benchmarks/secure.md.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks._random_scenarios import small_grid
from benchmarks._tables import shown, table
from benchmarks._timing import timed
from p2pdnr import study
from p2pdnr.errors import P2pdnrError
from p2pdnr.forecasts.binomial import upper_share
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import matrix
from p2pdnr.scenario import document
from p2pdnr.verification.secure import CONFIDENCE

HEAD = (
    "seed", "plan for the forecast breaks", "secure plan breaks", "at most of all", "certificate", "price, EUR",
    "rounds", "CPU s", "what breaks most, and why the share is not kept",
)  # fmt: skip
ROOM, LEAST_A = (1.05, 1.3), 20.0
"""What lines may carry of their peak in the plan for the forecast, between these by scenario, and A at the least."""


def weak(seed: int) -> dict[str, Any]:
    """The document of a scenario whose lines carry little more than its plan for the forecast needs."""
    rng = np.random.default_rng([16, seed])
    scene, room = small_grid(rng, hours=8, prosumers=6), float(rng.uniform(*ROOM))
    plan = study.run(document.from_dict(scene))
    peak_a = matrix(plan.tables.lines, "i_a", plan.scenario).max(axis=0)
    limits = {str(line + 1): round(float(max(room * value, LEAST_A)), 3) for line, value in enumerate(peak_a)}
    scene["network"]["line_limits_a"] = limits
    return scene


def solved(seed: int, asked: argparse.Namespace) -> StudyResult:
    """The secure plan of a random scenario."""
    scene = weak(seed)
    scene["dso"]["security"] = {"share": asked.share, "days": asked.days, "test_days": asked.test_days}
    return study.run(document.from_dict(scene), study.Options(seed=seed))


def row(seed: int, result: StudyResult, cpu_s: float) -> tuple[str, ...]:
    """A row of the table."""
    stated = result.summary["secure"]
    test, plan = stated["test"], stated["plan"]
    state = result.summary["certificates"]["secure"]["state"]
    return (
        str(seed),
        f"{stated['nominal']['violated']} of {plan['days']}",
        f"{test['violated']} of {test['days']}",
        f"{100 * upper_share(test['violated'], test['days'], CONFIDENCE):.1f} %",
        state,
        f"{stated['price_eur']:,.2f}",
        str(plan["rounds"]),
        f"{cpu_s:.1f}",
        _why(result, state),
    )


def _why(result: StudyResult, state: str) -> str:
    """The limit that breaks most, and what the planner says of a plan that does not keep its share."""
    test, plan = result.summary["secure"]["test"], result.summary["secure"]["plan"]
    breaks = {"lower voltage": test["low"], "upper voltage": test["high"]}
    breaks |= {f"line {line}": days for line, days in test["lines"].items()}
    what, days = max(breaks.items(), key=lambda item: item[1])
    told = f"{what} on {days} days" if days else "none"
    if state == "holds":
        return told
    if plan["violated"] > plan["allowed"]:
        least = f"least found is {plan['violated']}"
        return f"{told}; no plan breaks limits on {plan['allowed']} of {plan['days']} days to plan with, {least}"
    return f"{told}; kept on the days it was planned with ({plan['violated']} break), by too little on others"


def note(states: Sequence[str], share: float) -> str:
    """What the table comes to."""
    count = Counter(states)
    told = ", ".join(f"{count[state]} {state}" for state in ("holds", "not shown", "does not hold", "no plan"))
    return f"Asked for: limits hold on {share:.0%} of days. Of {len(states)} scenarios: {told}."


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--scenarios", type=int, default=20)
    parser.add_argument("--share", type=float, default=0.9)
    parser.add_argument("--days", type=int, default=100)
    parser.add_argument("--test-days", type=int, default=1000)
    asked = parser.parse_args()
    study.warm_up()
    rows, states = [], list[str]()
    for seed in range(asked.scenarios):
        try:
            run = timed(lambda seed=seed: solved(seed, asked))  # type: ignore[misc]
        except P2pdnrError as error:
            rows.append(shown((str(seed), *["-"] * 3, "no plan", *["-"] * 3, str(error)[:80])))
            states.append("no plan")
            continue
        rows.append(shown(row(seed, run.answer, run.cpu_s)))
        states.append(rows[-1][4])
    title = "Secure plans of random scenarios on unseen days"
    table("secure", title, [HEAD, *rows], note=note(states, asked.share))


if __name__ == "__main__":
    main()
