"""Who asks for solves, and how many of one kind may be under way."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from p2pdnr.server.settings import Settings


@dataclass(frozen=True)
class Client:
    """Who asks: the browser session, whether its cookie was known (else it is new), and the address it asks from."""

    session: str
    known: bool = True
    address: str = ""


def refusal(client: Client, live: Sequence[Client], settings: Settings) -> str:
    """Why this client may have no other solve beside those that are ``live``; empty where it may.

    Who keeps no cookie is somebody new with every request: all of an address share one limit. On this machine everybody
    has the same address, and so have all behind a proxy that runs on it.
    """
    if sum(other.session == client.session for other in live) >= settings.jobs_per_session:
        return "This browser already has as many solves under way as it may. Cancel one or wait for it."
    here = [other for other in live if other.address == client.address]
    if not client.known and sum(not other.known for other in here) >= settings.jobs_without_cookie:
        return "Your address has as many solves under way without a cookie as it may. Open the page, or wait."
    if not _is_loopback(client.address) and len(here) >= settings.jobs_per_address:
        return "Your address has as many solves under way as it may. Cancel one or wait for it."
    return ""


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return True
