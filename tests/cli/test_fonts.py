"""A browser that takes pictures finds the fonts of our packages first, and in tests no others."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from p2pdnr.cli import fonts


@pytest.mark.parametrize("others", [False, True])
def test_the_configuration_names_our_folders_and_the_machine_only_when_asked(tmp_path: Path, others: bool) -> None:
    tree = ElementTree.fromstring(fonts.configuration(tmp_path / "a & b", others).split("?>", 1)[1])
    folders = [Path(str(item.text)) for item in tree.iter("dir")]
    assert len(folders) == len(fonts.PACKAGES) and all(any(folder.glob("*.otf")) for folder in folders)
    assert (tree.find("include") is not None) == others
    assert str(tmp_path / "a & b") == tree.findtext("cachedir")


@pytest.mark.skipif(shutil.which("fc-match") is None, reason="needs fontconfig")
@pytest.mark.parametrize("others", [False, True])
def test_whatever_is_asked_for_our_fonts_answer(tmp_path: Path, others: bool) -> None:
    variables = {name: str(value) for name, value in fonts.environment(tmp_path, others).items()}
    assert variables.keys() >= os.environ.keys() - {"FONTCONFIG_FILE"}

    def match(wanted: str) -> str:
        line = ["fc-match", "-f", "%{family}", wanted]
        return subprocess.run(line, env=variables, capture_output=True, text=True, check=True).stdout

    assert {match(wanted) for wanted in ("system-ui", "sans-serif", "Arial")} == {"Hanken Grotesk"}
    assert match(":charset=2713") == "Source Sans Pro", "a tick"
