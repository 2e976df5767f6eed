"""The lessons of docs/lessons: share links, and the figures that a student should find.

A link holds what differs from a named case and nothing else. Figures come from data/results and docs/cases, and from
searches that take a second; ``make docs`` has made those before.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

import p2pdnr
from p2pdnr import StudyResult
from p2pdnr.dashboard import drafts, lesson_steps, links
from p2pdnr.dashboard.cases import Case, read_cases
from p2pdnr.network.topology import count_spanning_trees
from p2pdnr.results.role_rows import operator_cost_eur
from p2pdnr.scenario.schema import Scenario
from scripts.docs.cases import figures
from scripts.docs.pages import DOCS, RESULTS, SCENARIOS, filled, markdown

PAGES = DOCS / "lessons"
ADDRESS = "http://127.0.0.1:8050/"
Answers = list[tuple[str, str, str]]  # the step of the lesson ("": none), what was asked, its figure


@dataclass(frozen=True)
class Lesson:
    """``changes`` to the case (as ``sweep`` varies) after ``settings`` laid over it, the mode and trading that its
    link opens, and its answers."""

    answers: Callable[[], Answers]
    changes: Mapping[str, float]
    case: str = "ieee33-solar"
    mode: str = "hourly"
    trading: bool = True
    view: str = ""
    settings: Mapping[str, Any] | None = None

    def scenario(self) -> Scenario:
        """What its link opens."""
        laid = {} if self.settings is None else {"settings": self.settings}
        return lesson_steps.changed(_cases()[self.case].scenario, {**laid, "changes": self.changes})

    def link(self) -> str:
        """The address that opens it on the machine's own server."""
        case = _cases()[self.case]
        draft = drafts.edited(case.scenario, self.scenario()) | {"case": case.key, "mode": self.mode}
        trading = drafts.ON if self.trading else drafts.OFF
        return f"{ADDRESS}{self.view}#s={links.write(draft | {'trading': trading}, _cases())}"


@cache
def _cases() -> dict[str, Case]:
    return read_cases(SCENARIOS, ())


@cache
def _result(mode: str) -> StudyResult:
    return p2pdnr.load_result(RESULTS / f"ieee33-solar-{mode}")


def trees() -> Answers:
    """Radial topologies, and the one with the least loss."""
    network = p2pdnr.read_network("case33bw")
    found = p2pdnr.reconfigure(network)
    hours = _result("hourly").tables.hours
    ranks = hours["rank"]
    return [
        ("lines", "Lines that must be open", str(len(str(hours["open_lines"].iloc[0]).split()))),
        ("trees", "Radial topologies of the feeder", f"{count_spanning_trees(network):,}"),
        (
            "hours",
            "Hours of the default day in which the plan's topology is the best one",
            str(int((ranks == 1).sum())),
        ),
        ("worst", "The worst place that it takes in an hour", str(int(ranks.max()))),
        ("", "Loss as the feeder is switched in the literature", f"{found.initial_loss_kw:.2f} kW"),
        ("", "Least loss of any radial topology", f"{found.loss_kw:.2f} kW"),
        ("", "Lines that are open then", " ".join(map(str, found.open_lines))),
        ("", "Switching operations on the way", str(len(found.operations or ()))),
    ]


def trading() -> Answers:
    """What trading does to bills."""
    alone, together = (_result(mode).tables.bills.set_index("prosumer") for mode in ("fixed-no-p2p", "fixed"))
    gain = alone["total_eur"] - together["total_eur"]
    trades = _result("fixed").tables.trades
    return [
        ("alone", "Sum of all bills without trading", f"{alone['total_eur'].sum():,.0f} EUR"),
        ("together", "Sum of all bills with trading", f"{together['total_eur'].sum():,.0f} EUR"),
        ("energy", "Energy that is traded", f"{trades['power_kw'].sum() / 1000:.1f} MWh"),
        ("most", "Who gains most", f"{gain.idxmax()}, {gain.max():,.0f} EUR"),
        ("least", "Who gains least", f"{gain.idxmin()}, {gain.min():,.0f} EUR"),
        ("noon", "Mean price of trades at 13:00", _price(trades, 13)),
        ("evening", "Mean price of trades at 20:00", _price(trades, 20)),
        ("sum", "Sum of all payments between partners", f"{abs(together['trades_eur'].sum()):.2f} EUR"),
    ]


