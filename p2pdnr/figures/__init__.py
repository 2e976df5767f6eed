"""Charts of a result as plotly figures: pure functions of what the page receives of a result, and of a theme.

They take the payload of :mod:`p2pdnr.results.payload` rather than the tables, so that a web server draws a chart in
milliseconds, without data frames, from the file it serves anyway; of a StudyResult, draw ``payload(result)``.

A figure's ``layout.meta`` holds ``caption`` (two strings: a statement and its explanation) and ``cursor`` ("line",
"column" or null): how the page marks the hour. Axes cover the whole day and never depend on an hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Payload = Mapping[str, Any]
"""One result as :mod:`p2pdnr.results.payload` describes it."""
