"""README and docs: links lead somewhere, commands are understood, the tour of the Python face runs.

Every command that stands in a page is read by the parser of its program; cheap ones are carried out. Those that take
longer are what ``make docs`` and ``make bench`` run.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from p2pdnr.cli import main as cli
from scripts.docs.__main__ import PARTS
from scripts.run_tests import STAGES

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "data" / "profiles" / "README.md"])
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf8") for page in PAGES}


def links(text: str) -> Iterator[str]:
    """Relative targets of a page's links and pictures."""
    for target in re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", text):
        link = target[0] or target[1]
        if "://" not in link and not link.startswith("mailto:"):
            yield link


def anchors(text: str) -> set[str]:
    """Anchors of a page's headings, as code hosts make them."""
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_somewhere(name: str) -> None:
    page, missing = ROOT / name, []
    for link in links(TEXTS[name]):
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        known = anchor and target.suffix == ".md" and target.is_file()
        if not target.exists() or (known and anchor not in anchors(target.read_text(encoding="utf8"))):
            missing.append(link)
    assert missing == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, new = set(), {"README.md"}
    while new:
        reached |= new
        targets = {
            ((ROOT / name).parent / link.partition("#")[0]).resolve() for name in new for link in links(TEXTS[name])
        }
        new = {name for name in TEXTS if (ROOT / name).resolve() in targets} - reached
    assert set(TEXTS) - reached == set()


def listed(navigation: object) -> Iterator[str]:
    """Every page of a navigation of mkdocs.yml."""
    if isinstance(navigation, str):
        yield navigation
    parts = navigation.values() if isinstance(navigation, dict) else navigation
    for part in () if isinstance(navigation, str) else parts:
        yield from listed(part)


def test_every_page_is_in_the_navigation_of_the_site() -> None:
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf8"))
    pages = list(listed(site["nav"]))
    assert len(pages) == len(set(pages))
    assert set(pages) == {name.removeprefix("docs/") for name in TEXTS if name.startswith("docs/")}
    assert site["strict"] and not site["theme"]["font"], "the site asks no other server for fonts"


def test_what_the_site_needs_is_pinned() -> None:
    lines = [
        line for line in (ROOT / "requirements-site.txt").read_text(encoding="utf8").splitlines() if line[0] != "#"
    ]
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    shared = {line.partition("==")[0].lower() for line in (ROOT / "constraints.txt").read_text("utf8").splitlines()}
    assert shared & {line.partition("==")[0].lower() for line in lines} == set()


