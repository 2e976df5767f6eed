"""Lessons inside the page: what each step opens and asks (``data/lessons.json``), in the words of a language
(``data/lessons/<language>.json``).

Steps are ``{"key", "open": {"day", "mode", "hour", "tab"}, "check": {"kind", ...}}``. A check of the kinds ``number``,
``name`` and ``choice`` names a figure of solved days (``of``, see assets/lessons/measures.js) or the place of the
``right`` option; ``trial`` looks at what is switched by hand. ``within`` is how far from the figure is still right.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify

from p2pdnr.dashboard import drafts
from p2pdnr.dashboard.cases import Case
from p2pdnr.resources import DATA
from p2pdnr.scenario import document, patch, variation
from p2pdnr.scenario.schema import Scenario

Book = Mapping[str, Any]
"""All lessons in one language, as the page reads them."""


def languages(data: Path = DATA) -> tuple[str, ...]:
    """The languages that lessons are written in, English first."""
    found = sorted(path.stem for path in (data / "lessons").glob("*.json"))
    return tuple(sorted(found, key=lambda key: key != "en"))


def structure(data: Path = DATA) -> list[dict[str, Any]]:
    """The lessons as ``lessons.json`` has them; none where a folder of data has none."""
    path = data / "lessons.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def texts(language: str, data: Path = DATA) -> dict[str, Any]:
    """The words of a language; raises FileNotFoundError for one that is not there."""
    found: dict[str, Any] = json.loads((data / "lessons" / f"{language}.json").read_text(encoding="utf-8"))
    return found


def book(language: str, days: Mapping[str, Mapping[str, Any]], data: Path = DATA) -> Book:
    """The lessons of which all days are known, in one language; ``days`` as :func:`days_of_cases` gives them."""
    told = texts(language, data)
    found = [item for item in structure(data) if all(day["key"] in days for day in item["days"])]
    return {
        "language": language,
        "languages": {key: texts(key, data)["language"] for key in languages(data)},
        "words": told["words"],
        "lessons": [_lesson(item, told["lessons"][item["lesson"]], days) for item in found],
    }


def alone(name: str, language: str, data: Path = DATA) -> Book:
    """One lesson for a file that holds all its days, each by its own key (:mod:`p2pdnr.dashboard.lessons`)."""
    keys = [day["key"] for item in structure(data) for day in item["days"] if item["lesson"] == name]
    whole = book(language, {key: {"case": key, "results": None, "changed": False, "sha256": ""} for key in keys}, data)
    return {**whole, "lessons": [lesson for lesson in whole["lessons"] if lesson["name"] == name]}


def days_of_cases(cases: Mapping[str, Case], data: Path = DATA) -> dict[str, dict[str, Any]]:
    """The days that lessons ask for, by key, as far as their cases are there.

    ``changed`` days are solved in the page; ``sha256`` names their scenario, so that a result is known to be theirs.
    """
    return {
        day["key"]: {
            "case": day["case"],
            "results": day.get("results"),
            "changed": "changes" in day,
            "sha256": document.sha256(changed(cases[day["case"]].scenario, day)) if "changes" in day else "",
        }
        for item in structure(data)
        for day in item["days"]
        if day["case"] in cases
    }


def changed(scenario: Scenario, day: Mapping[str, Any]) -> Scenario:
    """The scenario of a day that starts from ``scenario``: its ``settings`` are laid over it, then its ``changes`` vary
    it."""
    laid = patch.apply(scenario, day["settings"]) if "settings" in day else scenario
    return variation.vary_all(laid, day["changes"]) if day.get("changes") else laid


def register(app: Flask, cases: Mapping[str, Case], data: Path = DATA) -> tuple[str, ...]:
    """Add the routes of lessons to an app; returns the languages that there are, none without lessons."""
    known = days_of_cases(cases, data)
    if not known or not languages(data):
        return ()
    told = lru_cache(maxsize=4)(partial(book, days=known, data=data))
    edited = {day["key"]: day for item in structure(data) for day in item["days"] if "changes" in day}
    app.add_url_rule("/lessons/<language>.json", "lessons", lambda language: _book(told, languages(data), language))
    app.add_url_rule("/lessons/days/<key>.json", "lesson_day", lambda key: _day(cases, edited, key))
    return languages(data)


def _lesson(item: Mapping[str, Any], words: Mapping[str, Any], days: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": item["lesson"],
        "title": words["title"],
        "aim": words["aim"],
        "closing": words["closing"],
        "days": {day["key"]: days[day["key"]] for day in item["days"]},
        "steps": [{**step, **words["steps"][step["key"]]} for step in item["steps"]],
    }


def _book(told: Any, there: Sequence[str], language: str) -> Response:
    if language not in there:
        abort(404)
    return jsonify(told(language))


def _day(cases: Mapping[str, Case], edited: Mapping[str, Mapping[str, Any]], key: str) -> Response:
    """A changed day as the page opens it: the edits of its case, not solved yet."""
    if key not in edited or edited[key]["case"] not in cases:
        abort(404)
    case, day = cases[edited[key]["case"]], edited[key]
    draft = drafts.edited(case.scenario, changed(case.scenario, day)) | {"case": case.key, "mode": day["modes"][0]}
    return jsonify({"key": case.key, "results": case.results, "draft": draft | {"trading": drafts.ON}})
