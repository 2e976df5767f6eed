"""Where a Chromium-like browser is on this machine, for what runs before anything is installed."""

from __future__ import annotations

from p2pdnr.cli.chromium import candidates, find

__all__ = ["candidates", "find"]
