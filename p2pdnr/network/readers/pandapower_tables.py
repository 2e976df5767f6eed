"""pandapower's tables without loading pandapower, which takes two seconds.

Which columns of which types they have stands in ``data/pandapower_tables.json``. Its standard types of lines and
transformers stay in the package: the functions of ``std_types.py`` that list them are run without the rest of it.
"""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from p2pdnr import resources


class TableNet(dict[str, Any]):
    """The tables of a net by name, as a pandapower net has them: ``net["line"]`` and ``net.line``."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __deepcopy__(self, memo: dict[int, Any]) -> TableNet:
        return TableNet({name: copy.deepcopy(value, memo) for name, value in self.items()})


def columns_of() -> Mapping[str, Mapping[str, str]]:
    """The type of every column by table."""
    columns: Mapping[str, Mapping[str, str]] = _told()["columns"]
    return columns


@cache
def standard_types() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """pandapower's standard types: ``line`` and ``trafo``, by name."""
    found = find_spec("pandapower")
    assert found is not None and found.origin is not None
    source = Path(found.origin).with_name("std_types.py")
    listing = {f"basic_{kind}_std_types": kind for kind in ("line", "trafo")}
    parts = [node for node in ast.parse(source.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)]
    names: dict[str, Any] = {}
    exec(compile(ast.Module([node for node in parts if node.name in listing], []), str(source), "exec"), names)
    return {kind: names[name]() for name, kind in listing.items()}


def blank_net(tables: tuple[str, ...]) -> TableNet:
    """A net of tables without rows."""
    import pandas as pd

    types = columns_of()
    made = {name: pd.DataFrame({key: pd.Series(dtype=kind) for key, kind in types[name].items()}) for name in tables}
    return TableNet(made)


def as_pandapower(net: Any) -> Any:
    """A copy of a net that pandapower's functions take. Imports pandapower."""
    from p2pdnr.network.pandapower_net import blank

    if not isinstance(net, TableNet):
        return copy.deepcopy(net)
    whole = blank()
    for name, value in net.items():
        whole[name] = copy.deepcopy(value)
    return whole


@cache
def _told() -> Mapping[str, Any]:
    told: Mapping[str, Any] = json.loads((resources.DATA / "pandapower_tables.json").read_text(encoding="utf-8"))
    return told