def _price(trades: pd.DataFrame, hour: int) -> str:
    now = trades[trades["hour"] == hour]
    return f"{(now['power_kw'] * now['price_eur_per_kwh']).sum() / now['power_kw'].sum():.3f} EUR/kWh"


def sun() -> Answers:
    """Half as much PV again: what the grid cannot carry."""
    rows = figures("hosting").set_index(["value", "mode"])
    more = rows.loc[1.5]
    usual = rows.loc[1.0]
    spilt = {mode: abs(float(more["curtailed_kwh"][mode])) for mode in ("fixed", "static", "hourly")}
    return [
        ("built", "PV curtailed with the initial topology", f"{spilt['fixed']:,.0f} kWh"),
        ("static", "PV curtailed with the best fixed topology", f"{spilt['static']:,.0f} kWh"),
        ("hourly", "PV curtailed with hourly switching", f"{spilt['hourly']:,.0f} kWh"),
        ("cost", "Total cost with hourly switching", f"{float(more['objective_eur']['hourly']):,.0f} EUR"),
        ("voltage", "Highest voltage with hourly switching", f"{float(more['vm_max_pu']['hourly']):.3f} p.u."),
        (
            "before",
            "PV curtailed with hourly switching on the default day",
            f"{abs(float(usual['curtailed_kwh']['hourly'])):,.0f} kWh",
        ),
    ]


def switching() -> Answers:
    """Operations at 20 EUR each."""
    rows = figures("frontier").set_index("value")
    free, cheap, dear = (rows.loc[value] for value in (0.0, 1.0, 20.0))
    static = _result("static").summary["objective_eur"]
    return [
        ("usual", "Operations at 1 EUR", f"{cheap['operations']:.0f}"),
        ("fixed", "Best fixed topology at 1 EUR an operation", f"{static:,.0f} EUR"),
        ("dear", "Operations at 20 EUR", f"{dear['operations']:.0f}"),
        ("total", "Total at 20 EUR an operation", f"{dear['objective_eur']:,.0f} EUR"),
        ("free", "Operations when they are free", f"{free['operations']:.0f}"),
        (
            "else",
            "What all else costs more at 20 EUR than at 0",
            f"{dear['objective_eur'] - dear['switching_eur'] - free['objective_eur']:,.0f} EUR",
        ),
    ]


def winter() -> Answers:
    """A day that needs no hourly switching."""
    rows = figures("quiet")
    alone, initial, static, hourly = (row for _, row in rows.iterrows())
    saved_eur = alone["objective_eur"] - initial["objective_eur"]
    return [
        ("built", "Total cost with the initial topology", f"{initial['objective_eur']:,.0f} EUR"),
        ("static", "Total cost with the best fixed topology", f"{static['objective_eur']:,.0f} EUR"),
        ("hourly", "Total cost with hourly switching", f"{hourly['objective_eur']:,.0f} EUR"),
        (
            "voltage",
            "Lowest voltage, initial and best fixed topology",
            f"{initial['vm_min_pu']:.3f} and {static['vm_min_pu']:.3f} p.u.",
        ),
        ("operations", "Operations of the hourly plan", f"{hourly['operations']:.0f}"),
        ("trading", "What trading saves with the initial topology", f"{saved_eur:,.0f} EUR"),
    ]


def roles() -> Answers:
    """Who is worse off than by the tariff alone, and what the operator collects and pays."""
    answers: Answers = []
    keys = {"fixed": ("above", "worst", "charges"), "hourly": ("hourly", "", "less")}
    for mode, said in (("fixed", "initial topology"), ("hourly", "hourly switching")):
        summary, (above, worst, charges) = _result(mode).summary, keys[mode]
        first = summary["above_tariff_ids"][0]
        answers += [
            (above, f"Pay more than the tariff, {said}", f"{summary['above_tariff']} of {summary['prosumers']}"),
            (worst, f"The worst off, {said}", f"{first}, by {summary['above_tariff_most_eur']:,.0f} EUR"),
            (charges, f"Charges collected, {said}", f"{summary['charges_collected_eur']:,.0f} EUR"),
        ]
    paid = [f"{operator_cost_eur(_result(mode).summary):,.0f} EUR" for mode in ("fixed", "hourly")]
    return [
        *answers,
        ("operator", "The operator pays, initial topology", paid[0]),
        ("pays", "The operator pays, hourly switching", paid[1]),
    ]


