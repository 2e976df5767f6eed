"""A small part of the MATLAB language, interpreted as data: what MATPOWER case files are written in.

Understood are numbers, matrices, texts and cells assigned to fields of one struct, variables, column names from
``idx_bus``, ``idx_brch`` and ``idx_gen`` (those of the file where it has its own), and assignments to rows, columns,
ranges and single entries, which may add rows or take them away, with the arithmetic of :mod:`.expression`: what people
write to convert units and to edit a case. Nothing is executed; anything else is refused with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from p2pdnr.network.readers.expression import Purse, Value, evaluate, indices

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
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?Inf|NaN", re.ASCII)


MOST_STATEMENTS = 10_000
"""Of one file; cases of the literature have some dozens."""


_Lines = list[tuple[int, str]]


class MatlabError(ValueError):
    """A statement that is not understood; ``line`` counts from 1."""

    def __init__(self, line: int, text: str, reason: str = "is not understood") -> None:
        self.line, self.text, self.reason = line, " ".join(text.split())[:80], reason
        super().__init__(f"line {line} '{self.text}' {reason}")


@dataclass(frozen=True)
class Case:
    """What a case file assigns: ``fields`` of its struct, and how the entries of each matrix or number were written."""

    fields: dict[str, Any]
    written: dict[str, list[list[str]]]


@dataclass
class _State:
    """The struct and the variables while statements are carried out one after the other; ``known`` holds the variables
    and the arithmetic fields by the names that expressions use, ``returned`` what functions of the file return."""

    struct: str
    fields: dict[str, Any] = field(default_factory=dict)
    written: dict[str, list[list[str]]] = field(default_factory=dict)
    known: dict[str, Value] = field(default_factory=dict)
    returned: dict[str, list[tuple[str, Value | None]]] = field(default_factory=dict)
    purse: Purse = field(default_factory=Purse)

    def assign(self, name: str, value: Any) -> None:
        """Give a field of the struct its value."""
        self.fields[name] = value
        self.known.pop(f"{self.struct}.{name}", None)
        if isinstance(value, np.ndarray):
            self.known[f"{self.struct}.{name}"] = value


def interpret(text: str) -> Case:
    """The struct a case file's text describes; raises :class:`MatlabError` at the first statement not understood."""
    main, local = _parts(text)
    state = _State("mpc", returned={name: _constants(lines) for name, lines in local.items()})
    for line, statement in main:
        _carried_out(line, statement, state)
    return Case(state.fields, state.written)


def _carried_out(line: int, statement: str, state: _State) -> None:
    try:
        with np.errstate(all="ignore"):
            _carry_out(statement, state)
    except MatlabError:
        raise
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise MatlabError(line, statement, f"is not understood ({error})") from None


def _parts(text: str) -> tuple[_Lines, dict[str, _Lines]]:
    """The statements of the case, and those of the functions behind it that return columns (idx_...)."""
    parts: list[_Lines] = [[]]
    for number, (line, statement) in enumerate(statements(text)):
        if number == MOST_STATEMENTS:
            raise MatlabError(line, statement, f"is one statement too many: a case has at most {MOST_STATEMENTS:,}")
        if statement.startswith("function") and any(_FUNCTION.fullmatch(one) for _, one in parts[-1][:1]):
            parts.append([])
        parts[-1].append((line, statement))
    heads = {lines[0][1]: lines for lines in parts[1:]}
    local = {match[2]: lines for head, lines in heads.items() if (match := _FUNCTION.fullmatch(head))}
    return parts[0], {name: lines for name, lines in local.items() if name.startswith("idx_")}


