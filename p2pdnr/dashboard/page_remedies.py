"""Remedies in the words of the page: what a command would do by an option, a person with a file in the browser does in
the file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from p2pdnr.errors import Problem

REMEDIES = {
    "Give the buses a column vn_kv, or say it for all: --kv 20": "Give the buses a column vn_kv, in kV",
    'Mark it in a column substation, or say it: --substation "UW Nord"': "Mark it by yes in a column substation",
    "Write kW or kWh behind the column's name, or say it for all: --unit kWh": (
        "Write kW or kWh behind the column's name"
    ),
    "Check --zone; without it a clock goes through": (
        "Leave these rows out, or write times with their offset, such as 2025-10-26T02:00+02:00"
    ),
    "Keep one of each; where a clock goes back in autumn, say where it stands: --zone Europe/Berlin": (
        "Keep one of each; where a clock goes back in autumn, write times with their offset, such as "
        "2025-10-26T02:00+02:00"
    ),
    "Choose a coarser step: --step 60": "Give readings whose steps make up whole hours",
    "Choose another day (--day), fill longer ones too (--fill-gaps 6), or leave the meter out (--without)": (
        "Fill them in, give a file of other days, or leave the meter out of it"
    ),
}
"""Remedy of a command -> that of the page."""

NOTES = {
    "the network's own loads are left out; --background 1 keeps them": "the network's own loads are left out",
}
"""Note of a command -> that of the page."""

_GENERATE = "Make a day on it: python -m p2pdnr generate"
_IMPORTED = "Import the network by itself: a first day is made on it"
_NO_FIELDS = {"--step", "--zone", "--day", "--days", "--typical", "--substation"}


def on_page(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems of a file that a browser brought, without options of commands."""
    return tuple(
        replace(
            problem,
            field="" if problem.field in _NO_FIELDS else problem.field,
            remedy=_IMPORTED if problem.remedy.startswith(_GENERATE) else REMEDIES.get(problem.remedy, problem.remedy),
        )
        for problem in problems
    )


def notes_on_page(notes: Iterable[str]) -> tuple[str, ...]:
    """The same of what became of a file."""
    return tuple(NOTES.get(note, note) for note in notes)