def commands(text: str) -> Iterator[str]:
    """Every command in a page: lines of code blocks, and code inside sentences."""
    blocks = re.findall(r"^```(?!python|json)\w*\n(.*?)^```|((?:^ {4}\S.*\n)+)", text, re.MULTILINE | re.DOTALL)
    lines = [line.strip().split("   #")[0] for pair in blocks for block in pair for line in block.splitlines()]
    for line in [*lines, *re.findall(r"`([^`\n]+(?:\n[^`\n]+)?)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))]:
        command = " ".join(line.split("  #")[0].split())
        if re.match(r"(PYTHONPATH=\. )?(make|python|\.venv/bin/python) ", command) and "[" not in command:
            yield command.replace("PYTHONPATH=. ", "").replace(".venv/bin/python", "python")


ALL = sorted({command for text in TEXTS.values() for command in commands(text)})


def test_commands_are_found() -> None:
    assert len(ALL) > 30
    assert {"make run", "make test", "make docs", "python app.py"} <= set(ALL)


@pytest.mark.parametrize("command", [command for command in ALL if command.startswith("make ")])
def test_make_knows_what_is_asked_for(command: str) -> None:
    words = shlex.split(command)[1:]
    targets = [word for word in words if "=" not in word] or ["help"]
    named = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf8"), re.MULTILINE)
    assert set(targets) <= set(named)
    given = " ".join(word.partition("=")[2] for word in words if word.startswith("ARGS=")).split(" -- ")[0].split()
    known = {"docs": {*PARTS, "pages"}, "test": {stage.name for stage in STAGES}}
    if targets[0] in known:
        assert set(given) <= known[targets[0]]


@pytest.mark.parametrize("command", [command for command in ALL if command.startswith("python ")])
def test_programs_understand_what_is_asked_for(command: str) -> None:
    words = shlex.split(command)[1:]
    if words[:2] == ["-m", "p2pdnr"]:
        named, *given = words[2:]
        assert named in cli.COMMANDS
        if given:  # a command that is only named takes no arguments
            cli.command_line([named]).parse_args([named, *given])
    files = [word for word in words if word.startswith("data/") or word.endswith(".py")]
    assert [file for file in files if not (ROOT / file).exists()] == []


@pytest.mark.parametrize(
    "arguments",
    [
        "reconfigure case33bw",
        "reconfigure case33bw --swaps 3",
        "generate --prosumers 50 --network case33bw --seed 1 my.json",
        "export data/results/ieee33-solar-hourly --csv out.zip",
    ],
)
def test_cheap_commands_do_it(arguments: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    assert cli.main(shlex.split(arguments)) == cli.DONE


def cells(page: str) -> list[str]:
    """The Python of a page, one text per block."""
    return re.findall(r"^```python\n(.*?)^```", TEXTS[page], re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", ["docs/python.md", "docs/own-feeder.md"])
def test_the_python_of_a_page_runs_in_order(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    known: dict[str, object] = {}
    for number, cell in enumerate(cells(page), 1):
        exec(compile(cell, f"{page}, cell {number}", "exec"), known)
    assert "p2pdnr" in known


CITED = sorted(
    {(name, path) for name, text in TEXTS.items() for path in re.findall(r"`([\w./-]+\.(?:py|js|css))`", text)}
)
FILES = [
    path.relative_to(ROOT).as_posix()
    for place in ("p2pdnr", "assets", "tests", "scripts", "benchmarks", "data")
    for path in (ROOT / place).rglob("*.*")
    if path.suffix in {".py", ".js", ".css"}
] + ["app.py"]


@pytest.mark.parametrize("name", [name for name in TEXTS if name != "CHANGELOG.md"])
def test_files_that_a_page_names_exist(name: str) -> None:
    named = [path for page, path in CITED if page == name]
    assert [path for path in named if not any(f"/{file}".endswith(f"/{path}") for file in FILES)] == []


def tables_of_modules(text: str) -> Iterator[list[str]]:
    """The files in the first column of every table that has modules there."""
    for table in re.findall(r"^\| module \|.*\n\|[-| ]+\n((?:\|.*\n)+)", text, re.MULTILINE):
        yield re.findall(r"`([\w./-]+\.(?:py|js))`", "\n".join(row.split("|")[1] for row in table.splitlines()))


@pytest.mark.parametrize("name", TEXTS)
def test_modules_of_a_table_stand_in_one_room(name: str) -> None:
    """A file of that name somewhere else is not the one that is meant."""
    for modules in tables_of_modules(TEXTS[name]):
        rooms = {str(Path(file).parent) for file in FILES}
        assert min([[path for path in modules if f"{room}/{path}" not in FILES] for room in rooms], key=len) == []


def test_tests_that_a_page_names_exist() -> None:
    missing = []
    for name, text in TEXTS.items():
        for file, test in re.findall(r"`(?:([\w./]+\.py)::)?(test_\w+)`", text):
            tests = [path for path in FILES if path.startswith("tests/")]
            found = [ROOT / path for path in tests if not file or f"/{path}".endswith(f"/{file}")]
            if not any(f"def {test}(" in path.read_text(encoding="utf8") for path in found):
                missing.append((name, file, test))
    assert missing == []


def rows(page: str) -> list[list[str]]:
    """The cells of every table of a page, heads left out."""
    lines = [line for line in TEXTS[page].splitlines() if line.startswith("| ") and not line.startswith("| term")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_glossary_says_where_things_are() -> None:
    places = [re.findall(r"`([^`]+)`", row[-1]) for row in rows("docs/glossary.md")]
    assert len(places) > 60
    assert [place for place in places if len(place) != 1 or not (ROOT / "p2pdnr" / place[0]).is_file()] == []


def symbols(page: str) -> set[str]:
    """Symbols in the formulas and tables of a page, without subscripts."""
    formulas = re.findall(r"^ {4,}(?=\S)(.+?)(?: {5,}.*)?$", TEXTS[page], re.MULTILINE)
    cells = re.findall(r"^\| ([^|]+) \|", TEXTS[page], re.MULTILINE)
    words = re.findall(r"\b[A-Za-z]+\d?(?=_|\b)", " ".join([*formulas, *cells]))
    texts = re.findall(r"\b([A-Za-z])_[a-z]+\b", TEXTS[page])
    return {
        word for word in words if len(word) == 1 or word in {"eta", "vmin", "vmax", "Vn", "Imax"} or word[-1].isdigit()
    } | {*texts}


@pytest.mark.parametrize("page", ["docs/model.md", "docs/algorithm.md"])
def test_every_symbol_is_in_the_glossary(page: str) -> None:
    known = {
        re.split(r"[_(]", symbol)[0] for row in rows("docs/glossary.md") for symbol in re.findall(r"`([^`]+)`", row[2])
    }
    found = symbols(page)
    assert "W" in found
    assert found - known == set()
