"""Modules made one script: what they say, in their order, and no form that would be linked wrongly."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache

import pytest

from p2pdnr.dashboard import assets
from p2pdnr.dashboard.assets import ENTRY, IN_FILE, WORKERS, Assets
from p2pdnr.dashboard.linking import linked
from p2pdnr.resources import ASSETS

SMALL = {
    "page/count.js": b"""// Counts.
let count = 0;
const private_ = 10;
export const [ONE, TWO] = [1, 2];
export function next() {
  count += ONE;
  return count;
}
export async function soon() {
  return private_;
}
""",
    "page/words.js": b"""export const private_ = "own";
// import { nothing } from "./comment.js";
export const word = (text) => `${text}
export of ${private_}`;
""",
    "app/entry.js": b"""import { next, soon as later } from "../page/count.js";
import {
  word,
} from "../page/words.js";

next();
const text = word("an");
console.log(next(), text.replace("\\n", " "), await_later());
function await_later() {
  later().then((value) => console.log(value));
  return "later";
}
""",
}


def of(files: dict[str, bytes]) -> Assets:
    return Assets(files, "")


@cache
def tree() -> Assets:
    return assets.read(ASSETS)


def run(script: str) -> str:
    """What a module says when Node runs it."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node on this machine")
    command = [node, "--input-type=module", "-e", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_modules_run_once_each_before_what_imports_them() -> None:
    files = dict(SMALL)
    files["page/words.js"] = files["page/words.js"].replace(b"\nexport of", b" export of")
    assert run(linked(of(files), "app/entry.js")).split("\n") == ["2 an export of own later", "10", ""]


def test_a_line_of_a_text_that_looks_like_an_export_is_refused() -> None:
    with pytest.raises(ValueError, match=r"page/words\.js.*export of"):
        linked(of(SMALL), "app/entry.js")


@pytest.mark.parametrize(
    "line",
    [
        "export default 1;",
        "export let a = 1;",
        "export class A {}",
        "export { a };",
        'export * from "./b.js";',
        'import * as b from "./b.js";',
        'import b from "./b.js";',
        'import "./b.js";',
        'const b = import("./b.js");',
        "const here = import.meta.url;",
        'const beside = new Worker(new URL("b.js", import.meta.url));',
        'const text = "</script>";',
        'const text = "<!--";',
    ],
)
def test_forms_that_cannot_be_linked_are_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"a\.js has a form that cannot be linked"):
        linked(of({"a.js": f"{line}\n".encode(), "b.js": b"export const b = 1;\n"}), "a.js")


def test_what_a_comment_says_is_no_statement() -> None:
    text = b"// import nothing\n/**\n * import(x), export default\n */\nconsole.log(1);\n"
    assert run(linked(of({"a.js": text}), "a.js")) == "1\n"


def test_a_worker_goes_along_as_a_script_of_its_own() -> None:
    files = {
        "page/worker.js": b'import { b } from "./b.js";\nconsole.log(b);\n',
        "page/b.js": b'export const b = "<b>";\n',
        "page/a.js": b'const start = () => new Worker(new URL("worker.js", import.meta.url), { type: "module" });\n'
        b"console.log(typeof start);\n",
    }
    script = linked(of(files), "page/a.js")
    assert "import.meta" not in script and "<b>" not in script
    assert run(script) == "function\n"
    assert run(linked(of(files), "page/worker.js")) == "<b>\n"


@pytest.mark.parametrize("entry", [ENTRY, IN_FILE, *WORKERS])
def test_the_page_keeps_to_the_forms_that_are_linked(entry: str) -> None:
    script = linked(tree(), entry)
    assert re.findall(r'^modules\["(.*)"\] = ', script, re.MULTILINE) == list(assets.needed(tree(), entry))
    assert not re.search(r"^(?:import|export)\b", script, re.MULTILINE)
