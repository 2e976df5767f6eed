"""The page in a language: which one a request asks for, its HTML, and the sentences that its scripts need.

The language is in the address of the page (``?lang=de``); without one it is the first that the browser prefers among
those there are, else English. What Dash asks for on its own comes from an address that names the language
(:func:`own_routes`), since a browser does not tell where a request comes from.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

from dash import Dash
from flask import has_request_context, request

from p2pdnr import languages
from p2pdnr.languages import Language

PREFIX = "in"
"""What stands before the language in the addresses of Dash's own requests."""

_TAG = re.compile(r"(<!--.*?-->|<script\b.*?</script>|<[^>]*>)", re.DOTALL)
_SAID = re.compile(r'\b(aria-label|title)="([^"]*)"')
_MARK = re.compile(r"\{%\w+%\}|__\w+__")
_OWN = ("_dash-layout", "_dash-dependencies", "_dash-update-component")


def of_request(known: Mapping[str, Language] | None = None) -> Language:
    """The language that the request at work asks for; English where there is none."""
    there = known or languages.known()
    if not has_request_context():
        return languages.ENGLISH
    named = (request.view_args or {}).get("language") or request.args.get("lang")
    preferred = request.accept_languages.best_match(list(there)) if request.accept_languages else None
    return there.get(str(named)) or there.get(preferred or "") or languages.ENGLISH


def translated(text: str, language: Language) -> str:
    """HTML with its texts, titles and labels in a language; tags, scripts and marks stay."""
    if not language.server:
        return text
    parts = _TAG.split(text)
    texts = [_attributes(part, language) if index % 2 else _words(part, language) for index, part in enumerate(parts)]
    return "".join(texts).replace('<html lang="en">', f'<html lang="{language.key}">')


def sentences(text: str) -> list[str]:
    """The English sentences of some HTML, as :func:`translated` looks for them."""
    parts = _TAG.split(text)
    texts = [part.strip() for part in parts[::2]]
    labels = [found[2] for part in parts[1::2] if not part.startswith(("<!--", "<script")) for found in _said(part)]
    found = [html.unescape(one) for one in (*texts, *labels)]
    return [one for one in found if re.search(r"[^\W\d_]{2,}", _MARK.sub("", one))]


def block(language: Language) -> str:
    """What scripts read the sentences of a language from (assets/page/language.js); empty for English."""
    if not language.script:
        return ""
    told = {
        "key": language.key,
        "locale": language.locale,
        "capitals": language.capitals,
        "script": dict(language.script),
        "server": dict(language.server),
        "told": dict(language.told),
    }
    return f'<script type="application/json" id="words">{_json(told)}</script>\n'


def menu(known: Mapping[str, Language], chosen: Language) -> str:
    """The options of the choice of languages."""
    return "".join(
        f'<option value="{key}" lang="{key}"{" selected" if key == chosen.key else ""}>{html.escape(one.name)}</option>'
        for key, one in known.items()
    )


def own_routes(app: Dash) -> None:
    """Dash's own routes once more, with the language in their addresses."""
    rules = {rule.rule: rule for rule in app.server.url_map.iter_rules()}
    prefix = app.config.routes_pathname_prefix
    for name in _OWN:
        rule = rules[f"{prefix}{name}"]
        view: Any = app.server.view_functions[rule.endpoint]
        app.server.add_url_rule(
            f"{prefix}{PREFIX}/<language>/{name}",
            f"{rule.endpoint}_in",
            lambda language, view=view: view(),
            methods=sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}),
        )


def asking(config: str, language: Language) -> str:
    """Dash's configuration in the page, so that what it asks for names the language; English asks as ever."""
    if not language.server:
        return config
    return re.sub(r'("requests_pathname_prefix":\s*")([^"]*)"', rf'\g<1>\g<2>{PREFIX}/{language.key}/"', config)


def _said(tag: str) -> list[re.Match[str]]:
    return list(_SAID.finditer(tag))


def _words(text: str, language: Language) -> str:
    bare = text.strip()
    told = language.server.get(html.unescape(bare)) if bare else None
    return text.replace(bare, html.escape(told.split("|")[0], quote=False)) if told else text


def _attributes(tag: str, language: Language) -> str:
    if tag.startswith(("<!--", "<script")):
        return tag
    return _SAID.sub(lambda found: f'{found[1]}="{html.escape(language(html.unescape(found[2])))}"', tag)


def _json(value: Any) -> str:
    """JSON that ends no script."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
