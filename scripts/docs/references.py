"""References that are read off the code: fields of a scenario in docs/formats.md, commands in docs/commands.md, public
names in docs/python.md, files of the page in docs/dashboard.md."""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

import app
import p2pdnr
from p2pdnr.cli.main import COMMANDS
from p2pdnr.scenario import document
from scripts.docs.pages import DOCS, ROOT, filled, markdown

Json = Mapping[str, Any]
PARTS = {
    "scenario": {"": "Scenario"},
    "sections": {
        "network.": "NetworkSettings",
        "tariff.": "Tariff",
        "market.": "Market",
        "dso.": "Dso",
        "dso.security.": "Security",
        "forecast.": "Forecast",
        "dso.outage_price.": "OutagePrice",
        "dso.volt_var[].": "VoltVarPoint",
        "network.places.*.": "Place",
    },
    "prosumer": {"": "Prosumer"},
    "devices": {
        "battery.": "Battery",
        "elastic.": "Elastic",
        "generator.": "Generator",
        "preferences[].": "Preference",
    },
    "network": {"": "NetworkTable", "buses[].": "BusRow", "lines[].": "LineRow"},
    "levers": {"tap.": "LineTap", "capacitor.": "Capacitor", "generator.": "VoltageGenerator"},
}
"""Mark in docs/formats.md -> prefix of the fields -> model."""
OF_THE_WHOLE = {
    "network": "The feeder, and what the scenario changes about it.",
    "tariff": "The retailer's prices; a prosumer may have its own.",
    "market": "Who may trade with whom, and what a trade costs.",
    "dso": "What the operator pays, and how it may switch.",
    "prosumers": "Who takes part.",
    "buses": "Numbered from 1 in this order.",
    "lines": "Numbered from 1 in this order.",
    "battery": "None when not given.",
    "elastic": "Load x worth u x - slope/2 x² per hour.",
    "generator": "Output q costing c q + slope/2 q² per hour.",
}
"""What fields mean that hold others."""
TYPES = {"string": "text", "boolean": "true or false", "integer": "whole number"}
LARGE = 1e5
"""Limits beyond this are there to keep nonsense out and are not worth a word."""


def write() -> None:
    """Renew the schema and the pages."""
    (ROOT / "data" / "scenario.schema.json").write_text(document.schema_text(), encoding="utf8")
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf8")


def pages() -> dict[str, str]:
    """The pages as they should be, by name."""
    formats = (DOCS / "formats.md").read_text(encoding="utf8")
    for mark, models in PARTS.items():
        formats = filled(formats, fields(models), mark)
    commands = (DOCS / "commands.md").read_text(encoding="utf8")
    tour = (DOCS / "python.md").read_text(encoding="utf8")
    dashboard = (DOCS / "dashboard.md").read_text(encoding="utf8")
    return {
        "formats.md": formats,
        "commands.md": filled(commands, options(), "commands"),
        "python.md": filled(tour, names(), "names"),
        "dashboard.md": filled(dashboard, assets(), "assets"),
    }


def assets() -> str:
    """The scripts and styles of the page, each with the sentence that it begins with."""
    folder = ROOT / "assets"
    files = sorted(path for path in folder.rglob("*") if path.suffix in {".js", ".css"})
    rows = [[f"`{path.relative_to(folder).as_posix()}`", first_sentence(path.read_text("utf8"))] for path in files]
    return markdown(["file", "what it is"], rows, numbers=False)


def first_sentence(text: str) -> str:
    """What a script or a style sheet begins with: its first comment, up to the first full stop."""
    comment = re.match(r"((?:// [^\n]*\n)+)|/\* (.*?) \*/", text, re.DOTALL)
    if comment is None:
        raise ValueError(f"no comment that says what this is: {text[:60]}")
    words = " ".join((comment[1] or comment[2]).replace("// ", "").split())
    return re.split(r"(?<=[.;]) (?=[A-Z])", words)[0].rstrip(".")


def fields(models: Mapping[str, str]) -> str:
    """The fields of some models, with type, default and meaning."""
    schema = document.json_schema()
    rows = [row for prefix, name in models.items() for row in _fields(_model(schema, name), prefix)]
    return markdown(["field", "value", "default", "meaning"], rows, numbers=False)


def _model(schema: Json, name: str) -> Json:
    found: Json = schema if name == "Scenario" else schema["$defs"][name]
    return found


def _fields(model: Json, prefix: str) -> Iterator[list[str]]:
    for name, field in model["properties"].items():
        default = "" if name in model.get("required", ()) else _default(field)
        meaning = field.get("description", OF_THE_WHOLE.get(name, ""))
        yield [f"`{prefix}{name}`", kind(field), default, " ".join(meaning.replace("|", "\\|").split())]


