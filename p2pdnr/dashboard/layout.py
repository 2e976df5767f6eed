"""Dash's part of the page: the drawer with the prosumer table, its problems and the settings.

Bar, diagram, time control and charts stand in page.html; native inputs of the settings are made by assets/drawer.js.
"""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

import dash_ag_grid
from dash import dcc, html

from p2pdnr.dashboard.columns import COLUMNS, SETTINGS, Field

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
_BUTTONS = (("add", "Add"), ("duplicate", "Duplicate"), ("delete", "Delete"), ("undo", "Undo"))


def drawer(draft: dict[str, Any]) -> html.Div:
    """The drawer with a draft to begin with (see :mod:`p2pdnr.dashboard.drafts`)."""
    return html.Div(
        [
            dcc.Store(id="draft", data=draft),
            *(dcc.Store(id=name) for name in ("verdict", "told", "import-text", "import-answer")),
            *(dcc.Store(id=name) for name in ("heard-draft", "heard-import")),
            _head(),
            _grid(draft["rows"]),
            html.Ul(id="problems", className="problems", **_LIVE),
            _settings(),
        ]
    )


def _head() -> html.Div:
    buttons = [html.Button(text, id=name, type="button", disabled=name == "undo") for name, text in _BUTTONS]
    return html.Div(
        [
            html.H2("Prosumers"),
            html.P(id="changes", className="quiet", role="status"),
            html.Div(buttons, className="group"),
        ],
        className="card-head drawer-head",
    )


def _grid(rows: Any) -> html.Div:
    grid = dash_ag_grid.AgGrid(
        id="prosumers",
        rowData=rows,
        columnDefs=column_definitions(),
        defaultColDef=_cells(),
        getRowId="params.data.row",
        dashGridOptions=_sizes() | _selection() | {"stopEditingWhenCellsLoseFocus": True, "animateRows": False},
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
        "alwaysShowHorizontalScroll": True,
        "rowHeight": 36,
        "headerHeight": 32,
        "groupHeaderHeight": 28,
        "tooltipShowDelay": 200,
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


def column_definitions() -> list[dict[str, Any]]:
    """Column definitions of the table: groups of columns, all text."""
    definitions: list[dict[str, Any]] = []
    for group, fields in groupby(COLUMNS, lambda field: field.group):
        columns = [_column(field) for field in fields]
        definitions += [{"headerName": group, "children": columns}] if group else columns
    return definitions


def _column(field: Field) -> dict[str, Any]:
    textual = field.key in ("id", "load_profile", "pv_profile")
    header = f"{field.header}, {field.unit}" if field.unit and field.unit != "share" else field.header
    definition: dict[str, Any] = {"field": field.key, "headerName": header, "width": _WIDTHS.get(field.key, 94)}
    if field.key in ("id", "bus"):
        definition["initialPinned"] = "left"
    if not textual:
        definition |= {"cellClass": "number-cell", "headerClass": "number-head"}
    return definition


def _settings() -> html.Details:
    fields = [{"key": field.key, "label": field.header, "unit": field.unit, "group": field.group} for field in SETTINGS]
    attributes: dict[str, Any] = {"data-fields": json.dumps(fields)}
    form = html.Div(id="settings", className="settings", **attributes)
    return html.Details([html.Summary("Tariff, market, operator and grid"), form], id="settings-box")
