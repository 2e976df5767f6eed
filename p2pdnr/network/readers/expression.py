"""Arithmetic written in MATLAB's way, evaluated over named numbers and matrices; nothing but arithmetic is possible."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

Value = npt.NDArray[np.float64]

MOST_NUMBERS = 50_000_000
"""Numbers that the expressions of one file may work out: hundreds of times what cases of the literature do."""

_EACH = 1_000
"""What reading an expression counts for, were it a single number."""

_FUNCTIONS: dict[str, Callable[[Value], Value]] = {
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "acos": np.arccos,
    "asin": np.arcsin,
    "atan": np.arctan,
    "abs": np.abs,
}
_TOKEN = re.compile(
    r"""\s*(?:
    (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?      # a number
    |[A-Za-z]\w*(?:\.[A-Za-z]\w*)?            # a name, or a field of a struct
    |\.?[*/^]|[-+(),:\[\]]
    )""",
    re.VERBOSE | re.ASCII,
)


class Purse:
    """What all expressions of a file may cost, in numbers that are worked out: a file of a megabyte can hold a matrix
    and ask for it a hundred thousand times."""

    def __init__(self, numbers: int = MOST_NUMBERS) -> None:
        self._left = numbers

    def spend(self, numbers: int) -> None:
        """Take so many; raises ValueError where there are not enough."""
        self._left -= numbers
        if self._left < 0:
            raise ValueError("the file asks for too much arithmetic; write the converted numbers into it")


def evaluate(text: str, known: Mapping[str, Value], purse: Purse | None = None) -> Value:
    """The value of an expression: + - * / ^, brackets, functions of one argument, columns or single entries of
    matrices.

    Products and quotients of two matrices are element by element, and only where they are written so (.* ./ .^).
    Raises ValueError when the text is anything else, or the ``purse`` is empty.
    """
    purse = purse or Purse()
    purse.spend(_EACH)
    parser = _Parser(_tokens(text), known, purse)
    value = parser.sum()
    parser.expect("")
    return np.asarray(value, dtype=np.float64)


def _tokens(text: str) -> list[str]:
    tokens, position, text = [], 0, text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"'{text[position : position + 10]}' was not expected")
        tokens.append(match[0].strip())
        position = match.end()
    return tokens


class _Parser:
    """Recursive descent over tokens; every method consumes what it evaluates."""

    def __init__(self, tokens: list[str], known: Mapping[str, Value], purse: Purse) -> None:
        self._tokens = [*tokens, ""]
        self._position = 0
        self._known = known
        self._purse = purse

    def expect(self, token: str) -> None:
        """Consume one given token ("" for the end)."""
        if self._next() != token:
            raise ValueError(f"'{self._next()}' was not expected" if self._next() else "it is incomplete")
        self._position += bool(token)

    def sum(self) -> Value:
        """Terms joined by + and -."""
        value = self._product()
        while (operator := self._next()) in ("+", "-"):
            self._position += 1
            term = self._product()
            self._pay(value, term)
            value = value + term if operator == "+" else value - term
        return value

    def _next(self) -> str:
        return self._tokens[self._position]

    def _product(self) -> Value:
        value = self._signed()
        while (operator := self._next()) in ("*", "/", ".*", "./"):
            self._position += 1
            factor = self._signed()
            _elementwise(operator, value, factor)
            self._pay(value, factor)
            value = value * factor if operator.endswith("*") else value / factor
        return value

    def _signed(self) -> Value:
        if (sign := self._next()) in ("+", "-"):
            self._position += 1
            return self._paid(-self._signed()) if sign == "-" else self._signed()
        return self._power()

    def _power(self) -> Value:
        value = self._atom()
        while (operator := self._next()) in ("^", ".^"):
            self._position += 1
            sign = -1.0 if self._next() == "-" else 1.0
            self._position += self._next() in ("+", "-")
            exponent = sign * self._atom()
            _elementwise(operator, value, exponent)
            self._pay(value, exponent)
            value = np.asarray(value, dtype=np.float64) ** exponent
        return value

    def _atom(self) -> Value:
        token = self._next()
        self._position += bool(token)
        if token == "(":
            value = self.sum()
            self.expect(")")
            return value
        if token == "[":
            return self._list()
        if token[:1].isdigit() or token[:1] == ".":
            return np.array(float(token))
        if token in _FUNCTIONS and self._next() == "(":
            return self._paid(_FUNCTIONS[token](self._atom()))
        if token not in self._known:
            raise ValueError(f"'{token}' is not known" if token else "it is incomplete")
        return self._indexed(self._known[token]) if self._next() == "(" else self._known[token]

    def _paid(self, value: Value) -> Value:
        self._purse.spend(np.size(value))
        return value

    def _pay(self, left: Value, right: Value) -> None:
        """For what two values make together, before it is made: a column and a row make a whole matrix."""
        self._purse.spend(np.broadcast(left, right).size)

    def _list(self) -> Value:
        """Names or numbers between brackets, with or without commas."""
        entries: list[float] = []
        while self._next() != "]":
            if entries and self._next() == ",":
                self._position += 1
            entries.append(float(self._atom()))
        self.expect("]")
        return np.array(entries)

    def _indexed(self, matrix: Value) -> Value:
        """matrix(rows, columns), either of them a colon or numbers from 1; one entry becomes a plain number."""
        self.expect("(")
        rows = self._index(matrix.shape[0] if matrix.ndim == 2 else 0)
        self.expect(",")
        columns = self._index(matrix.shape[1] if matrix.ndim == 2 else 0)
        self.expect(")")
        self._purse.spend(len(rows) + len(columns) + len(rows) * len(columns))
        part = matrix[np.ix_(rows, columns)]
        return part.reshape(()) if part.size == 1 else part

    def _index(self, size: int) -> list[int]:
        if self._next() == ":":
            self._position += 1
            return list(range(size))
        return positions(self.sum(), size)


def positions(value: Value, size: int) -> list[int]:
    """Indices from 0 out of numbers from 1 to ``size``; raises ValueError when one is something else."""
    numbers = np.atleast_1d(value).ravel().tolist()
    if not all(1 <= number <= size and number == int(number) for number in numbers):
        raise ValueError(f"an index is no whole number from 1 to {size}")
    return [int(number) - 1 for number in numbers]


def _elementwise(operator: str, left: Value, right: Value) -> None:
    """Refuse matrix products, quotients and powers: only their element-by-element forms are meant by conversions."""
    both = np.size(left) > 1 and np.size(right) > 1
    divisor = operator == "/" and np.size(right) > 1
    power = operator == "^" and (np.size(left) > 1 or np.size(right) > 1)
    if (both and not operator.startswith(".")) or divisor or power:
        raise ValueError(f"a matrix {operator} is not element by element")
