"""Packages for learning platforms: well formed, complete, and with titles that are never markup."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.etree import ElementTree

from p2pdnr.dashboard import learning_package

IMS = "{http://www.imsproject.org/xsd/imscp_rootv1p1p2}"
ADL = "{http://www.adlnet.org/xsd/adlcp_rootv1p2}"
TITLE = "1. Trees & <b>loops</b> with {braces}"


def test_the_manifest_names_the_page_that_is_there(tmp_path: Path) -> None:
    learning_package.write(tmp_path / "a.zip", "1-trees", TITLE, "<p>é</p>")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert set(archive.namelist()) == {"imsmanifest.xml", "index.html"}
        root = ElementTree.fromstring(archive.read("imsmanifest.xml"))
        assert archive.read("index.html").decode() == "<p>é</p>"
    assert root.get("identifier") == "p2pdnr-1-trees"
    assert [title.text for title in root.iter(f"{IMS}title")] == [TITLE, TITLE]
    [resource] = root.iter(f"{IMS}resource")
    assert resource.get(f"{ADL}scormtype") == "asset" and resource.get("href") == "index.html"
    assert [file.get("href") for file in root.iter(f"{IMS}file")] == ["index.html"]
    [item] = root.iter(f"{IMS}item")
    assert item.get("identifierref") == resource.get("identifier")
    [organizations] = root.iter(f"{IMS}organizations")
    assert organizations.get("default") in [one.get("identifier") for one in root.iter(f"{IMS}organization")]


def test_equal_pages_give_equal_packages(tmp_path: Path) -> None:
    for name in ("a", "b"):
        learning_package.write(tmp_path / f"{name}.zip", "x", "t", "page")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
