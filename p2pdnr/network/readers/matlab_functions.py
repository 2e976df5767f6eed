"""Functions and constants of MATLAB that conversions in case files use, on matrices of numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Value = npt.NDArray[Any]
"""A matrix; a number is one of one row and column. What comparisons give are masks (bool)."""

MOST_MADE = 10_000_000
"""Numbers of one matrix that a function may make."""


def number(value: float) -> Value:
    """A number as a matrix."""
    return np.full((1, 1), float(value))


CONSTANTS: dict[str, float] = {
    "pi": np.pi, "Inf": np.inf, "inf": np.inf, "NaN": np.nan, "nan": np.nan, "NA": np.nan,
    "eps": float(np.finfo(float).eps), "true": 1.0, "false": 0.0,
}  # fmt: skip
"""Names that stand for numbers unless a file gives them another meaning."""


def call(name: str, arguments: Sequence[Value]) -> Value:
    """What a function gives. Raises ValueError for one that is not known, or for what it does not take."""
    if name in _EACH:
        (value,) = _exactly(name, arguments, 1)
        return np.asarray(_EACH[name](value * 1.0))
    if name in _PAIRS and len(arguments) == 2:
        return np.asarray(_PAIRS[name](arguments[0] * 1.0, arguments[1] * 1.0))
    if name in _ALONG and 1 <= len(arguments) <= 3:
        return _along(name, arguments)
    if name in _OTHER:
        return np.asarray(_OTHER[name](arguments), dtype=np.float64)
    raise ValueError(f"'{name}' is not known")


def is_function(name: str) -> bool:
    """Whether :func:`call` knows it."""
    return name in _EACH or name in _PAIRS or name in _ALONG or name in _OTHER


def _exactly(name: str, arguments: Sequence[Value], count: int) -> Sequence[Value]:
    if len(arguments) != count:
        raise ValueError(f"{name} takes {count} argument{'s' if count > 1 else ''}")
    return arguments


def _real(function: Callable[[Value], Value]) -> Callable[[Value], Value]:
    """A function that would give a complex number where this one gives none."""

    def evaluated(value: Value) -> Value:
        result = function(value)
        if (np.isnan(result) & ~np.isnan(value)).any():
            raise ValueError("the result would not be a real number")
        return result

    return evaluated


def _rounded(value: Value) -> Value:
    """Halves away from zero, as MATLAB rounds."""
    return np.sign(value) * np.floor(np.abs(value) + 0.5)


_EACH: dict[str, Callable[[Value], Value]] = {
    "sqrt": _real(np.sqrt), "log": _real(np.log), "log10": _real(np.log10), "exp": np.exp, "abs": np.abs,
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": _real(np.arcsin), "acos": _real(np.arccos),
    "atan": np.arctan, "round": _rounded, "floor": np.floor, "ceil": np.ceil, "fix": np.trunc, "sign": np.sign,
    "double": np.asarray, "real": np.asarray, "logical": lambda value: value != 0.0, "isnan": np.isnan,
    "isinf": np.isinf, "not": lambda value: value == 0.0, "deg2rad": np.deg2rad, "rad2deg": np.rad2deg,
    "cosd": lambda value: np.cos(np.deg2rad(value)), "sind": lambda value: np.sin(np.deg2rad(value)),
    "tand": lambda value: np.tan(np.deg2rad(value)),
}  # fmt: skip

_PAIRS: dict[str, Callable[[Value, Value], Value]] = {
    "max": np.fmax, "min": np.fmin, "atan2": np.arctan2, "hypot": np.hypot, "power": np.power, "times": np.multiply,
    "rdivide": np.divide, "plus": np.add, "minus": np.subtract, "rem": np.fmod, "mod": np.mod,
    "ismember": lambda some, known: np.isin(some, known), "eq": np.equal, "ne": np.not_equal,
}  # fmt: skip

_ALONG: dict[str, Callable[..., Value]] = {
    "sum": np.sum, "prod": np.prod, "mean": np.mean, "max": np.nanmax, "min": np.nanmin, "any": np.any, "all": np.all,
    "cumsum": np.cumsum, "cumprod": np.cumprod, "median": np.median,
}  # fmt: skip


def _along(name: str, arguments: Sequence[Value]) -> Value:
    """A function of columns: along the first direction that has more than one entry, or the one that is named."""
    value = arguments[0] * 1.0
    if name in ("max", "min") and len(arguments) == 3 and arguments[1].size:
        raise ValueError(f"{name} takes an empty second argument before a direction")
    first = 1 if value.shape[0] == 1 else 0
    axis = whole(arguments[-1]) - 1 if len(arguments) > 1 else first
    if axis not in (0, 1) or not value.size:
        raise ValueError(f"{name} goes along direction 1 or 2 of a matrix that is not empty")
    keeps = {} if name.startswith("cum") else {"keepdims": True}
    return np.asarray(_ALONG[name](value, axis=axis, **keeps), dtype=np.float64)


def whole(value: Value) -> int:
    """A whole number from 0; raises ValueError for anything else."""
    if value.size != 1 or not 0 <= value.item() <= MOST_MADE or value.item() != int(value.item()):
        raise ValueError("a whole number was expected")
    return int(value.item())


def _shape(arguments: Sequence[Value]) -> tuple[int, int]:
    """Rows and columns from none, one (a square), two numbers, or a list of two."""
    numbers = [whole(np.asarray(entry)) for part in arguments for entry in part.ravel()] or [1]
    if len(numbers) > 2:
        raise ValueError("a matrix has rows and columns")
    rows, columns = numbers if len(numbers) == 2 else numbers * 2
    if rows * columns > MOST_MADE:
        raise ValueError(f"a matrix has at most {MOST_MADE:,} numbers here")
    return rows, columns


def _size(arguments: Sequence[Value]) -> Value:
    shape = arguments[0].shape
    if len(arguments) == 1:
        return np.array([shape], dtype=np.float64)
    direction = whole(arguments[1])
    return number(shape[direction - 1] if direction in (1, 2) else 1)


def _repeated(arguments: Sequence[Value]) -> Value:
    times = _shape(arguments[1:])
    if arguments[0].size * times[0] * times[1] > MOST_MADE:
        raise ValueError(f"a matrix has at most {MOST_MADE:,} numbers here")
    return np.tile(arguments[0], times)


def _found(arguments: Sequence[Value]) -> Value:
    """Places from 1 of what is not zero, down the columns."""
    (value,) = _exactly("find", arguments, 1)
    places = np.flatnonzero(value.ravel(order="F")) + 1.0
    return places.reshape(1, -1) if value.shape[0] == 1 and value.shape[1] != 1 else places.reshape(-1, 1)


def _joined(arguments: Sequence[Value], join: Callable[[list[Value]], Value]) -> Value:
    """Matrices beside or below each other, empty ones left out."""
    parts = [part for part in arguments if part.size]
    if sum(part.size for part in parts) > MOST_MADE:
        raise ValueError(f"a matrix has at most {MOST_MADE:,} numbers here")
    try:
        return join(parts) if parts else np.zeros((0, 0))
    except ValueError:
        raise ValueError("its rows differ in length") from None


def _set(arguments: Sequence[Value], name: str) -> Value:
    """The numbers of lists, in order and each once: a row unless all lists are columns."""
    lists = [part.ravel(order="F") for part in _exactly(name, arguments, 1 if name == "unique" else 2)]
    found = {
        "unique": lambda: np.unique(lists[0]),
        "setdiff": lambda: np.setdiff1d(lists[0], lists[1]),
        "union": lambda: np.union1d(lists[0], lists[1]),
        "intersect": lambda: np.intersect1d(lists[0], lists[1]),
    }[name]()
    column = all(part.shape[0] > 1 for part in arguments if part.size > 1)
    return found.reshape(-1, 1) if column and found.size > 1 else found.reshape(1, -1)


def _spaced(arguments: Sequence[Value]) -> Value:
    start, stop, *count = (part.item() for part in arguments)
    return np.linspace(start, stop, _shape([number(1), number(count[0] if count else 100)])[1])[None, :]


_OTHER: dict[str, Callable[[Sequence[Value]], Value]] = {
    "zeros": lambda arguments: np.zeros(_shape(arguments)),
    "ones": lambda arguments: np.ones(_shape(arguments)),
    "eye": lambda arguments: np.eye(*_shape(arguments)),
    "size": _size,
    "rows": lambda arguments: number(arguments[0].shape[0]),
    "columns": lambda arguments: number(arguments[0].shape[1]),
    "numel": lambda arguments: number(arguments[0].size),
    "length": lambda arguments: number(max(arguments[0].shape) if arguments[0].size else 0),
    "isempty": lambda arguments: number(arguments[0].size == 0),
    "repmat": _repeated,
    "vertcat": lambda arguments: _joined(arguments, np.vstack),
    "horzcat": lambda arguments: _joined(arguments, np.hstack),
    "unique": lambda arguments: _set(arguments, "unique"),
    "setdiff": lambda arguments: _set(arguments, "setdiff"),
    "union": lambda arguments: _set(arguments, "union"),
    "intersect": lambda arguments: _set(arguments, "intersect"),
    "find": _found,
    "linspace": _spaced,
    "transpose": lambda arguments: arguments[0].T,
}
