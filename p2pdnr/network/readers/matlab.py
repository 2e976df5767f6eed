"""A small part of the MATLAB language, interpreted as data: what MATPOWER case files are written in.

Understood are numbers, matrices, texts and cells assigned to fields of one struct and to variables, column names from
``idx_bus``, ``idx_brch`` and ``idx_gen``, assignments to entries, rows and columns of matrices (with ``end``, ranges
and masks), and arithmetic (:mod:`.expression`): what people write to convert units and to change a case by hand.
Functions behind the case that take no arguments, as those that name columns, are followed. Nothing is executed; loops,
branches and anything else are refused with their line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from p2pdnr.network.readers.expression import Parser, Purse, numbers, positions
from p2pdnr.network.readers.matlab_functions import Value
from p2pdnr.network.readers.matlab_tokens import Statement, Token, plain_rows, statements

_BUS = "PQ PV REF NONE BUS_I BUS_TYPE PD QD GS BS BUS_AREA VM VA BASE_KV ZONE VMAX VMIN LAM_P LAM_Q MU_VMAX MU_VMIN"
_BRANCH = (
    "F_BUS T_BUS BR_R BR_X BR_B RATE_A RATE_B RATE_C TAP SHIFT BR_STATUS PF QF PT QT MU_SF MU_ST ANGMIN ANGMAX"
    " MU_ANGMIN MU_ANGMAX"
)
_GEN = (
    "GEN_BUS PG QG QMAX QMIN VG MBASE GEN_STATUS PMAX PMIN MU_PMAX MU_PMIN MU_QMAX MU_QMIN PC1 PC2 QC1MIN QC1MAX QC2MIN"
    " QC2MAX RAMP_AGC RAMP_10 RAMP_30 RAMP_Q APF"
)
# What MATPOWER's functions return, in their order: (names, numbers).
_INDEX_FUNCTIONS: dict[str, tuple[str, tuple[int, ...]]] = {
    "idx_bus": (_BUS, (1, 2, 3, 4, *range(1, 18))),
    "idx_brch": (_BRANCH, (*range(1, 12), *range(14, 20), 12, 13, 20, 21)),
    "idx_gen": (_GEN, (*range(1, 11), 22, 23, 24, 25, *range(11, 22))),
}

_FIRST_VERSION = {"baseMVA", "bus", "gen", "branch"}
"""What a case of the format's first version returns one by one; its columns are those of the second."""

MOST_STATEMENTS = 10_000
"""Of one file; cases of the literature have some dozens."""

MOST_ADDED = 10_000
"""Rows or columns that one assignment may add."""


class MatlabError(ValueError):
    """A statement that is not understood; ``line`` counts from 1."""

    def __init__(self, line: int, text: str, reason: str = "is not understood") -> None:
        self.line, self.text, self.reason = line, " ".join(text.split())[:80], reason
        super().__init__(f"line {line} '{self.text}' {reason}")


@dataclass(frozen=True)
class MatlabCase:
    """What a case file assigns: ``fields`` of its struct, and how the entries of each matrix or number were written."""

    fields: dict[str, Any]
    written: dict[str, list[list[str]]]


@dataclass
class _State:
    """The struct and the variables while statements are carried out one after the other; ``known`` holds the variables
    and the arithmetic fields by the names that expressions use, ``local`` the functions at the end of the file."""

    struct: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    written: dict[str, list[list[str]]] = field(default_factory=dict)
    known: dict[str, Value] = field(default_factory=dict)
    purse: Purse = field(default_factory=Purse)
    local: dict[str, _Function] = field(default_factory=dict)

    def assign(self, name: str, value: Any) -> None:
        """Give a variable, or a field of the struct, its value."""
        self.known.pop(name, None)
        if isinstance(value, np.ndarray):
            self.known[name] = value
        if name.startswith(f"{self.struct}."):
            self.fields[name.partition(".")[2].partition(".")[0]] = value


@dataclass(frozen=True)
class _Function:
    """A function of the file: the names of what it returns, how many arguments it takes, and its statements."""

    returns: tuple[str, ...]
    arguments: int
    body: tuple[Statement, ...]


