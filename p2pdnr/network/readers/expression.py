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
    "exp": np.exp,
    "log": np.log,
    "round": np.round,
    "floor": np.floor,
    "ceil": np.ceil,
}
_CONSTANTS = {"pi": np.pi, "Inf": np.inf, "inf": np.inf, "NaN": np.nan, "nan": np.nan, "eps": 2.0**-52}
_COMPARISONS: dict[str, Callable[[Value, Value], npt.NDArray[np.bool_]]] = {
    "==": np.equal,
    "~=": np.not_equal,
    "!=": np.not_equal,
    "<=": np.less_equal,
    ">=": np.greater_equal,
    "<": np.less,
    ">": np.greater,
}
_MAKERS = ("ones", "zeros", "size", "length", "numel", "find")
_TOKEN = re.compile(
    r"""\s*(?:
    (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?      # a number
    |[A-Za-z]\w*(?:\.[A-Za-z]\w*)?            # a name, or a field of a struct
    |[=~!<>]=|[<>&|]                          # a comparison
    |\.?[*/^]|\.?'|[-+(),:;\[\]]
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
    """The value of an expression: + - * / ^, comparisons, brackets, functions of one number, ranges, transposes, parts
    of matrices by row and column, ``end`` among these, and ones, zeros, size, length, numel, find.

    Products and quotients of two matrices are element by element, and only where they are written so (.* ./ .^).
    Raises ValueError when the text is anything else, or the ``purse`` is empty.
    """
    purse = purse or Purse()
    purse.spend(_EACH)
    parser = _Parser(_tokens(text), known, purse)
    value = parser.value()
    parser.expect("")
    return np.asarray(value, dtype=np.float64)


def indices(text: str, shape: tuple[int, int], known: Mapping[str, Value], purse: Purse) -> tuple[list[int], list[int]]:
    """Rows and columns, from 0, that "rows, columns" on the left of an assignment name in a matrix of this shape; they
    may lie beyond it. Raises ValueError when the text is anything else."""
    purse.spend(_EACH)
    parser = _Parser(_tokens(text), known, purse)
    rows = parser.index(shape[0], grows=True)
    parser.expect(",")
    columns = parser.index(shape[1], grows=True)
    parser.expect("")
    return rows, columns


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
        self._ends: list[int] = []

    def expect(self, token: str) -> None:
        """Consume one given token ("" for the end)."""
        if self._next() != token:
            raise ValueError(f"'{self._next()}' was not expected" if self._next() else "it is incomplete")
        self._position += bool(token)

    def value(self) -> Value:
        """Comparisons joined by & and |."""
        value = self._compared()
        while (operator := self._next()) in ("&", "|"):
            self._position += 1
            other = self._compared()
            self._pay(value, other)
            value = np.asarray((value != 0) & (other != 0) if operator == "&" else (value != 0) | (other != 0))
        return value

    def _compared(self) -> Value:
        value = self._range()
        while (operator := self._next()) in _COMPARISONS:
            self._position += 1
            other = self._range()
            self._pay(value, other)
            value = np.asarray(_COMPARISONS[operator](value, other))
        return value

    def _range(self, part: Callable[[], Value] | None = None) -> Value:
        """a, a:b or a:step:b, the latter as a row."""
        part = part or self._sum
        parts = [part()]
        while self._next() == ":" and len(parts) < 3:
            self._position += 1
            parts.append(part())
        if len(parts) == 1:
            return parts[0]
        first, last = float(parts[0]), float(parts[-1])
        step = float(parts[1]) if len(parts) == 3 else 1.0
        count = np.floor((last - first) / step * (1.0 + 1e-12)) + 1.0 if step else 0.0
        self._purse.spend(int(min(max(count, 0.0), 1e12)) if np.isfinite(count) else 10**12)
        return first + step * np.arange(max(count, 0.0))[None]

    def _sum(self) -> Value:
        """Terms joined by + and -."""
        value = self._product()
        while (operator := self._next()) in ("+", "-"):
            self._position += 1
            term = 1.0 * self._product()
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
        value = self._transposed()
        while (operator := self._next()) in ("^", ".^"):
            self._position += 1
            sign = -1.0 if self._next() == "-" else 1.0
            self._position += self._next() in ("+", "-")
            exponent = sign * self._transposed()
            _elementwise(operator, value, exponent)
            self._pay(value, exponent)
            value = np.asarray(value, dtype=np.float64) ** exponent
        return value

    def _transposed(self) -> Value:
        value = self._atom()
        while self._next() in ("'", ".'"):
            self._position += 1
            value = self._paid(np.atleast_2d(value).T if np.ndim(value) else value)
        return value

    def _atom(self) -> Value:
        token = self._next()
        self._position += bool(token)
        if token == "(":
            value = self.value()
            self.expect(")")
            return value
        if token == "[":
            return self._list()
        if token[:1].isdigit() or token[:1] == ".":
            return np.array(float(token))
        if token == "end" and self._ends:
            return np.array(float(self._ends[-1]))
        if token in self._known:
            return self._indexed(self._known[token]) if self._next() == "(" else self._known[token]
        return self._named(token)

    def _named(self, token: str) -> Value:
        """A constant, or a function of what stands in brackets behind it."""
        if self._next() == "(" and (token in _FUNCTIONS or token in _MAKERS):
            arguments = self._arguments()
            if token in _MAKERS:
                return self._made(token, arguments)
            if len(arguments) == 1:
                return self._paid(_FUNCTIONS[token](1.0 * arguments[0]))
            raise ValueError(f"{token} takes one argument")
        if token in _CONSTANTS:
            return np.array(_CONSTANTS[token])
        raise ValueError(f"'{token}' is not known" if token else "it is incomplete")

    def _arguments(self) -> list[Value]:
        self.expect("(")
        arguments = [self.value()]
        while self._next() == ",":
            self._position += 1
            arguments.append(self.value())
        self.expect(")")
        return arguments

    def _made(self, token: str, arguments: list[Value]) -> Value:
        """ones, zeros, and what is asked of a matrix: size, length, numel, find."""
        first = np.atleast_2d(arguments[0])
        if token in ("ones", "zeros"):
            sides = [float(side) for argument in arguments for side in np.ravel(argument).tolist()]
            rows, columns = (sides * 2)[:2] if len(sides) == 1 else sides
            if not (0 <= rows == int(rows) and 0 <= columns == int(columns)):
                raise ValueError(f"{token} takes whole numbers")
            self._purse.spend(int(rows * columns) if rows * columns < 1e12 else 10**12)
            return np.full((int(rows), int(columns)), float(token == "ones"))
        if token == "find":
            places = np.flatnonzero(first) + 1.0
            return np.asarray(places[None] if first.shape[0] == 1 else places[:, None], dtype=np.float64)
        if token == "size":
            shape = np.array([first.shape], dtype=np.float64)
            return shape if len(arguments) == 1 else shape[0, positions(arguments[1], 2)[0]]
        return np.array(float(first.size if token == "numel" else max(first.shape)))

    def _paid(self, value: Value) -> Value:
        self._purse.spend(np.size(value))
        return value

    def _pay(self, left: Value, right: Value) -> None:
        """For what two values make together, before it is made: a column and a row make a whole matrix."""
        self._purse.spend(np.broadcast(left, right).size)

    def _list(self) -> Value:
        """Numbers or matrices between brackets, beside each other with or without commas, semicolons between rows."""
        rows: list[list[Value]] = [[]]
        while self._next() != "]":
            if self._next() == ";":
                self._position += 1
                rows.append([])
                continue
            if rows[-1] and self._next() == ",":
                self._position += 1
            elif rows[-1] and self._next() in ("+", "-"):
                raise ValueError("a sign in a list needs a comma before it, or brackets round the sum")
            rows[-1].append(np.atleast_2d(self._range(self._product)))
        self.expect("]")
        filled = [np.hstack(row) for row in rows if row]
        self._purse.spend(sum(row.size for row in filled))
        return np.vstack(filled) if filled else np.zeros((0, 0))

    def _indexed(self, matrix: Value) -> Value:
        """matrix(rows, columns), either of them a colon or numbers from 1; one entry becomes a plain number."""
        if matrix.ndim != 2:
            raise ValueError("it is no matrix")
        self.expect("(")
        rows = self.index(matrix.shape[0])
        self.expect(",")
        columns = self.index(matrix.shape[1])
        self.expect(")")
        self._purse.spend(len(rows) + len(columns) + len(rows) * len(columns))
        part = matrix[np.ix_(rows, columns)]
        return part.reshape(()) if part.size == 1 else part

    def index(self, size: int, grows: bool = False) -> list[int]:
        """Indices from 0 along a side of this length, which they may exceed where the matrix ``grows``."""
        if self._next() == ":" and self._tokens[self._position + 1] in (",", ")", ""):
            self._position += 1
            return list(range(size))
        self._ends.append(size)
        value = self.value()
        self._ends.pop()
        return positions(value, MOST_NUMBERS if grows else size)


def positions(value: Value, size: int) -> list[int]:
    """Indices from 0 out of numbers from 1 to ``size``; raises ValueError when one is something else."""
    if value.dtype == np.bool_:
        value = np.asarray(np.flatnonzero(value) + 1.0, dtype=np.float64)
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
