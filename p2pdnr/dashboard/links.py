"""Share links: what differs from a named case, small enough for an address.

A link is base64url(deflate(JSON)) of ``{"v": 1, "case", "hash", "mode", "p2p", "patch"}``; the patch is keyed by
prosumer id (:mod:`p2pdnr.scenario.patch`), the hash is the case's, so that a link is never laid onto another day.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any

from p2pdnr.dashboard import drafts
from p2pdnr.dashboard.cases import Case
from p2pdnr.errors import Problem, ScenarioError
from p2pdnr.scenario import document, patch

MAX_LINK, MAX_INFLATED = 8_192, 262_144
"""Characters of a link; bytes of what it unpacks to, so that a small one cannot fill the memory."""

_VERSION, _HASH = 1, 16


def write(draft: Mapping[str, Any], cases: Mapping[str, Case]) -> str:
    """The link to a draft; raises ScenarioError where a file has to serve instead."""
    case, reading = cases.get(draft.get("case") or ""), drafts.read(draft)
    if reading.scenario is None:
        raise _refused("has cells that are wrong", "Correct them first")
    if case is None:
        raise _refused("is none of the cases that come with the page", "Download the scenario and send the file")
    content = {
        "v": _VERSION,
        "case": case.key,
        "hash": _hash(case),
        "mode": draft["mode"],
        "p2p": draft.get("trading", drafts.ON) != drafts.OFF,
        "patch": patch.difference(case.scenario, reading.scenario),
    }
    packed = zlib.compress(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode(), 9)
    link = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    if len(link) > MAX_LINK:
        raise _refused("differs too much from its case for a link", "Download the scenario and send the file")
    return link


def read(link: str, cases: Mapping[str, Case]) -> tuple[Case, dict[str, Any]]:
    """The case of a link and the draft with its edits; raises ScenarioError with every problem."""
    content = _unpacked(link)
    case = cases.get(str(content.get("case")))
    if content.get("v") != _VERSION or case is None:
        raise _refused("belongs to a case that is not known here", "Ask for the scenario as a file")
    if content.get("hash") != _hash(case):
        raise _refused(f"was made for another version of the case {case.title}", "Ask for the scenario as a file")
    edited = drafts.edited(case.scenario, patch.apply(case.scenario, content.get("patch", {})))
    mode = content.get("mode") if content.get("mode") in drafts.MODES else drafts.MODES[0]
    trading = drafts.OFF if content.get("p2p") is False else drafts.ON
    return case, edited | {"case": case.key, "mode": mode, "trading": trading}


def _unpacked(link: str) -> dict[str, Any]:
    damaged = _refused("is damaged or incomplete", "Copy all of it, up to its last character")
    if len(link) > MAX_LINK:
        raise _refused("is longer than links of this page are", "Ask for the scenario as a file")
    try:
        packed = base64.b64decode(link + "=" * (-len(link) % 4), altchars=b"-_", validate=True)
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(packed, MAX_INFLATED)
        if not unpacking.eof:
            raise damaged
        content = json.loads(text)
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        raise damaged from None
    if not isinstance(content, dict):
        raise damaged
    return content


def _hash(case: Case) -> str:
    return document.sha256(case.scenario)[:_HASH]


def _refused(message: str, remedy: str) -> ScenarioError:
    return ScenarioError([Problem("share link", "", (), message, remedy)])
