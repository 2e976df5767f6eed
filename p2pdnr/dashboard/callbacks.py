"""Callbacks: wiring only. What a draft means is judged in drafts.py, what the page shows of it in assets/drawer/."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, no_update

from p2pdnr.dashboard import drafts, imports, links, page_remedies, shapes
from p2pdnr.dashboard.cases import Case
from p2pdnr.errors import InputError, Problem


def register(app: Dash, cases: Mapping[str, Case]) -> None:
    """Tie the drawer's stores and table together; links may name ``cases``."""
    app.callback(Output("verdict", "data"), Input("draft", "data"), Input("told", "data"))(judge)
    app.callback(Output("import-answer", "data"), Input("import-text", "data"), prevent_initial_call=True)(read_import)
    share_link = partial(share, cases)
    app.callback(Output("share-answer", "data"), Input("share-ask", "data"), prevent_initial_call=True)(share_link)
    _in_browser(app, "hearDraft", Output("heard-draft", "data"), Input("draft", "data"))
    _in_browser(app, "hearVerdict", Output("prosumers", "rowData"), Input("verdict", "data"))
    _in_browser(app, "hearImport", Output("heard-import", "data"), Input("import-answer", "data"))
    _in_browser(app, "hearShare", Output("heard-share", "data"), Input("share-answer", "data"))
    # Not at the start: a first call without a change would keep the draft from those who wait for it.
    cells = Input("prosumers", "cellValueChanged")
    _in_browser(app, "hearCells", Output("draft", "data"), cells, prevent_initial_call=True)


def judge(draft: dict[str, Any], told: list[dict[str, Any]] | None) -> dict[str, Any]:
    """The verdict on a draft, with what a solve reported about it."""
    shapes.expect(shapes.Draft, draft)
    shapes.expect(shapes.AllTold, told or [])
    problems = tuple(Problem(**problem | {"ids": tuple(problem["ids"])}) for problem in told or ())
    return drafts.verdict(draft, problems)


def read_import(given: dict[str, Any] | None) -> Any:
    """A draft of an imported text, or the list of what is wrong with it."""
    if not given:
        return no_update
    shapes.expect(shapes.Import, given)
    try:
        files = given.get("files")
        opened = imports.opened_files(files) if files else imports.opened(given["text"], given["name"])
        draft, drawn = drafts.unsolved(opened.scenario), imports.drawn(opened.scenario)
        return {
            "name": given["name"],
            "draft": draft,
            "drawn": drawn,
            "problems": [],
            "notes": [*page_remedies.notes_on_page(opened.notes)],
        }
    except InputError as error:
        problems = page_remedies.on_page(error.problems)
        return {
            "name": given["name"],
            "draft": None,
            "drawn": None,
            "problems": [str(problem) for problem in problems],
            "sheets": imports.marked_rows(given.get("files") or (), problems),
            "notes": [],
        }


def share(cases: Mapping[str, Case], asked: dict[str, Any] | None) -> Any:
    """The link to a draft, or the draft of a link; ``file`` says that a download has to serve instead."""
    if not asked:
        return no_update
    shapes.expect(shapes.Opened if "open" in asked else shapes.Shared, asked)
    try:
        if "open" not in asked:
            return {"link": links.write(asked["draft"], cases)}
        case, draft = links.read(str(asked["open"]), cases)
        return {"draft": draft, "case": case.key, "results": case.results}
    except InputError as error:
        return {"file": "open" not in asked, "problems": [str(problem) for problem in error.problems]}


def _in_browser(app: Any, name: str, output: Output, *inputs: Input, **options: bool) -> None:
    app.clientside_callback(ClientsideFunction("p2pdnr", name), output, *inputs, **options)
