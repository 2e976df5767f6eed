"""The sentences that problems, remarks and reasons are put together from, read off the code that says them.

They are made in many places, as texts with values in them (``f"bus {number} does not exist"``), and stand in files and
on the command line in English. The page puts another language in their place by their patterns (assets/page/told.js),
so that whoever writes one need not think of languages.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

SAYING = (
    "coordination/**/*",
    "dashboard/cells",
    "dashboard/day_cells",
    "dashboard/imports",
    "dashboard/links",
    "dashboard/meter_files",
    "dashboard/network_files",
    "dashboard/page_remedies",
    "dashboard/preferences",
    "dashboard/profiles",
    "dashboard/tables",
    "errors",
    "execution",
    "forecasts/**/*",
    "market/**/*",
    "meters/**/*",
    "network/**/*",
    "reconfiguration/operator/*",
    "reconfiguration/outages/*",
    "reconfiguration/schedule/*",
    "reconfiguration/topologies/*",
    "results/free_market",
    "rolling",
    "scenario/**/*",
    "server/admission",
    "server/clients",
    "server/dispatcher",
    "server/downloads",
    "server/headers",
    "server/protocol",
    "server/routes",
    "server/turns",
    "sheets/**/*",
    "solvers",
    "study_held",
    "study_secure",
    "study_summary",
    "verification/**/*",
)
"""Modules of p2pdnr/ whose texts reach the page."""
ELSEWHERE = (
    "cli/*",
    "room/*",
    "figures/animation",
    "preparation",
    "server/serve",
    "dashboard/days",
    "dashboard/callbacks",
    "reconfiguration/planning/*",
    "reconfiguration/horizon/*",
    "reconfiguration/models/*",
    "results/*",
    "verification/day_bound",
    "verification/levers",
    "verification/rolled",
    "verification/stress",
    "verification/switching",
    "verification/words",
    "network/arrays",
    "network/pandapower_net",
    "network/readers/sheet_template",
    "network/readers/pandapower_powers",
    "sheets/writing",
    "sheets/workbook_xml",
    "scenario/synthetic",
)
"""Modules whose texts do not: of the command line, of rooms, which have words of their own, and of ``check``."""

PLACES = (
    "prosumer",
    "profile",
    "preference",
    "bus",
    "line",
    "file",
    "sheet",
    "network",
    "scenario",
    "document",
    "tariff",
)
"""What a problem names first where it names its place: "prosumer P1"."""

WORDS = (
    *("hours", "none", "it", "prosumer", "profile", "line", "bus", "home", "lines", "buses", "homes"),
    *("voltage", "loss", "injection", "injections", "possible", "loss part", "congestion part", "voltage part"),
)
"""Words that stand alone in such sentences."""

_TO_MACHINES = {"KeyError", "AttributeError", "TypeError", "compile", "removesuffix"}
_VALUE = re.compile(r"\{\d+\}")
_WORDS = re.compile(r"[A-Za-z]{2,}\W*\s+\S*[A-Za-z]|\s[a-z]{2,}|[a-z]{2,}\s|\}\s*[a-z]{2,}")
_FOR_MACHINES = re.compile(
    r"\\|\(\?|<\w+|^--|^[A-Z_\d]+( [A-Z_\d]+)+$|^[a-z]+, max-age|^private,|-src |frame-ancestors|^attachment|"
    r"^id: |still here|^camera=|^pip install|^savecase|^const_|^\S+_eur$|^\S+ ?part$|^EUR per|^per_hour|%[sd(]|'none'$"
)


def sentences(root: Path = ROOT / "p2pdnr") -> Iterator[str]:
    """The sentences of all modules that speak to the page, without repetition, with ``{0}``, ``{1}`` for values."""
    places = (f"{place} {{0}}" for place in PLACES)
    said = (text for path in modules(root) for text in said_in(path.read_text(encoding="utf-8")))
    yield from dict.fromkeys((*places, *WORDS, *said))


def modules(root: Path = ROOT / "p2pdnr") -> list[Path]:
    """Modules whose texts reach the page."""
    there, elsewhere = ({path for name in names for path in root.glob(f"{name}.py")} for names in (SAYING, ELSEWHERE))
    return sorted(there - elsewhere)


def said_in(code: str) -> Iterator[str]:
    """Texts of words in Python code, but for documentation and what only machines read."""
    tree = ast.parse(code)
    passed = set(map(id, _passed_over(tree)))
    for node in ast.walk(tree):
        if id(node) not in passed and (text := _text(node)) and is_said(text):
            yield text


def is_said(text: str) -> bool:
    """Whether a text is one of words."""
    return bool(_WORDS.search(text) and re.search("[A-Za-z]{2,}", _VALUE.sub("", text))) and not _FOR_MACHINES.search(
        text
    )


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    numbers = iter(range(len(node.values)))
    parts = [part.value if isinstance(part, ast.Constant) else f"{{{next(numbers)}}}" for part in node.values]
    return "".join(map(str, parts))


def _passed_over(tree: ast.AST) -> Iterator[ast.AST]:
    """Documentation, parts of other texts, keys, and what is given to errors that nobody is shown."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield from (part for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.FormattedValue) and node.format_spec:
            yield from ast.walk(node.format_spec)
        elif isinstance(node, ast.Subscript):
            yield from ast.walk(node.slice)
        elif isinstance(node, ast.Compare):
            yield from (part for part in (node.left, *node.comparators) if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Call) and (_name(node.func) in _TO_MACHINES or _is_log(node.func)):
            yield from (part for given in node.args for part in ast.walk(given))


def _name(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""


def _is_log(called: ast.expr) -> bool:
    return isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and "log" in called.value.id.lower()
