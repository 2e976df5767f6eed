"""What the page sends to its callbacks, seen to have the shape that the page gives it: anybody may send anything."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from werkzeug.exceptions import BadRequest

from p2pdnr.dashboard.columns import COLUMNS, LIKE, ROW, SETTINGS
from p2pdnr.dashboard.drafts import MAX_ROWS, MODES, OFF, ON

T = TypeVar("T")
Texts = dict[str, str]


def _complete(row: Texts) -> Texts:
    missing = {ROW, LIKE, *(field.key for field in COLUMNS)} - row.keys()
    if missing:
        raise ValueError(f"lacks {', '.join(sorted(missing))}")
    return row


def _settings(texts: Texts) -> Texts:
    missing = {field.key for field in SETTINGS} - texts.keys()
    if missing:
        raise ValueError(f"lack {', '.join(sorted(missing))}")
    return texts


Rows = Annotated[list[Annotated[Texts, AfterValidator(_complete)]], Field(max_length=MAX_ROWS)]


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
    settings: Annotated[Texts, AfterValidator(_settings)]
    profiles: Texts | None = None
    preferences: Texts | None = None
    mode: Literal[MODES]  # type: ignore[valid-type]
    trading: Literal[ON, OFF] = ON  # type: ignore[valid-type]
    case: str | None = None
    solved: Solved


class Told(_Shape):
    """A problem that a solve reported."""

    model_config = ConfigDict(extra="forbid")

    component: str
    field: str
    ids: list[str]
    message: str
    remedy: str


class Import(_Shape):
    """A file that was opened."""

    text: str
    name: str


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