def _constants(lines: _Lines) -> list[tuple[str, Value | None]]:
    """Names and values of what a function of the file returns, in its order; None for what it does not set."""
    head, state = _FUNCTION.fullmatch(lines[0][1]), _State("")
    for line, statement in lines[1:]:
        _carried_out(line, statement, state)
    names = head[1].strip("[]").replace(",", " ").split() if head else []
    return [(name, state.known.get(name)) for name in names]


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Statements with the number of their first line, comments left out and continued lines joined."""
    current, blank, depth, first = list[str](), True, 0, 1
    for number, raw in enumerate(_without_block_comments(text), start=1):
        pieces, continued = _pieces(raw)
        if blank:
            first = number
        for piece in pieces:
            depth += {"[": 1, "{": 1, "(": 1, "]": -1, "}": -1, ")": -1}.get(piece, 0)
            if piece in (";", ",") and depth == 0:
                yield from _kept(first, current)
                current, blank, first = [], True, number
            else:
                current.append(piece)
                blank = blank and not piece.strip()
        if depth == 0 and not continued:
            yield from _kept(first, current)
            current, blank = [], True
        else:
            current.append(" " if continued else "\n")
    yield from _kept(first, current)


# Texts in quotes, what begins a comment or a continued line, marks, and all between. A quote behind a value transposes.
_PIECE = re.compile(
    r"""(?<![\w)\]}'.])'(?:[^'\n]|'')*'|"[^"\n]*"|\.\.\.|[%#]|[\[\]{}();,]|[^\[\]{}();,%#.'"]+|.""", re.DOTALL
)


def _pieces(row: str) -> tuple[list[str], bool]:
    """The pieces of a row up to a comment, and whether it goes on in the next."""
    pieces = list[str]()
    for match in _PIECE.finditer(row):
        piece = match[0]
        if piece in ("%", "#", "..."):
            return pieces, piece == "..."
        pieces.append(piece)
    return pieces, False


def _kept(line: int, pieces: list[str]) -> Iterator[tuple[int, str]]:
    if statement := "".join(pieces).strip():
        yield line, statement


def _without_block_comments(text: str) -> Iterator[str]:
    depth = 0
    for row in text.splitlines():
        if row.strip() in ("%{", "#{"):
            depth += 1
        yield "" if depth else row
        if row.strip() in ("%}", "#}") and depth:
            depth -= 1


_FUNCTION = re.compile(r"function\s+(?:(\w+|\[[\w\s,]*\])\s*=\s*)?(\w+)\s*(?:\([\w\s,~]*\))?")
_PART = re.compile(r"([A-Za-z]\w*(?:\.[A-Za-z]\w*)?)\s*\(")
_CELL = re.compile(r"[A-Za-z]\w*(?:\.[A-Za-z]\w*)?\s*\{[^={}]*\}\s*=(?!=)")
_SILENT = {"end", "return", "endfunction", "clc", "clear", "clear all", "close all", "format long"}


def _carry_out(statement: str, state: _State) -> None:
    """Carry out one statement of the forms a case file has."""
    if match := _FUNCTION.fullmatch(statement):
        state.struct = match[1] or state.struct
    elif match := re.fullmatch(r"\[([\w\s,~]+)\]\s*=\s*(idx_\w+)(?:\(\s*\))?", statement):
        state.known |= _index_names(match[2], match[1].replace(",", " ").split(), state)
    elif statement == "define_constants":
        for function, (names, _) in _INDEX_FUNCTIONS.items():
            state.known |= _index_names(function, names.split(), state)
    elif match := re.fullmatch(r"(\w+)\.(\w+)\s*=(?!=)(.*)", statement, re.DOTALL):
        _set_field(match[1], match[2], match[3].strip(), state)
    elif match := re.fullmatch(r"([A-Za-z]\w*)\s*=(?!=)(.*)", statement, re.DOTALL):
        _set_variable(match[1], match[2].strip(), state)
    elif match := _PART.match(statement):
        _set_part(match[1], statement[match.end() :], state)
    elif statement not in _SILENT and not _CELL.match(statement):
        raise ValueError("it is no assignment")


def _index_names(function: str, names: list[str], state: _State) -> dict[str, Value]:
    """What a function of MATPOWER's, or one of this name in the file, returns."""
    if function in state.returned:
        values = [value for _, value in state.returned[function]]
    else:
        values = [np.array(float(number)) for number in _INDEX_FUNCTIONS[function][1]]
    if len(names) > len(values):
        raise ValueError(f"{function} returns {len(values)} values")
    pairs = zip(names, values, strict=False)
    return {name: value for name, value in pairs if value is not None and name != "~"}


def _set_variable(name: str, text: str, state: _State) -> None:
    """A number or a matrix; texts carry no electricity and are passed over, as is an empty struct of the case."""
    if name == state.struct and re.fullmatch(r"struct(?:\(\s*\))?", text):
        return
    if not text.startswith(("'", '"', "{")):
        state.known[name] = _right(text, state)


def _set_field(struct: str, name: str, text: str, state: _State) -> None:
    if struct != state.struct:
        raise ValueError(f"{struct} is not the case")
    if text.startswith(("'", '"', "{")):
        state.assign(name, text)
        return
    value = _right(text, state)
    if value.ndim != 2:
        state.written[name] = [[text]]
    elif rows := _literal(text):
        state.written[name] = rows
    state.assign(name, value)


def _literal(text: str) -> list[list[str]]:
    """The words of every row of a matrix that is written out; none where the text is something else."""
    inside = text[1:-1]
    if not (text.startswith("[") and text.endswith("]")) or any(mark in inside for mark in "[]:'"):
        return []
    rows = re.split(r"[;\n]", inside)
    if "(" not in inside:
        words = [row.replace(",", " ").split() for row in rows]
    else:
        words = [_WORD.findall(row) for row in rows]
        if sum(word.count("(") + word.count(")") for row in words for word in row) != len(re.findall("[()]", inside)):
            return []
    return [row for row in words if row]


