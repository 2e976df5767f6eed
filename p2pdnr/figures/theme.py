"""Colours and type of the charts, read from the page's own file of colours."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from p2pdnr.languages import ENGLISH, Language
from p2pdnr.resources import ASSETS

COLOURS = ASSETS / "styles" / "colours.css"
"""The one file that holds colours."""

FONT = "Hanken Grotesk, system-ui, sans-serif"


@dataclass(frozen=True)
class Theme:
    """Colours by token name ("ink", "trade" ...), as colours.css spells them, and the language of all texts."""

    name: str
    tokens: dict[str, str]
    language: Language = ENGLISH

    def __getitem__(self, token: str) -> str:
        return self.tokens[token]

    def saying(self, language: Language) -> Theme:
        """The same colours with another language."""
        return replace(self, language=language)

    def faded(self, token: str, opacity: float) -> str:
        """The colour with an opacity from 0 to 1, as CSS rgba."""
        red, green, blue = (int(self.tokens[token][at : at + 2], 16) for at in (1, 3, 5))
        return f"rgba({red},{green},{blue},{opacity:g})"

    @property
    def voltage_scale(self) -> list[list[Any]]:
        """The diverging scale of voltages: low, middle, high."""
        return [[0.0, self["low"]], [0.5, self["mid"]], [1.0, self["high"]]]


class StyleSheetTheme(Theme):
    """Colours as names of the style sheet, so that one figure serves every theme: "var(--ink)", and "var(--ink,0.1)"
    with an opacity. What draws it must know the sheet (assets/charts/figure_drawing.js); the chart library does not."""

    def faded(self, token: str, opacity: float) -> str:
        """The colour's name with an opacity."""
        return f"var(--{token},{opacity:g})"

    @classmethod
    def read(cls, path: Path = COLOURS) -> StyleSheetTheme:
        """The names that a style sheet has."""
        tokens = _tokens(path.read_text(encoding="utf-8"))
        return cls("any", {token: f"var(--{token})" for token in tokens})


def read_themes(path: Path = COLOURS) -> dict[str, Theme]:
    """The themes of a style sheet: its first block is "light", the block for data-theme="dark" overrides it."""
    light, _, dark = path.read_text(encoding="utf-8").partition('[data-theme="dark"]')
    plain = _tokens(light)
    return {"light": Theme("light", plain), "dark": Theme("dark", plain | _tokens(dark))}


def _tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6})", block))