def levers() -> Answers:
    """What taps, inverters and switches are worth, alone and together."""
    rows = figures("levers")
    none, switching, all_, two = (
        rows.loc[f"default, {way}"] for way in ("none", "switching", "all", "all but switching")
    )
    return [
        ("built", "Total cost with the initial topology", f"{none['objective_eur']:,.0f} EUR"),
        ("spilt", "PV curtailed with the initial topology", f"{none['curtailed_kwh']:,.0f} kWh"),
        ("moved", "The same with taps and inverters", f"{two['objective_eur']:,.0f} EUR"),
        ("left", "PV curtailed then", f"{two['curtailed_kwh']:,.0f} kWh"),
        ("switched", "Hourly switching alone", f"{switching['objective_eur']:,.0f} EUR"),
        ("all", "All together", f"{all_['objective_eur']:,.0f} EUR"),
        ("operations", "Operations of that plan", f"{all_['operations']:.0f}"),
        (
            "",
            "Losses, switching alone and all together",
            f"{switching['losses_kwh']:,.0f} and {all_['losses_kwh']:,.0f} kWh",
        ),
        *(
            (
                "",
                f"What all cost more without {way}",
                f"{rows.loc[f'default, all but {way}', 'objective_eur'] - all_['objective_eur']:,.2f} EUR",
            )
            for way in ("taps", "reactive power", "switching")
        ),
    ]


def _settings(lesson: str, day: str) -> Mapping[str, Any]:
    """What a day of a lesson inside the page lays over its case."""
    days = [item for own in lesson_steps.structure() if own["lesson"] == lesson for item in own["days"]]
    found: Mapping[str, Any] = next(item["settings"] for item in days if item["key"] == day)
    return found


LESSONS: dict[str, Lesson] = {
    "1-trees": Lesson(trees, {}, view="?hour=13&tab=why"),
    "2-trading": Lesson(trading, {}, mode="fixed", trading=False, view="?tab=prices"),
    "3-sun": Lesson(sun, {"pv_kw": 1.5}, view="?hour=13&tab=voltages"),
    "4-switching": Lesson(switching, {"dso.switching_cost_eur": 20}),
    "5-winter": Lesson(winter, {}, case="ieee33-quiet", view="?tab=losses"),
    "6-roles": Lesson(roles, {}, mode="fixed", view="?tab=bills"),
    "7-levers": Lesson(levers, {}, view="?hour=13&tab=levers", settings=_settings("7-levers", "levers")),
}


def text(name: str, page: str) -> str:
    """A lesson's page with its link, its steps in the words of the page's own lesson, and its figures."""
    lesson, words = LESSONS[name], lesson_steps.texts("en")["lessons"][name]
    places = {key: str(number) for number, key in enumerate(words["steps"], 1)}
    rows = [[places.get(key, ""), asked, found] for key, asked, found in lesson.answers()]
    page = filled(page, f"[Open the lesson]({lesson.link()})", "link")
    page = filled(page, _wrapped(f"**Aim.** {words['aim']}"), "aim")
    page = filled(page, _steps(words["steps"].values()), "steps")
    page = filled(page, _wrapped(words["closing"]), "closing")
    return filled(page, markdown(["", "figure", "found"], rows, numbers=False), "results")


def _steps(steps: Iterable[Mapping[str, Any]]) -> str:
    """What to do and what to answer, step by step under the same numbers."""
    told = list(steps)
    parts = {"Do": [step["do"] for step in told], "Questions": [step["question"] for step in told]}
    lists = {
        head: [_wrapped(f"{i}. {item}", "   ") for i, item in enumerate(items, 1)] for head, items in parts.items()
    }
    return "\n\n".join(f"**{head}.**\n\n" + "\n".join(items) for head, items in lists.items())


def _wrapped(words: str, indent: str = "") -> str:
    return textwrap.fill(words, 140, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def write() -> None:
    """Renew all lessons."""
    for name in LESSONS:
        page = PAGES / f"{name}.md"
        page.write_text(text(name, page.read_text(encoding="utf8")), encoding="utf8")