def interpret(text: str) -> MatlabCase:
    """The struct a case file's text describes; raises :class:`MatlabError` at the first statement not understood."""
    state, every = _State(), _read(text.removeprefix("\ufeff"))
    main, state.local = _functions(every)
    is_first = set(main.returns) >= _FIRST_VERSION
    state.struct = main.returns[0] if main.returns and not is_first else "mpc"
    for statement in main.body:
        if not _carried_out(statement, state):
            break
    if is_first:
        return _first_version({name: state.known[name] for name in main.returns if name in state.known})
    return MatlabCase({name: _plain(value) for name, value in state.fields.items()}, state.written)


def _first_version(found: dict[str, Value]) -> MatlabCase:
    """A case whose parts are returned one by one."""
    written = {name: [list(map(repr, row)) for row in value.tolist()] for name, value in found.items()}
    return MatlabCase({name: _plain(value) for name, value in found.items()} | {"version": "'2'"}, written)


def _plain(value: Any) -> Any:
    """A matrix of one number as that number."""
    return value.reshape(()) if isinstance(value, np.ndarray) and value.size == 1 else value


def _read(text: str) -> list[Statement]:
    """All statements of a file."""
    found: list[Statement] = []
    try:
        for statement in statements(text):
            if len(found) == MOST_STATEMENTS:
                reason = f"is one statement too many: a case has at most {MOST_STATEMENTS:,}"
                raise MatlabError(statement.line, statement.text, reason)
            found.append(statement)
    except MatlabError:
        raise
    except ValueError as error:
        line, words = (found[-1].line, found[-1].text) if found else (1, text[:80])
        raise MatlabError(line, words, f"is followed by what is not understood ({error})") from None
    return found


_HEADER = re.compile(
    r"function\s+(?:(?:\[(?P<several>[\w\s,.]*)\]|(?P<one>\w+))\s*=\s*)?(?P<name>\w+)"
    r"\s*(?:\((?P<arguments>[^)]*)\))?",
    re.ASCII,
)


def _functions(every: list[Statement]) -> tuple[_Function, dict[str, _Function]]:
    """The first function of a file, or its statements where it is none, and the functions behind it by name."""
    starts = [place for place, item in enumerate(every) if item.tokens[0].text == "function"]
    first = _Function((), 0, tuple(every[: starts[0]] if starts else every))
    found: dict[str, _Function] = {}
    for start, end in zip(starts, [*starts[1:], len(every)], strict=False):
        header = _HEADER.fullmatch(every[start].text)
        if header is None:
            raise MatlabError(every[start].line, every[start].text)
        names = (header["several"] or "").replace("...", " ").replace(",", " ").split() or [header["one"] or ""]
        count = len((header["arguments"] or "").replace(",", " ").split())
        function = _Function(tuple(filter(None, names)), count, tuple(every[start + 1 : end]))
        if start == starts[0]:
            first = replace(function, body=(*first.body, *function.body))
        else:
            found[header["name"]] = function
    return first, found


