"""Dash's part of the page: the drawer with the prosumer table, its problems and the settings.

Bar, diagram, time control and charts stand in page.html; what fills the other panes is made by assets/drawer/:
settings.js, profiles.js and compare.js.
"""

from __future__ import annotations

import json
import re
from itertools import groupby
from typing import Any

import dash_ag_grid
from dash import dcc, html

from p2pdnr.dashboard.columns import COLUMNS, SETTINGS, Field
from p2pdnr.languages import ENGLISH, Language, sentence

_WIDTHS = {
    "id": 146,
    "bus": 56,
    "load_profile": 92,
    "pv_profile": 96,
    "load_kw": 78,
    "pv_kw": 78,
    "flexible_share": 82,
    "battery_power": 84,
}
_LIVE: Any = {"aria-live": "polite"}
_ROWS = (("add", sentence("Add")), ("duplicate", sentence("Duplicate")), ("delete", sentence("Delete")))
_HISTORY = (
    ("undo", sentence("Undo"), sentence("Ctrl+Z")),
    ("redo", sentence("Redo"), sentence("Ctrl+Y")),
)
_PANES = (
    ("prosumers", sentence("Prosumers")),
    ("profiles", sentence("Profiles and tariff")),
    ("settings", sentence("Settings")),
    ("compare", sentence("Compare")),
)


def drawer(draft: dict[str, Any], language: Language = ENGLISH) -> html.Div:
    """The drawer with a draft to begin with (see :mod:`p2pdnr.dashboard.drafts`), in a language."""
    stores = ("verdict", "told", "import-text", "import-answer", "share-ask", "share-answer")
    return html.Div(
        [
            dcc.Store(id="draft", data=draft),
            *(dcc.Store(id=name) for name in (*stores, "heard-draft", "heard-import", "heard-share")),
            _head(language),
            html.Ul(id="problems", className="problems", **_LIVE),
            *_panes(draft, language),
        ]
    )


def _head(language: Language) -> html.Div:
    history = [
        html.Button(language(text), id=name, type="button", disabled=True, title=f"{language(text)} ({language(keys)})")
        for name, text, keys in _HISTORY
    ]
    return html.Div(
        [
            html.Div(
                [_tab(key, language(text)) for key, text in _PANES],
                className="tabs drawer-tabs",
                id="drawer-tabs",
                role="tablist",
            ),
            html.P(id="changes", className="quiet", role="status"),
            html.Div(history, className="group"),
        ],
        className="card-head drawer-head",
    )


def _tab(key: str, text: str) -> html.Button:
    first = key == _PANES[0][0]
    aria: Any = {"aria-selected": str(first).lower(), "aria-controls": f"pane-{key}", "data-pane": key}
    return html.Button(text, id=f"drawer-{key}", type="button", role="tab", tabIndex=0 if first else -1, **aria)


def _panes(draft: dict[str, Any], language: Language) -> list[html.Div]:
    contents: dict[str, list[Any]] = {
        "prosumers": [_tools(language), _grid(draft["rows"], language)],
        "profiles": [html.Div(id="profiles", className="profiles")],
        "settings": [
            html.Div(id="settings", className="settings", **_data("fields", _fields(language))),
            html.Div(id="partners", className="preferences"),
            html.Div(id="preferences", className="preferences"),
        ],
        "compare": [html.Div(id="compare", className="compare")],
    }
    return [_pane(key, contents[key]) for key, _ in _PANES]


def _fields(language: Language) -> list[dict[str, Any]]:
    """The settings as the page shows them; choices are what a draft holds, said as their words."""
    return [
        {
            "key": field.key,
            "label": language(field.header),
            "unit": language(field.unit),
            "group": field.group,
            "legend": language(field.group),
            "choices": list(field.choices),
            "words": [language(choice) for choice in field.choices],
            "empty": language(field.empty),
            "lines": field.lines,
        }
        for field in SETTINGS
    ]


def _pane(key: str, children: list[Any]) -> html.Div:
    aria: Any = {"aria-labelledby": f"drawer-{key}"}
    return html.Div(children, id=f"pane-{key}", role="tabpanel", hidden=key != _PANES[0][0], **aria)


def _data(name: str, value: Any) -> dict[str, Any]:
    return {f"data-{name}": json.dumps(value)}


def _tools(language: Language) -> html.Div:
    buttons = [html.Button(language(text), id=name, type="button") for name, text in _ROWS]
    hint = language("Type into any cell, or paste rows from a spreadsheet.")
    return html.Div(
        [*buttons, html.P(hint, className="quiet")],
        className="table-tools",
        **_data("columns", _headers(language)),
    )


