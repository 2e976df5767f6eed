"""Fonts of a browser that takes pictures: those of two Python packages, whatever the machine has (Linux, fontconfig).

The page brings its own font; signs that it lacks (a tick, an exponent) are drawn with Source Sans Pro. Elsewhere than
on Linux the variable is ignored and such signs are drawn with a font of the system.
"""

from __future__ import annotations

import os
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape

PACKAGES = {"font-hanken-grotesk": "font_hanken_grotesk", "font-source-sans-pro": "font_source_sans_pro"}
FAMILIES = ("Hanken Grotesk", "Source Sans Pro")
RENDERING = {"antialias": "true", "hinting": "false", "autohint": "false", "embeddedbitmap": "false"}


def environment(place: Path, others: bool = False) -> dict[str, str | float | bool]:
    """Variables for a browser, with a configuration written to the folder ``place``.

    ``others`` lets fonts of the machine draw signs that ours lack, such as another script.
    """
    path = place / "fonts.conf"
    path.write_text(configuration(place / "font-cache", others), encoding="utf8")
    return {**os.environ, "FONTCONFIG_FILE": str(path)}


def configuration(cache: Path, others: bool = False) -> str:
    """Text of a fontconfig file: our folders, families to prefer, smooth and unhinted outlines.

    Source: https://www.freedesktop.org/software/fontconfig/fontconfig-user.html
    """
    families = "".join(f"<string>{name}</string>" for name in FAMILIES)
    rendering = "".join(f'<edit name="{name}"><bool>{value}</bool></edit>' for name, value in RENDERING.items())
    return f"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
{"".join(_folder(name) for name in PACKAGES.values())}
<cachedir>{escape(str(cache))}</cachedir>
<match target="pattern"><edit name="family" mode="append" binding="strong">{families}</edit></match>
{'<include ignore_missing="yes">/etc/fonts/fonts.conf</include>' if others else ""}
<match target="font">{rendering}<edit name="rgba"><const>none</const></edit></match>
</fontconfig>
"""


def versions() -> str:
    """The packages that pictures depend on, as ``name version, ...``."""
    return ", ".join(f"{name} {version(name)}" for name in PACKAGES)


def _folder(package: str) -> str:
    """A package's fonts: their OpenType files, where it has the same ones as TrueType too."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return ""
    place = escape(str(Path(spec.origin).parent / "files"))
    return f"<dir>{place}</dir><selectfont><rejectfont><glob>{place}/*.ttf</glob></rejectfont></selectfont>"
