"""Where the page's files and the data are: beside the package in a checkout, inside it once it is installed."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "_resources"
"""Where a wheel keeps its copy (pyproject.toml)."""

HOME = _PACKAGE.parent
"""The folder from which the package can be imported."""


def _folder(name: str) -> Path:
    return _INSTALLED / name if (_INSTALLED / name).is_dir() else HOME / name


ASSETS = _folder("assets")
"""What the page is made of."""

DATA = _folder("data")
"""Built-in networks, scenarios, questions and stored results."""

LESSONS = _folder("docs/lessons")
"""Texts of the lessons."""
