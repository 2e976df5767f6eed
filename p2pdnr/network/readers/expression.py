"""Arithmetic written in MATLAB's way, evaluated over named numbers and matrices; nothing but arithmetic is possible."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from p2pdnr.network.readers import matlab_functions
from p2pdnr.network.readers.matlab_functions import Value, number
from p2pdnr.network.readers.matlab_tokens import Token, plain_rows, tokens

MOST_NUMBERS = 50_000_000
"""Numbers that the expressions of one file may work out: hundreds of times what cases of the literature do."""

_EACH = 4_000
"""What an expression, an operator, a name or brackets count for, were they about a single number."""

_END = Token("sign", "", False, 0, 0)


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
    """The value of an expression, a matrix: MATLAB's operators, matrices in brackets, ranges, entries of matrices,
    and the functions of :mod:`.matlab_functions`.

    Raises ValueError when the text is anything else, a result would not be real, or the ``purse`` is empty.
    """
    return Parser(tokens(text), known, purse or Purse()).everything()


class Parser:
    """Recursive descent over tokens; every method consumes what it evaluates."""

    def __init__(self, words: Iterable[Token], known: Mapping[str, Value], purse: Purse) -> None:
        self._tokens = [*words, _END]
        self._position = 0
        self._known = known
        self._purse = purse
        self._ends: list[int] = []
        self._in_matrix = False
        purse.spend(_EACH)

    @property
    def next(self) -> Token:
        """The token that comes next; its text is empty at the end."""
        return self._tokens[self._position]

    def take(self) -> Token:
        """Consume the next token."""
        token = self.next
        self._position += token is not _END
        return token

    def expect(self, text: str) -> None:
        """Consume one given sign ("" for the end)."""
        if self.next.text != text or self.next.kind == "text":
            raise _unexpected(self.next)
        self.take()

    def everything(self) -> Value:
        """The one expression that all tokens make."""
        value = self.whole()
        self.expect("")
        return value

    def whole(self) -> Value:
        """An expression, of the operators that bind least."""
        return self._joined(0)

    def index(self, shape: tuple[int, ...]) -> tuple[Value | None, ...]:
        """What stands in brackets behind a matrix of ``shape``: numbers from 1 in each direction, None for a colon."""
        self.expect("(")
        sizes = (int(np.prod(shape)),) if self._is_alone() else shape
        lists: list[Value | None] = []
        with self._inside(matrix=False):
            while not lists or self.next.text == ",":
                if lists:
                    self.take()
                self._ends.append(sizes[min(len(lists), len(sizes) - 1)])
                lists.append(self._places())
                self._ends.pop()
        self.expect(")")
        return tuple(lists)

    @contextmanager
    def _inside(self, matrix: bool) -> Iterator[None]:
        """Within brackets: those of a matrix, where blanks part entries, or others."""
        outside, self._in_matrix = self._in_matrix, matrix
        yield
        self._in_matrix = outside

    def _is_alone(self) -> bool:
        """Whether the brackets that have just been opened hold one list alone."""
        depth = 0
        for count in range(len(self._tokens) - self._position):
            token = self._tokens[self._position + count]
            depth += token.deeper
            if depth < 0 or (depth == 0 and token.kind == "sign" and token.text == ","):
                self._purse.spend(count)
                return depth < 0
        raise ValueError("it is incomplete")

    def _places(self) -> Value | None:
        following = self._tokens[self._position + 1].text if self.next.text == ":" else ""
        if following in (",", ")") and self.next.text == ":":
            self.take()
            return None
        return self.whole()

    def _joined(self, level: int) -> Value:
        """Operands of :data:`_LEVELS` from the left."""
        if level == len(_LEVELS):
            return self._signed()
        if _LEVELS[level] is _RANGE:
            return self._range(level)
        value = self._joined(level + 1)
        while (operator := self._operator(_LEVELS[level])) is not None:
            self.take()
            value = self._combined(operator, value, self._joined(level + 1))
        return value

    def _operator(self, level: Mapping[str, Callable[[Value, Value], Value]]) -> str | None:
        """The operator that comes next, if it is of this level. In a matrix a sign with a blank before it and none
        behind begins another entry."""
        token = self.next
        if token.kind != "sign" or token.text not in level:
            return None
        begins = token.spaced and not self._tokens[self._position + 1].spaced and token.text in "+-"
        return None if self._in_matrix and begins else token.text

    def _combined(self, operator: str, left: Value, right: Value) -> Value:
        if operator in ("*", "/", "^") and not _is_number(left) | _is_number(right):
            return self._product(operator, left, right)
        if (operator == "/" and not _is_number(right)) or (operator == "^" and not left.size == right.size == 1):
            raise ValueError(f"a matrix {operator} is not element by element")
        self._purse.spend(_EACH + np.broadcast(left, right).size)
        result = np.asarray(_ELEMENTWISE[operator](left * 1.0, right * 1.0))
        if operator.endswith("^") and (np.isnan(result) & ~np.isnan(left * right)).any():
            raise ValueError("the result would not be a real number")
        return result

    def _product(self, operator: str, left: Value, right: Value) -> Value:
        """A product of two matrices."""
        if operator != "*":
            raise ValueError(f"a matrix {operator} is not element by element")
        if left.shape[1] != right.shape[0]:
            raise ValueError(f"matrices of {left.shape} and {right.shape} have no product")
        self._purse.spend(left.shape[0] * left.shape[1] * right.shape[1])
        return np.asarray(left @ right)

    def _range(self, level: int) -> Value:
        """first:last or first:step:last."""
        value = self._joined(level + 1)
        if self.next.text != ":" or self.next.kind != "sign":
            return value
        parts = [value]
        while self.next.text == ":" and len(parts) < 3:
            self.take()
            parts.append(self._joined(level + 1))
        first, step, last = (parts[0], number(1.0), parts[1]) if len(parts) == 2 else parts
        if not all(_is_number(part) for part in parts) or not np.isfinite(first + step + last) or step.item() == 0.0:
            raise ValueError("a range goes from one number to another")
        count = max(0, int(np.floor((last - first).item() / step.item() * (1.0 + 1e-12) + 1e-12)) + 1)
        self._purse.spend(count)
        return np.asarray(first.item() + step.item() * np.arange(count))[None, :]

    def _signed(self) -> Value:
        sign = self.next.text if self.next.kind == "sign" else ""
        if sign not in ("+", "-", "~", "!"):
            return self._power()
        self.take()
        value = self._signed()
        self._purse.spend(value.size)
        return value if sign == "+" else -1.0 * value if sign == "-" else np.asarray(value == 0.0)

    def _power(self) -> Value:
        """Powers from the left, and transposes."""
        value = self._atom()
        while self.next.kind == "sign":
            operator = self.next.text
            if operator in ("'", ".'"):
                self.take()
                value = value.T
            elif operator in ("^", ".^"):
                self.take()
                value = self._combined(operator, value, self._exponent())
            else:
                break
        return value

    def _paid(self, value: Value) -> Value:
        self._purse.spend(value.size)
        return value

    def _exponent(self) -> Value:
        sign = self.next.text if self.next.kind == "sign" else ""
        if sign in ("+", "-"):
            self.take()
            return -1.0 * self._exponent() if sign == "-" else self._exponent()
        return self._atom()

    def _atom(self) -> Value:
        token = self.take()
        if token.kind == "number":
            if self.next.kind == "name" and not self.next.spaced:
                raise ValueError(f"'{token.text}{self.next.text}' is no real number")
            return number(float(token.text.lower().replace("d", "e")))
        if token.kind == "name":
            return self._named(token.text)
        if token.kind == "matrix":
            return self._paid(numbers(plain_rows(token.text)))
        if token.kind == "sign" and token.text == "(":
            with self._inside(matrix=False):
                value = self.whole()
            self.expect(")")
            return value
        if token.kind == "sign" and token.text == "[":
            return self.matrix()
        raise _unexpected(token)

    def _named(self, name: str) -> Value:
        self._purse.spend(_EACH)
        if name == "end" and self._ends:
            return number(self._ends[-1])
        called = self.next.text == "(" and not (self._in_matrix and self.next.spaced)
        if name in self._known:
            value = np.atleast_2d(self._known[name])
            return self._part(value) if called else value
        if called and matlab_functions.is_function(name):
            return self._call(name)
        if name in matlab_functions.CONSTANTS:
            return number(matlab_functions.CONSTANTS[name])
        raise ValueError(f"'{name}' is not known")

    def _call(self, name: str) -> Value:
        self.expect("(")
        arguments: list[Value] = []
        with self._inside(matrix=False):
            while self.next.text != ")":
                arguments.append(self._paid(self.whole()))
                if self.next.text == ",":
                    self.take()
                elif self.next.text != ")":
                    break
        self.expect(")")
        return self._paid(matlab_functions.call(name, arguments))

    def _part(self, value: Value) -> Value:
        lists = self.index(value.shape)
        if len(lists) == 1:
            return self._linear(value, lists[0])
        if len(lists) != 2:
            raise ValueError("a matrix has rows and columns")
        rows, columns = (positions(places, size) for places, size in zip(lists, value.shape, strict=True))
        self._purse.spend(len(rows) + len(columns) + len(rows) * len(columns))
        return value[np.ix_(rows, columns)]

    def _linear(self, value: Value, places: Value | None) -> Value:
        """Entries by their place down the columns."""
        self._purse.spend(value.size)
        found = value.ravel(order="F")[positions(places, value.size)]
        if places is None:
            return found.reshape(-1, 1)
        if places.dtype == np.bool_ or (1 in value.shape and 1 in places.shape):
            return found.reshape(1, -1) if value.shape[0] == 1 else found.reshape(-1, 1)
        return found.reshape(places.shape, order="F")

    def matrix(self, entry: Callable[[int, int, Value], None] | None = None) -> Value:
        """What stands between brackets, the first of them already taken; ``entry`` is told where each entry began and
        ended, and what it is."""
        self._purse.spend(_EACH)
        rows: list[list[Value]] = [[]]
        with self._inside(matrix=True):
            while (token := self.next).text != "]" or token.kind == "text":
                if token.text == ";" or token.kind == "newline":
                    self.take()
                    rows.append([])
                elif token.text == "," and rows[-1]:
                    self.take()
                else:
                    rows[-1].append(self.whole())
                    if entry is not None:
                        entry(token.start, self._tokens[self._position - 1].end, rows[-1][-1])
        self.take()
        return self._paid(_stacked([row for row in rows if row]))


def _unexpected(token: Token) -> ValueError:
    found = token.text.strip()
    return ValueError(f"'{found[:20]}' was not expected" if found else "it is incomplete")


def numbers(rows: list[list[str]]) -> Value:
    """A matrix of numbers as they are written; raises ValueError where rows differ in length."""
    if len({len(row) for row in rows}) > 1:
        raise ValueError("its rows differ in length")
    return np.array([list(map(float, row)) for row in rows], dtype=np.float64).reshape(len(rows), -1 if rows else 0)


def _stacked(rows: list[list[Value]]) -> Value:
    """Entries side by side, rows one below the other."""
    if all(value.size == 1 for row in rows for value in row):
        if len({len(row) for row in rows}) > 1:
            raise ValueError("its rows differ in length")
        return np.array([[value.item() for value in row] for row in rows], dtype=np.float64).reshape(len(rows), -1)
    try:
        joined = [np.hstack([value for value in row if value.size] or [np.zeros((0, 0))]) for row in rows]
        return np.vstack([row for row in joined if row.size] or [np.zeros((0, 0))])
    except ValueError:
        raise ValueError("its rows differ in length") from None


def _is_number(value: Value) -> bool:
    return value.size == 1


def positions(value: Value | None, size: int) -> list[int]:
    """Indices from 0 out of numbers from 1 to ``size`` or out of a mask; all of them for None. Raises ValueError for
    anything else."""
    if value is None:
        return list(range(size))
    if value.dtype == np.bool_ and value.size <= size:
        return [int(entry) for entry in np.flatnonzero(value.ravel(order="F"))]
    numbers = value.ravel(order="F").tolist()
    if not all(1 <= entry <= size and entry == int(entry) for entry in numbers):
        raise ValueError(f"an index is no whole number from 1 to {size}")
    return [int(entry) - 1 for entry in numbers]


_ELEMENTWISE: dict[str, Callable[[Value, Value], Value]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, ".*": np.multiply, "./": np.divide,
    "^": np.power, ".^": np.power, "==": np.equal, "~=": np.not_equal, "!=": np.not_equal, "<": np.less,
    "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "&": np.logical_and, "&&": np.logical_and,
    "|": np.logical_or, "||": np.logical_or,
}  # fmt: skip


def _level(*signs: str) -> dict[str, Callable[[Value, Value], Value]]:
    return {sign: _ELEMENTWISE[sign] for sign in signs}


_RANGE: dict[str, Callable[[Value, Value], Value]] = {}
_LEVELS = (
    _level("||"), _level("&&"), _level("|"), _level("&"), _level("==", "~=", "!=", "<", "<=", ">", ">="), _RANGE,
    _level("+", "-"), _level("*", "/", ".*", "./"),
)  # fmt: skip
"""Operators from those that bind least; a range stands between comparisons and sums."""
