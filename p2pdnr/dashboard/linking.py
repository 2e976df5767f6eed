"""One script from many modules, for a page that is one file: browsers load no module from a file on disk.

The modules stay as they are written; each becomes a function that runs once, before whatever imports it, and gives its
exports. That is exact for modules without cycles that keep to a few forms of import and export (ESLint holds them)::

    import { a, b as c } from "./other.js";       export { is not linked }
    export const a = ...;  export const [a, b] = ...;  export function a() {...}  export async function a() {...}
    new Worker(new URL("worker.js", import.meta.url), { type: "module" })         a script that runs beside the page
"""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath

from p2pdnr.dashboard.assets import Assets, needed, resolved

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?:const (?:(\w+)|\[([\w, ]+)\]) =|(?:async )?function (\w+))", re.MULTILINE)
_WORKER = re.compile(r'new Worker\(new URL\("([^"]+)", import\.meta\.url\), \{ type: "module" \}\)')
_OTHER = re.compile(
    r"^(?:import|export)\b.*$|\bimport\s*\(|\bimport\.meta\b|</script|<!--", re.MULTILINE | re.IGNORECASE
)
_WORKER_OF = """const workerOf = (name) =>
  new Worker(URL.createObjectURL(new Blob([workers[name]], { type: "text/javascript" })));"""
"""No module any more: a page from disk may not start one."""


def linked(assets: Assets, entry: str) -> str:
    """The script that does what the module ``entry`` does; it runs as a module itself, so that its names stay its own.

    Raises ValueError for a module that imports or exports in another form, and for a cycle.
    """
    names = needed(assets, entry)
    workers = {worker: linked(assets, worker) for name in names for worker in _workers(assets, name)}
    parts = ["const modules = {};"]
    if workers:
        told = json.dumps(workers).replace("<", "\\u003c")
        parts += [f"const workers = {told};", _WORKER_OF]
    return "\n".join([*parts, *(_function(assets, name) for name in names), ""])


def _workers(assets: Assets, name: str) -> list[str]:
    folder = PurePosixPath(name).parent
    return [resolved(folder / found) for found in _WORKER.findall(assets.files[name].decode())]


def _function(assets: Assets, name: str) -> str:
    """A module as a function that gives its exports."""
    folder, text = PurePosixPath(name).parent, assets.files[name].decode().replace("\r\n", "\n")
    exports = [one.strip() for found in _EXPORT.finditer(text) for one in (found[1] or found[2] or found[3]).split(",")]
    text = _IMPORT.sub(lambda found: _taken(found[1], resolved(folder / found[2])), text)
    text = _EXPORT.sub(lambda found: found[0].removeprefix("export "), text)
    text = _WORKER.sub(lambda found: f"workerOf({json.dumps(resolved(folder / found[1]))})", text)
    left = _OTHER.search(_without_comments(text))
    if left:
        raise ValueError(f"{name} has a form that cannot be linked: {left[0]}")
    return f"modules[{json.dumps(name)}] = (() => {{\n{text}return {{ {', '.join(exports)} }};\n}})();"


def _taken(names: str, module: str) -> str:
    wanted = " ".join(names.replace(" as ", ": ").split())
    return f"const {{ {wanted} }} = modules[{json.dumps(module)}];"


def _without_comments(text: str) -> str:
    return re.sub(r"^[ \t]*//[^\n]*|/\*.*?\*/", "", text, flags=re.MULTILINE | re.DOTALL)
