"""What the page sends to its callbacks, seen to have the shape that the page gives it: anybody may send anything.

The first thing that is wrong ends the reading: a body that is wrong everywhere must not cost a complaint for each byte.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, TypeAdapter, ValidationError
from werkzeug.exceptions import BadRequest

from p2pdnr.dashboard.columns import COLUMNS, LIKE, ROW, SETTINGS
from p2pdnr.dashboard.drafts import MAX_ROWS, MODES, OFF, ON

T = TypeVar("T")

MAX_TEXTS = 10_000
"""Profiles, preferences or settings of a draft."""

MAX_TOLD, MAX_TOLD_IDS, MAX_TOLD_TEXT = 2_000, 1_000, 10_000
"""Problems that a solve may have reported, ids that one names, and characters of each of its texts."""


def _texts(value: Any) -> dict[str, str]:
    """An object of texts."""
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise ValueError("is no object of texts")
    return value


def _some_texts(value: Any) -> dict[str, str]:
    """An object of texts that is not larger than the page's are."""
    if len(_texts(value)) > MAX_TEXTS:
        raise ValueError(f"has more than {MAX_TEXTS:,} entries")
    return _texts(value)


def _row(value: Any) -> dict[str, str]:
    return _with(_ROW_KEYS, _texts(value))


def _settings(value: Any) -> dict[str, str]:
    return _with(_SETTING_KEYS, _some_texts(value))


_ROW_KEYS = frozenset({ROW, LIKE, *(field.key for field in COLUMNS)})
_SETTING_KEYS = frozenset(field.key for field in SETTINGS)


def _with(keys: frozenset[str], texts: dict[str, str]) -> dict[str, str]:
    """The texts, once every key is there."""
    if missing := keys - texts.keys():
        raise ValueError(f"lacks {', '.join(sorted(missing))}")
    return texts


Texts = Annotated[dict[str, str], PlainValidator(_some_texts)]
Row = Annotated[dict[str, str], PlainValidator(_row)]
Rows = Annotated[list[Row], Field(max_length=MAX_ROWS, fail_fast=True)]


Places = Annotated[dict[str, Annotated[list[float], Field(min_length=2, max_length=2)]], Field(max_length=MAX_TEXTS)]


class _Shape(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")


class Solved(_Shape):
    """What the draft is compared with; its settings are empty where nothing was solved."""

    rows: Rows
    settings: Texts
    profiles: Texts | None = None
    preferences: Texts | None = None


class Draft(_Shape):
    """A draft, see :mod:`p2pdnr.dashboard.drafts`."""

    base: dict[str, Any]
    rows: Rows
    settings: Annotated[dict[str, str], PlainValidator(_settings)]
    profiles: Texts | None = None
    preferences: Texts | None = None
    places: Places | None = None
    mode: Literal[MODES]  # type: ignore[valid-type]
    trading: Literal[ON, OFF] = ON  # type: ignore[valid-type]
    case: str | None = None
    solved: Solved


_Said = Annotated[str, Field(max_length=MAX_TOLD_TEXT)]


class Told(_Shape):
    """A problem that a solve reported."""

    model_config = ConfigDict(extra="forbid")

    component: _Said
    field: _Said
    ids: Annotated[list[_Said], Field(max_length=MAX_TOLD_IDS, fail_fast=True)]
    message: _Said
    remedy: _Said


AllTold = Annotated[list[Told], Field(max_length=MAX_TOLD, fail_fast=True)]


class ImportedFile(_Shape):
    """A file that is no text, or one of several."""

    name: str
    base64: str


class Import(_Shape):
    """A file that was opened: its text, or what was opened as ``files``."""

    text: str
    name: str
    files: Annotated[list[ImportedFile], Field(max_length=10, fail_fast=True)] | None = None


class Opened(_Shape):
    """A link to read."""

    open: str


class Shared(_Shape):
    """A draft to make a link of."""

    draft: Draft


def expect(shape: Any, value: T) -> T:
    """The value as it came, once it is seen to have the shape; answers 400 to the rest."""
    try:
        TypeAdapter(shape).validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"][:4])) or "the value"
        raise BadRequest(f"This is not what the page sends: {where}: {first['msg']}.") from None
    return value
