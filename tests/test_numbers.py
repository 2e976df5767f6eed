"""Numbers that pages give of the method and of its limits are those of the code.

Each row names a page, words around its numbers (``#``), and the constants they are. ``module:name`` is looked up, also
defaults of a class and items of a tuple; what stands after ``x`` is the unit in which the page counts.
"""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WORDS = {"four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10, "twelve": 12, "twelfth": 12, "fifth": 5, "forty": 40}
SHARES = {"a quarter": 0.25, "a thousandth": 1e-3, "a tenth": 0.1, "twice": 2.0}

ADMM = "p2pdnr.coordination.admm.settings:AdmmSettings."
ACCEPTANCE = "p2pdnr.coordination.plans.settings:AcceptanceSettings."
SEARCH = "p2pdnr.coordination.schedule.settings:SearchSettings."
OPTIMUM = "p2pdnr.verification.optimum:"
SETTINGS = "p2pdnr.server.settings:Settings."
SIZE = "p2pdnr.scenario.size:"
CONNECTIONS = "p2pdnr.server.connections:"

NUMBERS = [
    ("algorithm", "Over-relaxation is #.", ADMM + "relaxation"),
    (
        "algorithm",
        "Every # iteration, for the first # iterations,",
        ADMM + "balance_every",
        ADMM + "balance_until",
    ),
    ("algorithm", "Every # iteration continues from the mean", ADMM + "mean_of"),
    ("algorithm", "get # times the weight", ADMM + "stiff_factor"),
    ("algorithm", "at most the tolerance (# kW unless told otherwise)", ADMM + "primal_kw"),
    (
        "algorithm",
        "stayed within # of itself over the last # iterations",
        ADMM + "objective_change",
        ADMM + "settled_iterations",
    ),
    ("algorithm", "could still save more than # of the sum of the cost parts", ACCEPTANCE + "regretted_share"),
    ("algorithm", "more than agreed on by over # of the sum", ACCEPTANCE + "surprise_share"),
    ("algorithm", "operator's copy by more than # times the tolerance", ACCEPTANCE + "moved_times"),
    (
        "algorithm",
        "exceeded a limit by less than # tolerances, the operator then keeps # that",
        ACCEPTANCE + "meant_times",
        ACCEPTANCE + "held_back_times",
    ),
    ("algorithm", "trees x hours are at most # million", SEARCH + "most_stages x 1e6"),
    ("algorithm", "those that # iterations of trading without charges", SEARCH + "unconstrained_iterations"),
    (
        "algorithm",
        "may curtail #, # or # % of its feed-in",
        *(f"{SEARCH}curtailed_shares[{i}] x 0.01" for i in range(3)),
    ),
    (
        "algorithm",
        "starts at # of the schedule's stage cost and shrinks to # % each",
        SEARCH + "first_margin",
        SEARCH + "margin_factor x 0.01",
    ),
    ("algorithm", "at most # trees are kept", SEARCH + "most_kept"),
    ("algorithm", "# iterations of tier 1 on the chosen schedule follow", SEARCH + "iterations_per_round"),
    ("algorithm", "After # rounds at the latest", SEARCH + "rounds"),
    ("algorithm", "copies are within # kW of each other", ACCEPTANCE + "first_answer_kw"),
    (
        "algorithm",
        "the # cheapest of every hour and the # cheapest of all hours",
        SEARCH + "finalists_per_hour",
        SEARCH + "finalists_of_all_hours",
    ),
    ("algorithm", "a *resistance* of # EUR/kW^2", SEARCH + "resistance_eur_per_kw2"),
    ("algorithm", "above the threshold, # of the sum of the cost parts", SEARCH + "threshold_share"),
    ("algorithm", "costs more by # after # iterations", SEARCH + "hopeless_share", SEARCH + "hopeless_iterations"),
    ("algorithm", "after # accepted candidates", SEARCH + "most_improvements"),
    ("algorithm", "until that improves nothing, # times at most", SEARCH + "renewals"),
    (
        "algorithm",
        "solved roughly (# times the tolerance, #)",
        SEARCH + "rough_times",
        SEARCH + "rough_objective_change",
    ),
    ("convergence", r"the relaxation $\alpha = #$", ADMM + "relaxation"),
    ("convergence", "cut off at # iterations", ADMM + "max_iterations"),
    ("convergence", "in the first # iterations of a negotiation", ADMM + "balance_until"),
    ("convergence", "a duality gap of # EUR", "p2pdnr.market.responses:GAP_TOLERANCE_EUR"),
    (
        "convergence",
        "costs more than # of the cost parts, moves an injection by more than # tolerances",
        ACCEPTANCE + "surprise_share",
        ACCEPTANCE + "moved_times",
    ),
    ("convergence", "add up to more than # of the cost parts", ACCEPTANCE + "regretted_share"),
    ("convergence", r"with $\delta$ = #,", SEARCH + "threshold_share"),
    ("convergence", "zero after at most # rounds", SEARCH + "rounds"),
    ("convergence", "(# of the prosumer's own turnover is allowed)", "p2pdnr.market.settlement:TURNOVER_SHARE"),
    ("convergence", "costs less than its optimum by more than # of the parts", OPTIMUM + "RESPECTED"),
    (
        "coupled-bound",
        "# at most, labels go forward",
        "p2pdnr.reconfiguration.schedule.settings:ScheduleSettings.most_trees",
    ),
    (
        "coupled-bound",
        "# labels go on from a step",
        "p2pdnr.reconfiguration.schedule.settings:ScheduleSettings.most_labels",
    ),
    (
        "coupled-bound",
        "Where the gap is above # % the summary",
        "p2pdnr.coordination.bound.certificate:LARGE_GAP x 0.01",
    ),
    ("coupled-bound", "within # of the sum of the cost parts of the bound", "p2pdnr.verification.bound:RESPECTED"),
    ("bounds", "`proved` means value_kw >= incumbent_kw (1 - #)", "p2pdnr.reconfiguration.bounds.branching:PROVED"),
    ("bounds", "taken best first, # at a time", "p2pdnr.reconfiguration.bounds.branching:BATCH"),
    ("bounds", "Feeders of more than # chains", "p2pdnr.reconfiguration.bounds.area_search:MOST_CHAINS_AT_ONCE"),
    ("bounds", "higher bound works # times as much", "p2pdnr.reconfiguration.bounds.proof:AHEAD"),
    ("bounds", "A programme ends after # s with the best", SEARCH + "programme_s"),
    ("own-feeder", "can be ranked (# million, counted once", SEARCH + "most_stages x 1e6"),
    ("server", "prosumers x hours x buses to # million", SETTINGS + "work_limit x 1e6"),
    (
        "server",
        "# waiting jobs; # live jobs per browser session",
        SETTINGS + "queue_limit",
        SETTINGS + "jobs_per_session",
    ),
    ("server", "bodies to # MB", SETTINGS + "body_limit_bytes x 1e6"),
    ("server", "# ended jobs remembered for # hours", SETTINGS + "job_limit", SETTINGS + "job_age_s x 3600"),
    (
        "server",
        "share a limit of #; another machine's address may have # in all",
        SETTINGS + "jobs_without_cookie",
        SETTINGS + "jobs_per_address",
    ),
    ("server", "At most #, # of them kept free", CONNECTIONS + "LIMIT", CONNECTIONS + "ROOM"),
    ("server", "waitress with # threads", "p2pdnr.server.serve:THREADS"),
    ("server", "(at most # hold a stream", SETTINGS + "stream_limit"),
    ("server", "deadline (# min)", SETTINGS + "deadline_s x 60"),
    ("trust", "work prosumers x hours x buses # million", SETTINGS + "work_limit x 1e6"),
    ("trust", "a pixel may differ by # of 255 levels", "p2pdnr.cli.pictures:ROUNDING"),
    (
        "trust",
        "and # % of them or # % of a square of # x # may differ",
        "p2pdnr.cli.pictures:SHARE x 0.01",
        "p2pdnr.cli.pictures:SQUARE_SHARE x 0.01",
        "p2pdnr.cli.pictures:SQUARE",
        "p2pdnr.cli.pictures:SQUARE",
    ),
    (
        "trust",
        "follows from the scenario (# % of the largest power)",
        "p2pdnr.verification.certificates:WIDEST_SHARE x 0.01",
    ),
    ("trust", "up to # million days x hours x buses", "p2pdnr.verification.drawn_again:MOST_CELLS x 1e6"),
    (
        "dashboard",
        "of at most # characters, or a MATPOWER case (.m) of at most #; at most # buses",
        "p2pdnr.dashboard.imports:MAX_CHARACTERS",
        "p2pdnr.dashboard.imports:MAX_CASE_CHARACTERS",
        SIZE + "MAX_BUSES",
    ),
    (
        "dashboard",
        "At most # kB, unpacked at most # kB",
        "p2pdnr.dashboard.links:MAX_LINK x 1024",
        "p2pdnr.dashboard.links:MAX_INFLATED x 1024",
    ),
    (
        "trust",
        "imports # million characters (a MATPOWER case #), "
        "from a browser # prosumers, # buses, # lines, # profiles and # values",
        "p2pdnr.dashboard.imports:MAX_CHARACTERS x 1e6",
        "p2pdnr.dashboard.imports:MAX_CASE_CHARACTERS",
        *(SIZE + name for name in ("MAX_PROSUMERS", "MAX_BUSES", "MAX_LINES", "MAX_PROFILES", "MAX_VALUES")),
    ),
    (
        "trust",
        "bodies # MB (jobs) and # MB (page)",
        SETTINGS + "body_limit_bytes x 1e6",
        "p2pdnr.dashboard.guards:MAX_BODY x 1e6",
    ),
    ("dashboard", "at most # iterations of the negotiation, evenly spread", "p2pdnr.coordination.progress.frames:MOST"),
    ("dashboard", "markets of more than # trades keep none", "p2pdnr.coordination.progress.frames:MOST_VALUES"),
]


def constant(name: str) -> float:
    """What a name of ``NUMBERS`` stands for, in the unit after ``x``."""
    name, _, unit = name.partition(" x ")
    module, _, path = name.partition(":")
    found: object = import_module(module)
    for part, index in re.findall(r"(\w+)(?:\[(\d)\])?", path):
        found = getattr(found, part)
        found = found[int(index)] if index else found  # type: ignore[index]
    assert isinstance(found, int | float)
    return found / float(unit or 1)


def number(text: str) -> float:
    """A number as pages write it."""
    if text.lower() in SHARES:
        return SHARES[text.lower()]
    return float(WORDS[text.lower()] if text.lower() in WORDS else text.replace(",", ""))


@pytest.mark.parametrize(("page", "words", "names"), [(row[0], row[1], row[2:]) for row in NUMBERS])
def test_a_page_gives_the_numbers_of_the_code(page: str, words: str, names: tuple[str, ...]) -> None:
    text = " ".join((ROOT / "docs" / f"{page}.md").read_text(encoding="utf8").split())
    pattern = re.escape(words).replace(r"\#", r"((?:[Aa] )?[\w.,-]*\w)")
    found = re.search(pattern, text)
    assert found is not None, f"docs/{page}.md no longer says: {words}"
    assert [number(group) for group in found.groups()] == pytest.approx([constant(name) for name in names])