def _carried_out(statement: Statement, state: _State) -> bool:
    """Carry a statement out; False where the file ends there. Raises :class:`MatlabError`."""
    try:
        with np.errstate(all="ignore"):
            return _carry_out(statement, state)
    except MatlabError:
        raise
    except (ValueError, IndexError, KeyError, TypeError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise MatlabError(statement.line, statement.text, f"is not understood ({reason})") from None


_SILENT = frozenset(("clc", "close", "format", "more", "disp", "display", "fprintf", "printf", "warning", "tic", "toc"))
"""Commands that show something or nothing."""
_CONTROL = frozenset(("if", "else", "elseif", "for", "parfor", "while", "do", "switch", "case", "try", "catch"))


def _carry_out(statement: Statement, state: _State) -> bool:
    """One statement of the forms a case file has."""
    if not statement.closed:
        raise ValueError("a bracket is not closed")
    words = statement.tokens
    first = words[0].text if words[0].kind == "name" else ""
    equals = _equals(words)
    if first in _CONTROL and (equals is None or equals > 1):
        raise ValueError("loops and branches are not carried out")
    if first in ("end", "endfunction", "return") and len(words) == 1:
        return first != "return"
    if first == "define_constants" and len(words) == 1:
        for name in _INDEX_FUNCTIONS:
            state.known |= _index_names(name, _INDEX_FUNCTIONS[name][0].split())
    elif first == "clear":
        for word in words[1:]:
            state.known.pop(word.text, None)
    elif equals is None and first not in _SILENT:
        raise ValueError("it is no assignment")
    elif equals is not None:
        _assign(statement, equals, state)
    return True


_CHANGING = frozenset("+-*/")
"""Octave's way to change what stands on the left: a += b."""


def _equals(words: tuple[Token, ...]) -> int | None:
    """Where the sign of an assignment stands, outside of brackets."""
    depth = 0
    for place, word in enumerate(words):
        depth += word.deeper
        if word.kind == "sign" and word.text == "=" and depth == 0:
            return place
    return None


def _assign(statement: Statement, equals: int, state: _State) -> None:
    words = statement.tokens
    target, value = words[:equals], words[equals + 1 :]
    if not target or not value:
        raise ValueError("it is incomplete")
    if target[-1].text in _CHANGING and target[-1].kind == "sign" and not words[equals].spaced:
        sign, target = target[-1], target[:-1]
        value = (*target, sign, sign._replace(text="("), *value, words[equals]._replace(text=")"))
    if target[0].text == "[" and target[0].kind == "sign":
        _assign_several(target[1:-1], value, state)
    elif target[0].kind != "name" or target[0].text in ("end", "function"):
        raise ValueError("it is no assignment")
    elif len(target) == 1:
        _assign_whole(target[0].text, value, statement, state)
    elif target[1].text == "(":
        _assign_part(target, value, state)
    elif target[1].text == "{" and value[0].kind == "text" and isinstance(state.fields.get(_own(target[0])), str):
        return  # a label more
    else:
        raise ValueError("only entries of a matrix, fields and variables are assigned to")


def _own(name: Token) -> str:
    """The field of the case that a name stands for."""
    return name.text.partition(".")[2].partition(".")[0]


def _assign_several(names: tuple[Token, ...], value: tuple[Token, ...], state: _State) -> None:
    """[A, B, ...] = a function without arguments."""
    called = [word.text for word in value]
    if called[1:] not in ([], ["(", ")"]) or value[0].kind != "name":
        raise ValueError("several values come from a function without arguments")
    wanted = [word.text for word in names if word.text != "," and word.kind != "newline"]
    if not all(re.fullmatch(r"[A-Za-z]\w*|~", name, re.ASCII) for name in wanted):
        raise ValueError("only variables are assigned to")
    found = _returned(called[0], wanted, state)
    state.known |= {name: number for name, number in found.items() if name != "~"}


def _returned(function: str, names: list[str], state: _State) -> dict[str, Value]:
    """What a function without arguments returns, under other names."""
    if function not in state.local:
        if function not in _INDEX_FUNCTIONS:
            raise ValueError(f"'{function}' is not known")
        return _index_names(function, names)
    local = state.local[function]
    if local.arguments or len(names) > len(local.returns):
        raise ValueError(f"{function} takes {local.arguments} arguments and returns {len(local.returns)} values")
    inner = _State(struct="", purse=state.purse, local={k: v for k, v in state.local.items() if k != function})
    for statement in local.body:
        if not _carried_out(statement, inner):
            break
    missing = [name for name in local.returns[: len(names)] if name not in inner.known]
    if missing:
        raise ValueError(f"{function} does not say what {missing[0]} is")
    return {name: inner.known[own] for name, own in zip(names, local.returns, strict=False)}


def _index_names(function: str, names: list[str]) -> dict[str, Value]:
    _, numbers = _INDEX_FUNCTIONS[function]
    if len(names) > len(numbers):
        raise ValueError(f"{function} returns {len(numbers)} values")
    return {name: np.full((1, 1), float(number)) for name, number in zip(names, numbers, strict=False)}


def _assign_whole(name: str, value: tuple[Token, ...], statement: Statement, state: _State) -> None:
    """A variable, or a field of the case."""
    struct, dot, own = name.partition(".")
    if dot and struct != state.struct:
        raise ValueError(f"{struct} is not the case")
    if not dot and name == state.struct:
        raise ValueError("the case comes from elsewhere")
    state.written.pop(own, None)
    if value[0].kind == "text" or value[0].text == "{":
        state.assign(name, statement.text[value[0].start - statement.tokens[0].start :])
    elif not dot and len(value) == 1 and value[0].text in state.local:
        state.assign(name, _returned(value[0].text, [name], state)[name])
    else:
        state.assign(name, _value(name, value, statement, state))


def _value(name: str, value: tuple[Token, ...], statement: Statement, state: _State) -> Value:
    """The value of an expression; how its entries are written is kept for fields of the case."""
    own = name.partition(".")[2]
    if len(value) == 1 and value[0].kind == "matrix":
        rows = plain_rows(value[0].text)
        state.written |= {own: rows} if own else {}
        state.purse.spend(sum(map(len, rows)))
        return numbers(rows)
    begin = statement.tokens[0].start
    source = statement.text[value[0].start - begin : value[-1].end - begin]
    parser = Parser(value, state.known, state.purse)
    if value[0].text != "[" or not _is_one_matrix(value):
        result = parser.everything()
        if own and result.size == 1:
            state.written[own] = [[source]]
        return result
    parser.take()
    words: list[str] = []

    def entry(start: int, end: int, part: Value) -> None:
        words.extend([statement.text[start - begin : end - begin]] * (part.shape[1] if part.shape[0] == 1 else 0))

    result = parser.matrix(entry)
    parser.expect("")
    if own and len(words) == result.size and result.size:
        columns = result.shape[1]
        state.written[own] = [words[start : start + columns] for start in range(0, len(words), columns)]
    return result


def _is_one_matrix(value: tuple[Token, ...]) -> bool:
    """Whether the bracket that opens first closes last."""
    depth = 0
    for place, word in enumerate(value):
        depth += word.deeper
        if depth == 0:
            return place == len(value) - 1
    return False


def _assign_part(target: tuple[Token, ...], value: tuple[Token, ...], state: _State) -> None:
    """Entries of a matrix; rows and columns are added where the matrix is too small, and taken away by []."""
    name = target[0].text
    matrix = state.known.get(name)
    if matrix is None:
        raise ValueError(f"{name} is no matrix of the case")
    where = Parser(target[1:], state.known, state.purse)
    lists = where.index(matrix.shape)
    where.expect("")
    state.purse.spend(matrix.size)
    if "".join(word.text for word in value).split() in (["[", "]"], ["[]"]):
        state.assign(name, _without(matrix, lists))
        return
    new = Parser(value, state.known, state.purse).everything()
    state.assign(name, _with(matrix, lists, new, state.purse))


def _without(matrix: Value, lists: tuple[Value | None, ...]) -> Value:
    """A matrix whose rows, or columns, are taken away."""
    if len(lists) != 2 or (lists[0] is None) == (lists[1] is None):
        raise ValueError("whole rows or whole columns are taken away")
    axis = 0 if lists[1] is None else 1
    return np.delete(matrix, positions(lists[axis], matrix.shape[axis]), axis=axis)


def _with(matrix: Value, lists: tuple[Value | None, ...], new: Value, purse: Purse) -> Value:
    """A copy of a matrix with entries replaced."""
    if len(lists) == 1:
        flat = matrix.ravel(order="F").astype(np.float64)
        places = positions(lists[0], flat.size)
        flat[places] = new if new.size == 1 else new.ravel(order="F")
        return flat.reshape(matrix.shape, order="F")
    if len(lists) != 2:
        raise ValueError("a matrix has rows and columns")
    shape = [_reach(places, size) for places, size in zip(lists, matrix.shape, strict=True)]
    purse.spend(shape[0] * shape[1])
    grown = np.zeros(shape)
    grown[: matrix.shape[0], : matrix.shape[1]] = matrix
    rows, columns = (positions(places, size) for places, size in zip(lists, shape, strict=True))
    room = (len(rows), len(columns))
    if new.size != 1 and new.shape != room:
        if new.size != room[0] * room[1] or 1 not in room or 1 not in new.shape:
            raise ValueError(f"{new.shape[0]} x {new.shape[1]} numbers do not fit {room[0]} x {room[1]} places")
        new = new.reshape(room)
    grown[np.ix_(rows, columns)] = new
    return grown


def _reach(places: Value | None, size: int) -> int:
    """How many rows or columns a matrix must have to hold these."""
    if places is None or places.dtype == np.bool_ or not places.size:
        return size
    most = places.max()
    if not 1 <= most <= size + MOST_ADDED or most != int(most):
        raise ValueError(f"an index is no whole number from 1 to {size}")
    return max(size, int(most))
