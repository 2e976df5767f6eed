"""Random scenarios of ten kinds, hourly, in the roles validate, envelopes and leader: which certificates hold.

    PYTHONPATH=. python benchmarks/bench_role_certificates.py [--only "PV-rich"] [--seeds 2]

The scenarios are those of ``bench_robustness.py``. A cell counts certificates that hold, are not shown, and do not
hold, and names the last, and says how far a leader is from its lower bound at most; a role that cannot be planned is
"no plan". One kind takes up to three minutes, "all" longer
than ``make bench`` gives a benchmark. The table is printed and not kept.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from itertools import product

from benchmarks import _random_scenarios as drawn
from benchmarks._tables import shown, table
from p2pdnr import study
from p2pdnr.errors import P2pdnrError
from p2pdnr.results.claims import FAILS, HOLDS, NOT_SHOWN, named, state_of
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Role, Scenario

ROLES: tuple[Role, ...] = ("validate", "envelopes", "leader")
STATES = (HOLDS, NOT_SHOWN, FAILS)


def cell(scene: Scenario, role: Role, sums: Counter[tuple[str, str]]) -> str:
    """Certificates of one role by state, those that fail by name; what is counted is added to ``sums``."""
    try:
        summary = study.run(scene, study.Options(role=role)).summary
    except P2pdnrError as error:
        sums[role, "no plan"] += 1
        return f"no plan: {error}".replace("\n", " ")[:90]
    certificates, gap = summary["certificates"], summary["role"].get("gap")
    counts = Counter(state_of(claim) for claim in certificates.values())
    sums.update({(role, state): counts[state] for state in STATES})
    failing = ", ".join(named(certificates, FAILS))
    counted = " / ".join(str(counts[state]) for state in STATES) + (f": {failing}" if failing else "")
    return counted if gap is None else f"{counted}, gap {gap:.1%}"


def total(role: Role, sums: Counter[tuple[str, str]]) -> str:
    """The last row's cell of a role."""
    missing = sums[role, "no plan"]
    counts = " / ".join(str(sums[role, state]) for state in STATES)
    return counts + (f"; no plan {missing}" if missing else "")


def main() -> None:
    """Solve, print, and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("all", *drawn.FAMILIES), default="one hour")
    parser.add_argument("--seeds", type=int, default=2)
    arguments = parser.parse_args()
    study.warm_up()
    sums: Counter[tuple[str, str]] = Counter()
    rows: list[Sequence[str]] = [("scenario, seed", *ROLES)]
    for family, seed in product(
        drawn.FAMILIES if arguments.only == "all" else [arguments.only], range(arguments.seeds)
    ):
        scene = document.from_dict(drawn.scenario(family, seed))
        rows.append(shown([f"{family}, {seed}", *(cell(scene, role, sums) for role in ROLES)]))
    rows.append(shown(["all", *(total(role, sums) for role in ROLES)]))
    title = "Random scenarios, hourly: certificates of the roles that hold / are not shown / do not hold"
    table("role_certificates", title, rows, kept=False)


if __name__ == "__main__":
    main()
