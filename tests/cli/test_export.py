from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

from p2pdnr.cli.main import main

Capture = pytest.CaptureFixture[str]


def test_an_hour_for_pandapower(result_folder: Path, tmp_path: Path) -> None:
    import pandapower as pp

    assert main(["export", str(result_folder), "--pandapower", "6", str(tmp_path / "net.json")]) == 0
    net = pp.from_json(str(tmp_path / "net.json"))
    assert len(net.bus) == 33
    assert int((~net.line["in_service"]).sum()) == 5


def test_tables_for_a_spreadsheet(result_folder: Path, tmp_path: Path) -> None:
    assert main(["export", str(result_folder), "--csv", str(tmp_path / "out.zip")]) == 0
    assert "bills.csv" in zipfile.ZipFile(tmp_path / "out.zip").namelist()


@pytest.mark.parametrize("hour", ["noon", "8", "-1", "1.5"])
def test_an_hour_that_does_not_exist(result_folder: Path, tmp_path: Path, capsys: Capture, hour: str) -> None:
    assert main(["export", str(result_folder), "--pandapower", hour, str(tmp_path / "net.json")]) == 2
    assert hour in capsys.readouterr().err
    assert not (tmp_path / "net.json").exists()


def test_a_place_that_cannot_be_written(result_folder: Path, tmp_path: Path, capsys: Capture) -> None:
    for arguments in (["--csv"], ["--pandapower", "0"]):
        assert main(["export", str(result_folder), *arguments, str(tmp_path / "no" / "file")]) == 2
        assert "cannot be written" in capsys.readouterr().err


def test_the_day_as_a_moving_picture(result_folder: Path, tmp_path: Path) -> None:
    from PIL import Image

    assert main(["export", str(result_folder), "--gif", str(tmp_path / "day.gif")]) == 0
    with Image.open(tmp_path / "day.gif") as picture:
        assert (picture.n_frames, picture.width) == (8, 960)
        frames = []
        for hour in range(8):
            picture.seek(hour)
            frames.append(picture.convert("RGB").tobytes())
    assert len(set(frames)) == 8


def test_a_moving_picture_without_its_library(
    result_folder: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert main(["export", str(result_folder), "--gif", str(tmp_path / "day.gif")]) == 2
    assert "pip install pillow" in capsys.readouterr().err


def test_the_page_in_another_language(result_folder: Path, tmp_path: Path, capsys: Capture) -> None:
    target = tmp_path / "tag.html"
    assert main(["export", str(result_folder), "--page", str(target), "--lang", "de"]) == 0
    assert '<html lang="de">' in target.read_text(encoding="utf-8")
    assert main(["export", str(result_folder), "--page", str(target), "--lang", "xx"]) == 2
    assert "xx --lang: is no language known here" in capsys.readouterr().err
    assert main(["export", str(result_folder), "--csv", str(tmp_path / "a.zip"), "--lang", "de"]) == 2
    assert "--lang: is used by --page and --report alone" in capsys.readouterr().err


def test_the_page_as_one_file(result_folder: Path, tmp_path: Path, capsys: Capture) -> None:
    assert main(["export", str(result_folder), "--page", str(tmp_path / "day.html")]) == 0
    assert "MB)" in capsys.readouterr().out
    text = (tmp_path / "day.html").read_text(encoding="utf8")
    assert text.startswith("<!DOCTYPE html>") and '"/results/day-' in text
    assert main(["export", str(result_folder), "--page", str(tmp_path / "no" / "day.html")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_what_cannot_stand_beside_it(result_folder: Path, tmp_path: Path, capsys: Capture) -> None:
    twice = ["--page", str(tmp_path / "day.html"), "--beside", str(result_folder)]
    assert main(["export", str(result_folder), *twice]) == 2
    assert "second result of the mode" in capsys.readouterr().err
    assert main(["export", str(result_folder), "--gif", str(tmp_path / "day.gif"), *twice[2:]]) == 2
    assert "--page" in capsys.readouterr().err
    assert list(tmp_path.glob("day.*")) == []
