"""The pages of docs/cases: figures from real runs in NAME.csv, tables and a picture made of them.

Every page has its tables between marks; what stands outside them is written by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import pandas as pd

from scripts.docs import levers, losses, market, modes, roles, sweeps, year
from scripts.docs.pages import DOCS, filled

PAGES = DOCS / "cases"
Show = Callable[[pd.DataFrame], str]


@dataclass(frozen=True)
class CaseStudy:
    """How a page comes about: ``figures`` solves, ``tables`` (by mark) and ``picture`` show."""

    figures: Callable[[], pd.DataFrame]
    tables: Mapping[str, Show]
    picture: Show


CASES: dict[str, CaseStudy] = {
    "market": CaseStudy(market.market, {"results": market.market_table}, market.market_picture),
    "preferences": CaseStudy(market.preferences, {"results": market.preferences_table}, market.preferences_picture),
    "partners": CaseStudy(sweeps.partners, {"results": sweeps.partners_table}, sweeps.partners_picture),
    "hosting": CaseStudy(
        sweeps.hosting, {"results": sweeps.hosting_table, "relief": sweeps.relief_table}, sweeps.hosting_picture
    ),
    "storage": CaseStudy(sweeps.storage, {"results": sweeps.storage_table}, sweeps.storage_picture),
    "frontier": CaseStudy(sweeps.frontier, {"results": sweeps.frontier_table}, sweeps.frontier_picture),
    "losses": CaseStudy(
        losses.losses, {"results": losses.losses_table, "day": losses.day_table}, losses.losses_picture
    ),
    "coordination": CaseStudy(modes.coordination, {"results": modes.modes_table}, modes.coordination_picture),
    "roles": CaseStudy(
        roles.roles,
        {f"{day} {what}": made(day) for day in roles.DAYS for what, made in roles.TABLES.items()},
        roles.roles_picture,
    ),
    "levers": CaseStudy(
        levers.levers,
        {"worth": levers.worth_table, **{day: levers.figures_table(day) for day in levers.DAYS}},
        levers.levers_picture,
    ),
    "quiet": CaseStudy(modes.quiet, {"results": modes.modes_table}, modes.quiet_picture),
    "year": CaseStudy(
        year.year, {feeder: partial(year.year_table, feeder) for feeder in year.FEEDERS}, year.year_picture
    ),
    "week": CaseStudy(modes.week, {"results": modes.modes_table, "days": modes.week_table}, modes.week_picture),
}


def figures(name: str) -> pd.DataFrame:
    """The stored figures of a case."""
    return pd.read_csv(PAGES / f"{name}.csv", index_col=0)


def solve(name: str) -> None:
    """Renew the figures of a case, then its page and picture."""
    CASES[name].figures().to_csv(PAGES / f"{name}.csv", float_format="%.7g", lineterminator="\n")
    show(name)


def show(name: str) -> None:
    """Write the page and the picture of a case from its figures."""
    page, rows = PAGES / f"{name}.md", figures(name)
    page.write_text(text(name, page.read_text(encoding="utf8"), rows), encoding="utf8")
    (PAGES / f"{name}.svg").write_text(CASES[name].picture(rows), encoding="utf8")


def text(name: str, page: str, rows: pd.DataFrame) -> str:
    """A page with its tables filled."""
    for mark, table in CASES[name].tables.items():
        page = filled(page, table(rows), mark)
    return page
