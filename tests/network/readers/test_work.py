"""Reading takes time in proportion to a file's length, however it is made up."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from p2pdnr.errors import NetworkError
from p2pdnr.network.readers import from_table
from p2pdnr.network.readers.matpower import from_matpower
from tests.counted_work import assert_linear, assert_quick

HEAD = "function mpc = feeder\nmpc.version = '2';\nmpc.baseMVA = {base};\n"
SLACK = "1 3 0 0 0 0 1 1 0 12.66 1 1 1;\n"
GENERATOR = "0 0 10 -10 1 100 1 10 0 0 0 0 0 0 0 0 0 0 0 0"


def case(buses: int, generators: int = 1, base: str = "1", more: str = "") -> str:
    """A chain of buses with generators at some of them."""
    rows = "".join(f"{bus} 1 0.1 0.06 0 0 1 1 0 12.66 1 1.1 0.9;\n" for bus in range(2, buses + 1))
    lines = "".join(f"{bus} {bus + 1} 0.01 0.02 0 0 0 0 0 0 1 -360 360;\n" for bus in range(1, buses))
    made = "".join(f"{bus} {GENERATOR};\n" for bus in range(1, generators + 1))
    head = HEAD.format(base=base)
    return f"{head}mpc.bus = [\n{SLACK}{rows}];\nmpc.gen = [\n{made}];\nmpc.branch = [\n{lines}];\n{more}"


def read(text: str) -> Callable[[], object]:
    """Reads a case, or refuses it."""

    def attempt() -> None:
        with suppress(NetworkError):
            from_matpower(text, "feeder")

    return attempt


@pytest.mark.parametrize(
    "text",
    [
        lambda n: case(2, more="".join(f"a{k} = {k};\n" for k in range(n))),
        lambda n: case(n, generators=n),
        lambda n: case(2, more="mpc.x = [" + "\n".join(["1/2"] * n) + "];"),
        lambda n: case(2, more="".join(f"a{k} = 1;\n" for k in range(n)) + "mpc.x = [" + "1+1 " * n + "];"),
    ],
    ids=["variables", "generators", "expressions", "both"],
)
def test_a_case_is_read_in_linear_time(text: Callable[[int], str]) -> None:
    assert_linear(lambda size: read(text(size + 2)), 150)


@pytest.mark.parametrize(
    "text",
    [
        case(2_000, generators=2_000),
        case(2, base="10/3" + " " * 300_000 + "*1"),
        case(2, more="mpc.x = [" + "1" * 300_000 + "x];"),
        case(2, more="x = " + "1" * 300_000 + "x;"),
        case(2, more="a=1;" * 30_000),
        case(2, more="mpc.x = [" + "1 \n" * 200_000),
        case(2, more="mpc.bus(:,3) " + ") " * 200_000),
        case(2, more="mpc.cost = {" + "'" * 300_000),
    ],
    ids=["generators", "blanks", "digits", "number", "statements", "rows", "brackets", "quotes"],
)
def test_hostile_cases_are_read_quickly(text: str) -> None:
    assert_quick(read(text))


@pytest.mark.parametrize(
    "more",
    [
        "mpc.x = [" + "1 " * 100_000 + "];\n" + "mpc.x(:, 1) = 1;\n" * 5_000,
        "mpc.x = [" + "1 " * 100_000 + "];\ny = mpc.x" + " * 1" * 5_000 + ";",
        "mpc.x = [" + "1 " * 50_000 + "];\nmpc.y = [" + "1\n" * 50_000 + "];\nz = mpc.x .* mpc.y;",
    ],
    ids=["columns", "products", "row and column"],
)
def test_a_small_file_does_not_ask_for_much_arithmetic(more: str) -> None:
    with pytest.raises(NetworkError, match="too much arithmetic"):
        from_matpower(case(2, more=more), "feeder")


def test_generators_at_load_buses_add_up() -> None:
    two = f"3 2{GENERATOR[1:]};\n3 1{GENERATOR[1:]};\n"
    network = from_matpower(case(4).replace("mpc.gen = [\n", f"mpc.gen = [\n{two}"), "x")
    assert network.p_kw.tolist() == pytest.approx([0, 100, 100 - 3000, 100])


def test_a_table_is_read_in_linear_time() -> None:
    def table(size: int) -> Callable[[], object]:
        lines = [
            {"from": k + 1, "to": k + 2, "r_ohm": 0.1, "x_ohm": 0.1, "opened_at": "x", f"unknown {k}": 1}
            for k in range(size)
        ]
        return partial(refused, json.loads(json.dumps({"buses": [{"vn_kv": 20}] * (size + 1), "lines": lines})))

    assert_linear(table, 100)
    assert_quick(table(3_000))


def refused(table: object) -> None:
    with pytest.raises(NetworkError):
        from_table(table)
