"""Types of single fields of a scenario, as strict as JSON's, and what all its models have in common."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

HUGE = 1e9
"""Larger quantities (in kW, kWh, EUR, A) are refused: they are slips, and they ruin the numbers of every solver."""

MAX_HOURS, FREE_HOURS = 672, 168
"""Most steps: a week of quarter hours. More than the second of these must lie within a week."""
MAX_NAME, MAX_TEXT = 200, 10_000

ID_PATTERN = r"^[\p{L}\p{M}\p{Nd}_ .-]{1,40}$"
"""Letters and digits of any language, as JSON schema and its readers have it (Python's re does not)."""


def is_id(text: str) -> bool:
    """Whether a text is what :data:`ID_PATTERN` says."""
    return 1 <= len(text) <= 40 and all(map(_in_an_id, text))


def _in_an_id(character: str) -> bool:
    kind = unicodedata.category(character)
    return character in "_ .-" or kind[0] in "LM" or kind == "Nd"


def whole(value: Any) -> Any:
    """2.0 is a whole number in JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _line_key(key: Any) -> Any:
    """Keys of JSON objects are texts: "3" is line 3, while "03", "3.0" and " 3" are refused as they stand."""
    plain = isinstance(key, str) and key.isascii() and key.isdigit() and not key.startswith("0") and len(key) < 10
    return int(key) if plain else key


Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-HUGE, le=HUGE)]
NotNegative = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=HUGE)]
Positive = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=HUGE)]
Share = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1)]
PositiveShare = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=1)]
Voltage = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=2)]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000), BeforeValidator(whole)]
Position = Annotated[int, Field(strict=True, ge=1, le=1_000_000), BeforeValidator(whole)]
LineKey = Annotated[int, Field(strict=True, ge=1, le=1_000_000), BeforeValidator(_line_key)]
LINE_KEYS = Field(json_schema_extra={"propertyNames": {"pattern": "^[1-9][0-9]{0,6}$"}})
BUS_KEYS = Field(json_schema_extra={"propertyNames": {"pattern": "^[1-9][0-9]{0,6}$", "title": "bus number"}})
ProsumerId = Annotated[str, Field(strict=True, pattern=ID_PATTERN)]
Name = Annotated[str, Field(strict=True, min_length=1, max_length=MAX_NAME)]
Text = Annotated[str, Field(strict=True, max_length=MAX_TEXT)]
# How many hours there are is judged over all lists at once (consistency), so that one slip is one message.
Series = Annotated[tuple[Number, ...], Field(json_schema_extra={"minItems": 1, "maxItems": MAX_HOURS})]

# What may be written in more than one way has one form here; the JSON schema says all (p2pdnr.scenario.spelling).
_NUMBER = {"type": "number", "minimum": -HUGE, "maximum": HUGE}
_SERIES = {"type": "array", "items": _NUMBER, "minItems": 1, "maxItems": MAX_HOURS}
_PLACE = {"type": "integer", "minimum": 1, "maximum": 1_000_000}
_OWN_ID = {"type": "string", "minLength": 1, "maxLength": MAX_NAME, "pattern": "[^0-9.]"}
PriceSeries = Annotated[tuple[Number, ...], WithJsonSchema({"anyOf": [_NUMBER, _SERIES]})]
BusPlace = Annotated[Position, WithJsonSchema({"anyOf": [_PLACE, _OWN_ID]})]
LinePlace = Annotated[Position, WithJsonSchema({"anyOf": [_PLACE, _OWN_ID]})]


def form(value: Any) -> str | None:
    """Which form of a field with several forms a value takes; names that no document holds."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return "<text>"
    if isinstance(value, int | float):
        return "<number>"
    return "<list>" if isinstance(value, list | tuple) else "<object>"


class Model(BaseModel):
    """Frozen, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