def _headers(language: Language) -> list[dict[str, str]]:
    """What scripts need to know of the columns, in their order."""
    return [
        {"key": field.key, "label": f"{language(field.group)} {language(field.header)}".strip()} for field in COLUMNS
    ]


def _grid(rows: Any, language: Language) -> html.Div:
    grid = dash_ag_grid.AgGrid(
        id="prosumers",
        rowData=rows,
        columnDefs=column_definitions(language),
        defaultColDef=_cells(),
        getRowId="params.data.row",
        dashGridOptions=_sizes() | _selection() | _keys() | {"animateRows": False},
        style={"height": None},
    )
    return html.Div(grid, className="grid")


def _cells() -> dict[str, Any]:
    """Every cell is text, and wears what the verdict says of it."""
    return {
        "editable": True,
        "sortable": False,
        "resizable": True,
        "suppressMovable": True,
        "wrapHeaderText": True,
        "cellDataType": "text",
        "cellEditor": "agTextCellEditor",
        "suppressHeaderMenuButton": True,
        "cellClassRules": {
            "wrong": "params.data.wrong && params.data.wrong[params.colDef.field]",
            "edited": "params.data.edited && params.data.edited[params.colDef.field]",
        },
        "tooltipValueGetter": {"function": "params.data.wrong && params.data.wrong[params.colDef.field]"},
    }


def _sizes() -> dict[str, Any]:
    return {
        "domLayout": "autoHeight",
        "ensureDomOrder": True,
        "alwaysShowHorizontalScroll": True,
        "rowHeight": 36,
        "headerHeight": 32,
        "groupHeaderHeight": 28,
        "tooltipShowDelay": 200,
    }


def _keys() -> dict[str, Any]:
    """Tab goes from cell to cell while somebody types, else past the table; arrow keys go about in it."""
    return {
        "stopEditingWhenCellsLoseFocus": True,
        "suppressHeaderFocus": True,
        "tabToNextCell": {"function": "params.editing ? params.nextCellPosition : false"},
    }


def _selection() -> dict[str, Any]:
    return {
        "rowSelection": {
            "mode": "multiRow",
            "checkboxes": True,
            "headerCheckbox": False,
            "enableClickSelection": False,
        },
        "selectionColumnDef": {
            "initialPinned": "left",
            "width": 44,
            "headerName": "✓",
            "suppressHeaderMenuButton": True,
            "resizable": False,
        },
    }


def column_definitions(language: Language = ENGLISH) -> list[dict[str, Any]]:
    """Column definitions of the table: groups of columns, all text, with headers in a language."""
    definitions: list[dict[str, Any]] = []
    for group, fields in groupby(COLUMNS, lambda field: field.group):
        columns = [_column(field, language) for field in fields]
        definitions += [{"headerName": language(group), "children": columns}] if group else columns
    return definitions


def _column(field: Field, language: Language) -> dict[str, Any]:
    textual = field.key in ("id", "load_profile", "pv_profile", "own_buy", "own_sell")
    header = language(field.header)
    header = f"{header}, {language(field.unit)}" if field.unit and field.unit != "share" else header
    definition: dict[str, Any] = {"field": field.key, "headerName": header, "width": _width(field, header, language)}
    if field.key in ("id", "bus"):
        definition["initialPinned"] = "left"
    if not textual:
        definition |= {"cellClass": "number-cell", "headerClass": "number-head"} | _decimals(language)
    return definition


def _decimals(language: Language) -> dict[str, Any]:
    """Numbers of the draft have points; where decimals follow a comma, cells show it, and take it when it is typed."""
    if language.decimal != ",":
        return {}
    shown, typed = "params.value.replace('.', ',')", "params.newValue.replace(',', '.')"
    return {
        "valueFormatter": {"function": f"params.value && params.value * 1 > -1e12 ? {shown} : params.value"},
        "valueParser": {"function": f"params.newValue && {typed} * 1 > -1e12 ? {typed} : params.newValue"},
        "cellEditorParams": {"useFormatter": True},
    }


def _width(field: Field, header: str, language: Language) -> int:
    """Pixels of a column: as drawn for English, in another language at least its longest word."""
    width = _WIDTHS.get(field.key, 94)
    longest = max(map(len, re.split(r"[ \u00ad]", header)))
    return width if language is ENGLISH else max(width, 26 + 7 * longest)