def _default(field: Json) -> str:
    if field.get("default", None) in (None, "", [], {}):
        return "none"
    value = field["default"]
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value).lower()


def kind(field: Json) -> str:
    """What a field may hold, in words."""
    if "$ref" in field:
        return _readable(field["$ref"].rpartition("/")[2])
    choices = field.get("anyOf") or field.get("oneOf")
    if choices:
        return " or ".join(kind(item) for item in choices if item.get("type") != "null")
    if "enum" in field or "const" in field:
        return " or ".join(f"`{value}`" for value in field.get("enum", [field.get("const")]))
    if field["type"] == "array":
        return _listed(field)
    if field["type"] == "object":
        names = field.get("propertyNames", {})
        key = f"by {names.get('title', 'line number')}" if "pattern" in names else "by name"
        return f"{kind(field['additionalProperties'])}, {key}"
    return TYPES.get(field["type"], "number") + _range(field)


def _listed(field: Json) -> str:
    pair = field.get("prefixItems")
    if pair:
        return f"[{', '.join(kind(item) for item in pair)}]"
    one = kind(field["items"]).replace("bus", "buses")
    return f"list of {re.sub('(number|preference|prosumer|line)', lambda found: found[0] + 's', one)}"


def _range(field: Json) -> str:
    signs = {"exclusiveMinimum": ">", "minimum": "≥", "maximum": "≤"}
    limits = [f"{sign} {field[key]:g}" for key, sign in signs.items() if abs(field.get(key, LARGE)) < LARGE]
    return f" {', '.join(limits)}" if limits else ""


def _readable(model: str) -> str:
    """The heading under which a model's fields stand."""
    named = {"NetworkTable": "network table", "BusRow": "bus", "LineRow": "line", "NetworkSettings": "object"}
    named["LineTap"] = "tap"
    return named.get(model, "object" if model in ("Tariff", "Market", "Dso") else model.lower())


def options() -> str:
    """Every command with its arguments and options."""
    parsers = {"python app.py": app.parser()}
    for name, line in COMMANDS.items():
        parser = argparse.ArgumentParser(description=f"{line[0].upper()}{line[1:]}.")
        import_module(f"p2pdnr.cli.{name}").add_arguments(parser)
        parsers |= _with_actions(f"python -m p2pdnr {name}", parser)
    return "\n\n".join(_command(name, parser) for name, parser in parsers.items())


def _with_actions(name: str, parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """A command, or in its place those that it is divided into."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            said = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for choice, inner in action.choices.items():
                inner.description = f"{said[choice][:1].upper()}{said[choice][1:]}."
            return {f"{name} {choice}": inner for choice, inner in action.choices.items()}
    return {name: parser}


def _command(name: str, parser: argparse.ArgumentParser) -> str:
    rows = [_option(action) for action in parser._actions if action.dest != "help"]
    table = markdown(["argument", "meaning"], rows, numbers=False)
    return f"## {name}\n\n{parser.description}\n\n{table}"


def _option(action: argparse.Action) -> list[str]:
    choices = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else None
    takes = action.metavar or choices or ("" if action.nargs == 0 else action.dest.upper())
    value = " ".join(takes) if isinstance(takes, tuple) else takes
    named = ", ".join(action.option_strings)
    meaning = (action.help or "").replace("%%", "%").replace("|", "\\|")
    return [f"`{f'{named} {value}'.strip()}`", meaning]


def names() -> str:
    """The public names of the package, with the first line of what they say of themselves."""
    return markdown(["name", "what it is"], [_named(name) for name in p2pdnr.__all__], numbers=False)


def _named(name: str) -> list[str]:
    thing = getattr(p2pdnr, name)
    arguments = "" if inspect.isclass(thing) else "(" + ", ".join(map(str, _arguments(thing))) + ")"
    first, *more = (inspect.getdoc(thing) or "").split("\n\n")
    told = " ".join([first, *more[:1]] if thing is p2pdnr.Options else [first])
    plain = re.sub(
        r":\w+:`(?:p2pdnr\.)?(?:errors\.)?([^`]+)`|``([^`]+)``", lambda found: f"`{found[1] or found[2]}`", told
    )
    return [f"`{name}{arguments}`", " ".join(plain.split())]


def _arguments(function: Callable[..., Any]) -> Iterator[str]:
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    for item in inspect.signature(function).parameters.values():
        default = "" if item.default is inspect.Parameter.empty else f"={item.default!r}"
        yield f"{stars.get(item.kind, '')}{item.name}{default}"
