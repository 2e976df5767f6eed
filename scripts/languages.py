"""The sentences of the page, collected from the code into data/languages/en.json: what other languages have to say.

``python -m scripts.languages`` writes that file, and tells what each other language lacks. Needs Node and node_modules.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from p2pdnr.dashboard import page, wording
from p2pdnr.dashboard.columns import COLUMNS, SETTINGS
from p2pdnr.languages import ENGLISH, FOLDER
from p2pdnr.report.document import TEMPLATE as REPORT
from p2pdnr.resources import DATA
from scripts import node, problem_sentences

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("script", "server", "told")
"""Sections of a file that hold sentences."""

_CODE = ("p2pdnr/dashboard", "p2pdnr/figures", "p2pdnr/report")
_IN_HTML = re.compile(r'\bsay\("([^"]+)"')
_SAYING = {"say", "language", "sentence"}


def collected() -> dict[str, Any]:
    """The file of English, as the code has it."""
    head = {"language": ENGLISH.name, "locale": ENGLISH.locale, "decimal": ".", "thousands": ",", "capitals": False}
    return {
        **head,
        "script": _same(script_sentences()),
        "server": _same(server_sentences()),
        "told": _same(problem_sentences.sentences()),
    }


def script_sentences() -> list[str]:
    """What assets/ says, in the order of its files."""
    command = [str(node.find()), "tests/javascript/page_texts.js"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found: list[str] = json.loads(told)
    return found


def server_sentences() -> Iterator[str]:
    """What HTML, the table and its settings, charts, the report, questions and the names of the cases say."""
    yield from wording.sentences(page.template(with_server=True))
    for field in (*COLUMNS, *SETTINGS):
        yield from (text for text in (field.group, field.header, field.unit, field.empty, *field.choices) if text)
    for folder in _CODE:
        for path in sorted((ROOT / folder).glob("*.py")):
            yield from said_in(path.read_text(encoding="utf-8"))
    yield from _IN_HTML.findall(REPORT.read_text(encoding="utf-8"))
    for path in sorted((DATA / "questions").glob("*.json")):
        for item in json.loads(path.read_text(encoding="utf-8")):
            yield from (item["question"], item["lead"])
    for path in sorted((DATA / "scenarios").glob("*.json")):
        yield json.loads(path.read_text(encoding="utf-8"))["name"]


def said_in(code: str) -> Iterator[str]:
    """The sentences that Python code says: constants that a language, or ``sentence``, is called with."""
    for call in ast.walk(ast.parse(code)):
        if isinstance(call, ast.Call) and call.args and _name(call.func) in _SAYING:
            first = call.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def lacking(told: Mapping[str, Any], english: Mapping[str, Any]) -> dict[str, list[str]]:
    """Sentences that a file does not have, by section."""
    return {part: [text for text in english[part] if text not in told.get(part, {})] for part in PARTS}


def written(content: Mapping[str, Any]) -> str:
    """The text of a file."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _same(sentences: Iterable[str]) -> dict[str, str]:
    return {text: text.split("|")[0] for text in sentences}


def _name(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""


def main() -> int:
    """Write English, tell what others lack."""
    english = collected()
    (FOLDER / "en.json").write_text(written(english), encoding="utf-8")
    for path in sorted(FOLDER.glob("*.json")):
        missing = lacking(json.loads(path.read_text(encoding="utf-8")), english)
        print(f"{path.name}: {sum(map(len, missing.values()))} sentences missing")
        print("".join(f"  {part}: {text!r}\n" for part, texts in missing.items() for text in texts), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