_WORD = re.compile(r"(?:\([^()]*\)|[^\s,()])+")


def _right(text: str, state: _State) -> Value:
    """What stands right of an assignment: a matrix that is written out, or an expression."""
    turned = re.sub(r"\]\s*\.?'$", "]", text)
    if (rows := _literal(turned)) and not any(_is_matrix(word, state) for word in _words(rows)):
        matrix = _matrix(rows, state)
        return matrix.T if turned != text else matrix
    return evaluate(text.replace("\n", ";") if turned.startswith("[") else text, state.known, state.purse)


def _is_matrix(word: str, state: _State) -> bool:
    return word in ("ones", "zeros") or (word in state.known and state.known[word].ndim > 0)


def _words(rows: list[list[str]]) -> Iterator[str]:
    """The names among the words, without what stands in brackets behind them: a matrix may be one."""
    return (name for row in rows for word in row if (name := word.partition("(")[0])[:1].isalpha())


def _matrix(rows: list[list[str]], state: _State) -> Value:
    """(rows, columns) numbers; rows must be equally long."""
    if len({len(row) for row in rows}) > 1:
        raise ValueError("its rows differ in length")
    return np.array([[_entry(word, state) for word in row] for row in rows]).reshape(len(rows), -1)


def _entry(word: str, state: _State) -> float:
    if _NUMBER.fullmatch(word):
        return float(word.replace("Inf", "inf"))
    return float(evaluate(word, state.known, state.purse))


def _set_part(name: str, rest: str, state: _State) -> None:
    """Assign to rows, columns or single entries of a matrix, which may grow; ``rest``: what follows the bracket."""
    inside, right = _halves(rest)
    struct, _, field_name = name.partition(".")
    if field_name and struct != state.struct:
        raise ValueError(f"{struct} is not the case")
    old = state.known.get(name)
    if old is None or old.ndim != 2:
        raise ValueError(f"{name} is no matrix of the case" if field_name else f"{name} is no matrix")
    rows, columns = indices(inside, (old.shape[0], old.shape[1]), state.known, state.purse)
    if re.fullmatch(r"\[\s*\]", right):
        matrix = _without(old, rows, columns)
    else:
        matrix = _with(old, (rows, columns), _right(right, state), state)
    if field_name:
        state.assign(field_name, matrix)
    else:
        state.known[name] = matrix


def _halves(rest: str) -> tuple[str, str]:
    """What stands in the bracket, and what right of the sign behind it."""
    depth = 1
    for match in re.finditer(r"[()\[\]]", rest):
        depth += 1 if match[0] in "([" else -1
        if depth == 0:
            behind = re.fullmatch(r"\s*=(?!=)(.*)", rest[match.end() :], re.DOTALL)
            if behind is None:
                break
            return rest[: match.start()], behind[1].strip()
    raise ValueError("it is no assignment")


def _without(matrix: Value, rows: list[int], columns: list[int]) -> Value:
    """The matrix without whole rows, or without whole columns."""
    every = [set(chosen) >= set(range(size)) for chosen, size in zip((rows, columns), matrix.shape, strict=True)]
    if not any(every) or max(rows, default=0) >= matrix.shape[0] or max(columns, default=0) >= matrix.shape[1]:
        raise ValueError("only whole rows or columns can be removed")
    return np.delete(matrix, rows if every[1] else columns, axis=0 if every[1] else 1)


def _with(old: Value, where: tuple[list[int], list[int]], value: Value, state: _State) -> Value:
    """The matrix with a part of it replaced; it grows by zeros where that lies beyond it."""
    rows, columns = where
    height, width = max(old.shape[0], *(row + 1 for row in rows), 0), max(old.shape[1], *(c + 1 for c in columns), 0)
    state.purse.spend(height * width + len(rows) * len(columns))
    matrix = np.zeros((height, width))
    matrix[: old.shape[0], : old.shape[1]] = old
    shape = (len(rows), len(columns))
    if np.ndim(value) and np.shape(value) != shape:
        vectors = max(np.shape(value)) == np.size(value) and max(shape) == shape[0] * shape[1]
        if np.size(value) != shape[0] * shape[1] or not vectors:
            raise ValueError(
                f"{shape[0]} x {shape[1]} numbers are wanted, {' x '.join(map(str, np.shape(value)))} given"
            )
        value = np.reshape(value, shape)
    matrix[np.ix_(rows, columns)] = value
    return matrix
