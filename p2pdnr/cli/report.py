"""Results as text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from p2pdnr.results import claims
from p2pdnr.results.summary import bound_gap
from p2pdnr.verification import Certificate

VERDICTS: dict[claims.State, str] = {"holds": "ok", "does not hold": "FAILS", "not shown": "open"}
"""How a line about a certificate begins; a line that begins with "open" says why it is not shown."""

LARGE_GAP = 0.01
"""Distance to a lower bound from which it does not show that a plan is near the best."""

VIOLATION_FLOOR = 1e-6
"""Violations up to this are rounding of a limit that binds."""


def summary_text(summary: Mapping[str, Any]) -> str:
    """The figures of a summary: first who is worse off than by the retailer's tariff alone, then costs."""
    costs = summary["costs_eur"]
    trading = "P2P trading" if summary["p2p"] else "no P2P trading"
    seconds = summary.get("seconds", {}).get("total")
    taken = "" if seconds is None else f" in {seconds:.1f} s"
    rows = [(f"  {name}", f"{value:,.2f} EUR") for name, value in costs.items()]
    rows += [
        ("  total", f"{summary['objective_eur']:,.2f} EUR"),
        ("losses", f"{summary['losses_kwh']:,.1f} kWh"),
        ("voltages", f"{summary['vm_min_pu']:.4f} to {summary['vm_max_pu']:.4f} p.u."),
        ("curtailed PV", f"{summary['curtailed_kwh']:,.1f} kWh"),
        ("switching operations", f"{summary['operations']}"),
        ("community saves", f"{summary['community_saving_eur']:,.2f} EUR"),
    ]
    rows += _people(summary)
    bound_eur = summary.get("lower_bound_eur")
    gap = bound_gap(summary)
    if gap is not None:
        rows.insert(len(costs) + 1, ("nothing costs less than", f"{bound_eur:,.2f} EUR"))
        rows.insert(len(costs) + 2, ("this is above it by", f"{gap:.3%}"))
        if gap > LARGE_GAP:
            rows.insert(len(costs) + 3, ("shown near the best", "not by this bound"))
    head = f"{summary['name']}: {summary['mode']} topology, {trading}, {summary['status']}{taken}"
    return "\n".join([head, *worse_off_lines(summary), "cost", *(f"{label:<22}{value:>22}" for label, value in rows)])


MOST_NAMED = 10
"""People who are named in a line; the others are counted."""


def worse_off_lines(summary: Mapping[str, Any]) -> list[str]:
    """Who pays more than the retailer's tariff alone would take, without trading and without network charges, by name;
    the same against the market without an operator where that was computed. Results of before name no amounts."""
    lines = []
    for key, than in (
        ("above_tariff", "with the retailer's tariff alone"),
        ("above_free_market", "in the market without an operator"),
    ):
        if summary.get(key) is not None:
            ids, amounts = summary[f"{key}_ids"], summary.get(f"{key}_eur")
            lines.append(f"worse off than {than}: {_named(ids, amounts, summary['prosumers'])}")
    return lines


def _named(ids: Sequence[str], amounts: Sequence[float] | None, count: int) -> str:
    by = [""] * len(ids) if amounts is None else [f" by {amount:,.2f} EUR" for amount in amounts]
    named = [f"{name}{more}" for name, more in zip(ids, by, strict=True)][:MOST_NAMED]
    rest = [f"and {len(ids) - MOST_NAMED} more"] if len(ids) > MOST_NAMED else []
    return f"{len(ids)} of {count}: {', '.join(named + rest)}" if ids else f"nobody of {count}"


def _people(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the operator collects, and what of it goes back."""
    told = (("charges_collected_eur", "charges collected"), ("refunded_eur", "  given back"))
    return [(label, f"{summary[key]:,.2f} EUR") for key, label in told if summary.get(key) is not None]


def certificates_text(certificates: Mapping[str, Certificate]) -> str:
    """One line per certificate: verdict, name, value, limit, meaning."""
    return "\n".join(_certificate_line(item) for item in certificates.values())


def remarks_text(summary: Mapping[str, Any]) -> str:
    """Remarks on a result, a line each, every one after a line break."""
    return "".join(f"\nremark  {text}" for text in summary.get("remarks", []))


def verdict_text(certificates: Mapping[str, Certificate]) -> str:
    """How many hold and which are not shown, or which do not hold."""
    return claims.verdict({name: item.state for name, item in certificates.items()})


def table_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows with the same keys as a table: one line per key and one column per row, the first key heads the columns."""
    cells = [[key, *(_cell(row[key]) for row in rows)] for key in rows[0]]
    widths = [max(len(line[column]) for line in cells) for column in range(len(rows) + 1)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    )


STRESS_ROWS = {
    "losses_kwh": ("losses", "kWh", 1),
    "vm_min_pu": ("lowest voltage", "p.u.", 4),
    "vm_max_pu": ("highest voltage", "p.u.", 4),
    "max_loading_percent": ("highest loading", "%", 1),
    "violations_eur": ("price of violations", "EUR", 2),
    "balanced_kwh": ("retailers balance", "kWh", 1),
}
"""Figure of a stress test -> what it is called, its unit, and decimals."""


def stress_text(stress: Mapping[str, Any]) -> str:
    """What perturbed days come to, beside the expected one: quantiles over the days, and how many break a limit."""
    labels = list(next(iter(stress["quantiles"].values())))
    rows = [f"{'':<28}{'expected':>12}" + "".join(f"{label.replace('p', '') + ' %':>12}" for label in labels)]
    for name, (title, unit, digits) in STRESS_ROWS.items():
        values = (stress["nominal"][name], *stress["quantiles"][name].values())
        rows.append(f"{f'{title} ({unit})':<28}" + "".join(_figure(value, digits) for value in values))
    share = 100.0 * stress["hours_violated_share"]
    broken = f"{stress['days_violated']} break a limit, {share:.1f} % of hours"
    head = f"{stress['days']} days that are not as expected: {broken}"
    unsolved = stress["hours_without_solution"]
    return "\n".join([head + (f", {unsolved} hours without a power flow" if unsolved else ""), *rows])


def _figure(value: float | None, digits: int) -> str:
    missing = value is None or value != value
    return f"{'-':>12}" if missing else f"{value:>12,.{digits}f}"


def _certificate_line(item: Certificate) -> str:
    verdict = VERDICTS[item.state]
    if item.name == "violations" and item.holds and (item.value or 0.0) > VIOLATION_FLOOR:
        verdict = "warn"
    value = "none" if item.value is None else f"{item.value:.3g}"
    limit = "" if item.limit is None else f"<= {item.limit:.3g}"
    return f"  {verdict:<6}{item.name:<17}{value:>10} {limit:<12}{item.text}"


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.4f}" if abs(value) < 10 else f"{value:,.2f}"
    return str(value)
