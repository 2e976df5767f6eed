"""Twenty random scenarios of ten kinds, hourly, in every role of the operator: what each certificate says.

    PYTHONPATH=. python benchmarks/bench_role_certificates.py [--only "PV-rich"] [--seeds 0 1] [--roles leader] [--page]

The scenarios are those of ``bench_robustness.py``. What a run gives is kept in docs/benchmarks/role_certificates.csv,
and what it does not solve again stays there: a row that counts the certificates that hold, and one for every
certificate that does not hold or is not shown, with its reason. The page beside it is made of these rows, as soon as
every kind is there; ``--page`` makes it again without solving. One kind takes up to seven minutes of processor time,
all ten longer than ``make bench`` gives a benchmark, which runs the shortest one.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import product
from pathlib import Path
from typing import Any, get_args

from benchmarks import _random_scenarios as drawn
from benchmarks._tables import FOLDER, shown, table
from benchmarks._timing import timed
from p2pdnr import study
from p2pdnr.errors import P2pdnrError
from p2pdnr.results.claims import FAILS, HOLDS, NOT_SHOWN, state_of
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Role

ROLES: tuple[Role, ...] = get_args(Role)
KEPT = FOLDER / "role_certificates.csv"
NO_PLAN = "no plan"
ALL = "all others"
HEAD = ("scenario, seed", *(f"{role}{what}" for role in ROLES for what in ("", " CPU s")), "leader's gap")
NOTE = (
    "Certificates that hold / are not shown / do not hold. CPU s: processor seconds of the solve and its examination."
    " A dash: not run, or no bound. Below every certificate that is not shown or does not hold in some scenario, with"
    " the reason; all others hold wherever they apply."
)


@dataclass(frozen=True)
class Row:
    """What one certificate says of one scenario in one role, or, with the name :data:`ALL`, how many hold (``value``)
    in a solve that took ``cpu_s``; ``gap`` of a leader, empty where there is none."""

    kind: str
    seed: int
    role: str
    certificate: str
    state: str
    value: str
    cpu_s: str
    gap: str
    reason: str


def rows_of(kind: str, seed: int, role: Role) -> list[Row]:
    """What a solve in a role says."""
    scene = document.from_dict(drawn.scenario(kind, seed))
    try:
        solved = timed(lambda: study.run(scene, study.Options(role=role)))
    except P2pdnrError as error:
        return [Row(kind, seed, role, NO_PLAN, FAILS, "", "", "", " ".join(str(error).split()))]
    summary = solved.answer.summary
    claims: Mapping[str, Mapping[str, Any]] = summary["certificates"]
    held = sum(state_of(claim) == HOLDS for claim in claims.values())
    gap = (summary.get("role") or {}).get("gap")
    told = "" if gap is None else f"{gap:.2e}"
    return [Row(kind, seed, role, ALL, HOLDS, str(held), f"{solved.cpu_s:.1f}", told, "")] + [
        Row(kind, seed, role, name, state_of(claim), _number(claim["value"]), "", "", str(claim.get("reason") or ""))
        for name, claim in claims.items()
        if state_of(claim) != HOLDS
    ]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def read(path: Path) -> list[Row]:
    """The rows that are kept."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf8") as file:
        return [Row(**{**line, "seed": int(line["seed"])}) for line in csv.DictReader(file)]  # type: ignore[arg-type]


def keep(path: Path, rows: Sequence[Row]) -> None:
    """Write rows, kinds in their order."""
    order = {kind: place for place, kind in enumerate(drawn.FAMILIES)}
    with path.open("w", newline="", encoding="utf8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in sorted(rows, key=lambda row: (order[row.kind], row.seed)))


def scenes(rows: Sequence[Row]) -> list[list[str]]:
    """A line for each scenario: what its certificates say in every role, and what that took."""
    lines = []
    for kind, seed in dict.fromkeys((row.kind, row.seed) for row in rows):
        cells = [f"{kind}, {seed}"]
        gap = "-"
        for role in ROLES:
            own = [row for row in rows if (row.kind, row.seed, row.role) == (kind, seed, role)]
            cells += [counted(own), next((row.cpu_s for row in own if row.cpu_s), "-")]
            gap = next((f"{float(row.gap):.2%}" for row in own if row.gap), gap)
        lines.append([*cells, gap])
    return lines


def counted(rows: Sequence[Row]) -> str:
    """Certificates of one solve by state, a dash where it was not run."""
    if not rows:
        return "-"
    if any(row.certificate == NO_PLAN for row in rows):
        return NO_PLAN
    counts = Counter(row.state for row in rows if row.certificate != ALL)
    held = sum(int(row.value) for row in rows if row.certificate == ALL)
    return f"{held} / {counts[NOT_SHOWN]} / {counts[FAILS]}"


def exceptions(rows: Sequence[Row]) -> list[list[str]]:
    """A line for each role, certificate and state that is not "holds": in how many scenarios, and why in the first."""
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        if row.certificate != ALL:
            found.setdefault((row.role, row.certificate, row.state), []).append(row)
    order: dict[str, int] = {role: place for place, role in enumerate(ROLES)}
    return [
        [*key, str(len(own)), f"{own[0].kind}, {own[0].seed}: {own[0].reason}".replace("|", "/").rstrip(": ")]
        for key, own in sorted(found.items(), key=lambda item: order[item[0][0]])
    ]


def page(rows: Sequence[Row]) -> None:
    """Print and keep the page."""
    lines = scenes(rows)
    failing = sum(row.state == FAILS for row in rows)
    title = f"{len(lines)} random scenarios, hourly, in every role: {failing} certificates do not hold"
    table("role_certificates", title, [HEAD, *lines], ("clarabel", "pandapower"), note=NOTE)
    bars = "| role | certificate | state | scenarios | the first, and why |\n| --- | --- | --- | ---: | --- |\n"
    below = "".join(f"| {' | '.join(line)} |\n" for line in exceptions(rows))
    path = FOLDER / "role_certificates.md"
    path.write_text(f"{path.read_text(encoding='utf8')}\n{bars}{below}", encoding="utf8")


def solve(kind: str, seeds: Sequence[int], roles: Sequence[Role]) -> None:
    """Solve one kind, and keep what comes out, role by role, in place of what was kept of it."""
    for seed, role in product(seeds, roles):
        found = rows_of(kind, seed, role)
        shown(next(iter(scenes(found))))
        keep(KEPT, [*(row for row in read(KEPT) if (row.kind, row.seed, row.role) != (kind, seed, role)), *found])


def main() -> None:
    """Solve one kind or all, keep what comes out, and make the page where every kind is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("all", *drawn.FAMILIES), default="one hour")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--roles", nargs="+", choices=ROLES, default=ROLES)
    parser.add_argument("--page", action="store_true")
    arguments = parser.parse_args()
    if not arguments.page:
        study.warm_up()
        for kind in drawn.FAMILIES if arguments.only == "all" else [arguments.only]:
            solve(kind, arguments.seeds, arguments.roles)
    rows = read(KEPT)
    if {row.kind for row in rows} == set(drawn.FAMILIES):
        page(rows)


if __name__ == "__main__":
    main()
