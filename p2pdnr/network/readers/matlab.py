"""A small part of the MATLAB language, interpreted as data: what MATPOWER case files are written in.

Understood are scalars, matrices, texts and cells assigned to fields of one struct, scalar variables, column names
from ``idx_bus``, ``idx_brch`` and ``idx_gen``, and assignments to whole columns with + - * / ^, brackets and a
handful of functions: enough for the unit conversions at the end of a case file. Nothing is executed; anything else is
refused with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from p2pdnr.network.readers.expression import Purse, Value, evaluate, positions

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
    and the arithmetic fields by the names that expressions use."""

    struct: str
    fields: dict[str, Any] = field(default_factory=dict)
    written: dict[str, list[list[str]]] = field(default_factory=dict)
    known: dict[str, Value] = field(default_factory=dict)
    purse: Purse = field(default_factory=Purse)

    def assign(self, name: str, value: Any) -> None:
        """Give a field of the struct its value."""
        self.fields[name] = value
        self.known.pop(f"{self.struct}.{name}", None)
        if isinstance(value, np.ndarray):
            self.known[f"{self.struct}.{name}"] = value


def interpret(text: str) -> Case:
    """The struct a case file's text describes; raises :class:`MatlabError` at the first statement not understood."""
    state = _State("mpc")
    for number, (line, statement) in enumerate(statements(text)):
        if number == MOST_STATEMENTS:
            raise MatlabError(line, statement, f"is one statement too many: a case has at most {MOST_STATEMENTS:,}")
        try:
            with np.errstate(all="ignore"):
                _carry_out(statement, state)
        except MatlabError:
            raise
        except (ValueError, IndexError, KeyError, RecursionError) as error:
            raise MatlabError(line, statement, f"is not understood ({error})") from None
    return Case(state.fields, state.written)


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Statements with the number of their first line, comments left out and continued lines joined."""
    current, blank, depth, first = list[str](), True, 0, 1
    for number, raw in enumerate(_without_block_comments(text), start=1):
        row = _without_comment(raw)
        continued = "..." in row
        row = row.split("...")[0]
        if blank:
            first = number
        for piece in re.split(r"([\[\]{}();]|'[^']*')", row):
            depth += {"[": 1, "{": 1, "(": 1, "]": -1, "}": -1, ")": -1}.get(piece, 0)
            if piece == ";" and depth == 0:
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


def _kept(line: int, pieces: list[str]) -> Iterator[tuple[int, str]]:
    if statement := "".join(pieces).strip():
        yield line, statement


def _without_block_comments(text: str) -> Iterator[str]:
    depth = 0
    for row in text.splitlines():
        if row.strip() == "%{":
            depth += 1
        yield "" if depth else row
        if row.strip() == "%}" and depth:
            depth -= 1


def _without_comment(row: str) -> str:
    """The row up to a % that does not stand in quotes."""
    quoted = False
    for place, character in enumerate(row):
        if character == "'":
            quoted = not quoted
        elif character == "%" and not quoted:
            return row[:place]
    return row


def _carry_out(statement: str, state: _State) -> None:
    """Carry out one statement of the forms a case file has."""
    if match := re.fullmatch(r"function\s+(\w+)\s*=\s*\w+(?:\(\s*\))?", statement):
        state.struct = match[1]
    elif match := re.fullmatch(r"\[([\w\s,]+)\]\s*=\s*(idx_\w+)", statement):
        state.known |= _index_names(match[2], match[1].replace(",", " ").split())
    elif statement == "define_constants":
        for function, (names, _) in _INDEX_FUNCTIONS.items():
            state.known |= _index_names(function, names.split())
    elif match := re.fullmatch(r"(\w+)\.(\w+)\s*=(?!=)(.*)", statement, re.DOTALL):
        _set_field(match[1], match[2], match[3].strip(), state)
    elif match := re.fullmatch(r"(\w+)\.(\w+)\s*\(\s*:\s*,(.*?)\)\s*=(?!=)(.*)", statement, re.DOTALL):
        _set_columns(match[1], match[2], (match[3], match[4]), state)
    elif match := re.fullmatch(r"([A-Za-z]\w*)\s*=(?!=)(.*)", statement, re.DOTALL):
        state.known[match[1]] = _evaluate(match[2], state)
    elif statement not in ("end", "return"):
        raise ValueError("it is no assignment")


def _index_names(function: str, names: list[str]) -> dict[str, Value]:
    _, numbers = _INDEX_FUNCTIONS[function]
    if len(names) > len(numbers):
        raise ValueError(f"{function} returns {len(numbers)} values")
    return {name: np.array(float(number)) for name, number in zip(names, numbers, strict=False)}


def _set_field(struct: str, name: str, text: str, state: _State) -> None:
    if struct != state.struct:
        raise ValueError(f"{struct} is not the case")
    if text.startswith(("'", '"', "{")):
        state.assign(name, text)
        return
    if text.startswith("[") and text.endswith("]"):
        rows = [row.replace(",", " ").split() for row in re.split(r"[;\n]", text[1:-1])]
        state.written[name] = [row for row in rows if row]
        state.assign(name, _matrix(state.written[name], state))
        return
    state.written[name] = [[text]]
    state.assign(name, _evaluate(text, state))


def _matrix(rows: list[list[str]], state: _State) -> Value:
    """(rows, columns) numbers; rows must be equally long."""
    if len({len(row) for row in rows}) > 1:
        raise ValueError("its rows differ in length")
    return np.array([[_entry(word, state) for word in row] for row in rows]).reshape(len(rows), -1)


def _entry(word: str, state: _State) -> float:
    if _NUMBER.fullmatch(word):
        return float(word.replace("Inf", "inf"))
    return float(_evaluate(word, state))


def _set_columns(struct: str, name: str, texts: tuple[str, str], state: _State) -> None:
    """Assign to whole columns of a matrix of the case."""
    if struct != state.struct or not isinstance(state.fields.get(name), np.ndarray):
        raise ValueError(f"{struct}.{name} is no matrix of the case")
    matrix = state.fields[name].copy()
    state.purse.spend(matrix.size)
    columns = positions(_evaluate(texts[0], state), matrix.shape[1])
    matrix[:, columns] = _evaluate(texts[1], state)
    state.assign(name, matrix)


def _evaluate(text: str, state: _State) -> Value:
    """The value of an expression over the variables and the fields of the case."""
    return evaluate(text, state.known, state.purse)
