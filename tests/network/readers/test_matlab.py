"""The part of MATLAB that case files are written in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.network.readers.expression import evaluate
from p2pdnr.network.readers.matlab import MatlabError, interpret, statements

PROPERTY = settings(deadline=None, derandomize=True, max_examples=120)
M = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("135/sqrt(3)", 135 / 3**0.5),
        ("50/3", 50 / 3),
        ("-2^2", -4.0),
        ("2^-1", 0.5),
        ("2^3^2", 64.0),
        ("1 - 2 - 3", -4.0),
        ("8/4/2", 1.0),
        ("2*(3 + .5e1)", 16.0),
        ("+3 - -2", 5.0),
        ("sin(acos(0.85))", (1 - 0.85**2) ** 0.5),
        ("v^2 / s", 50.0),
        ("m(2, 3)", 6.0),
        ("m(1, c) * 1e3", 2000.0),
        ("1/0", np.inf),
        ("2*pi*50", 100 * np.pi),
        ("m(end, end-1)", 5.0),
        ("m(3)", 2.0),
        ("v(1, 1)", 10.0),
        ("sum(m(:, 1))", 5.0),
        ("size(m, 2)", 3.0),
        ("max(2, 3) + min([4 1 2])", 4.0),
        ("numel(m(m > 2))", 4.0),
        ("[1 2 3] * [1; 2; 3]", 14.0),
        ("~(1 == 2)", 1.0),
        ("round(-2.5)", -3.0),
        ("1.e3", 1000.0),
        ("numel(1:2:6)", 3.0),
    ],
)
def test_arithmetic(text: str, value: float) -> None:
    with np.errstate(all="ignore"):
        known = {"v": np.array(10.0), "s": np.array(2.0), "m": M, "c": np.array(2.0)}
        assert evaluate(text, known).item() == pytest.approx(value, rel=1e-15)


def test_columns_and_element_by_element_products() -> None:
    known = {"m": M, "P": np.array(1.0), "Q": np.array(3.0)}
    assert evaluate("m(:, [P Q])", known).tolist() == [[1.0, 3.0], [4.0, 6.0]]
    assert evaluate("m(:, [P, Q]) / 2", known).tolist() == [[0.5, 1.5], [2.0, 3.0]]
    assert evaluate("m(:, P) .* m(:, Q)", known).tolist() == [[3.0], [24.0]]
    assert evaluate("m(2, :)", known).tolist() == [[4.0, 5.0, 6.0]]
    assert evaluate("m'", known).tolist() == [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]
    assert evaluate("m(:, 1)' ./ 2", known).tolist() == [[0.5, 2.0]]
    assert evaluate("m(:, 1:2)", known).tolist() == [[1.0, 2.0], [4.0, 5.0]]
    assert evaluate("m(m(:, 1) == 4, :)", known).tolist() == [[4.0, 5.0, 6.0]]


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("[0.3 -0.1]", [[0.3, -0.1]]),
        ("[0.3 - 0.1]", [[0.2]]),
        ("[0.3 - 0.1, 1]", [[0.2, 1.0]]),
        ("[0.3 -0.1 +2]", [[0.3, -0.1, 2.0]]),
        ("[m' m']", [[1.0, 4.0, 1.0, 4.0], [2.0, 5.0, 2.0, 5.0], [3.0, 6.0, 3.0, 6.0]]),
        ("[1, 2; 3, 4]", [[1.0, 2.0], [3.0, 4.0]]),
        ("[1 2\n3 4]", [[1.0, 2.0], [3.0, 4.0]]),
        ("[m; 7 8 9]", [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]),
        ("[zeros(1, 2) 1]", [[0.0, 0.0, 1.0]]),
        ("[m(1, 1) (2 + 1)]", [[1.0, 3.0]]),
        ("linspace(0, 1, 3)", [[0.0, 0.5, 1.0]]),
        ("4:-2:0", [[4.0, 2.0, 0.0]]),
    ],
)
def test_blanks_and_signs_in_matrices(text: str, entries: list[list[float]]) -> None:
    assert evaluate(text, {"m": M}) == pytest.approx(np.array(entries))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 +",
        "(1",
        "1)",
        "1 2",
        "x",
        "sqrt",
        "__import__",
        "m(3, 1)",
        "m(7)",
        "1i * 2",
        "sqrt(-1)",
        "(-8)^(1/3)",
        "ones(1e9, 1)",
        "m(1, 1, 1)",
        "1:1e12",
        "sum(m, 3)",
        "m(0, 1)",
        "m(1.5, 1)",
        "m*m",
        "m/m",
        "2/m",
        "m^2",
        "[1 2",
        "1; 2",
        "'a'",
        "eval(1)",
        "system('ls')",
        "@f",
        "m(:, :",
        "a.b.c",
    ],
)
def test_anything_but_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(ValueError), np.errstate(all="ignore"):
        evaluate(text, {"m": M, "v": np.array(1.0)})


@PROPERTY
@given(
    st.recursive(
        st.integers(0, 99).map(str),
        lambda e: st.tuples(e, st.sampled_from("+-*"), e).map("({0[0]} {0[1]} {0[2]})".format),
    )
)
def test_agrees_with_python_on_random_expressions(text: str) -> None:
    assert evaluate(text, {}).item() == float(eval(text))


def test_statements_join_lines_and_leave_comments_out() -> None:
    text = "a = 1; b = 2 % c = 3;\nm = [1 2; % first\n3 4];\n%{\nd = 4;\n%}\ne = 'x;%y';\nf = 1 + ...  rest\n  2\n"
    assert [(item.line, " ".join(word.text for word in item.tokens)) for item in statements(text)] == [
        (1, "a = 1"), (1, "b = 2"), (2, "m = [1 2; % first\n3 4]"), (7, "e = 'x;%y'"), (8, "f = 1 + 2"),
    ]  # fmt: skip


def test_a_case_with_conversions() -> None:
    case = interpret(
        """
        function mpc = small
        mpc.version = '2';
        mpc.baseMVA = 50/3;
        mpc.bus = [ 1 3 0 0 ; %% comment
                    2,1,100,50 ];
        mpc.bus_name = { 'one'; 'two' };
        [PQ, PV, REF, NONE, BUS_I, BUS_TYPE, PD, QD] = idx_bus;
        pf = 0.8;
        mpc.bus(:, QD) = mpc.bus(:, PD) * sin(acos(pf));
        mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3;
        """
    )
    np.testing.assert_allclose(case.fields["bus"], [[1, 3, 0, 0], [2, 1, 0.1, 0.06]])
    assert case.fields["baseMVA"] == pytest.approx(50 / 3)
    assert case.written["baseMVA"] == [["50/3"]] and case.written["bus"][1] == ["2", "1", "100", "50"]


def test_all_column_names_by_define_constants() -> None:
    case = interpret("mpc.branch = [1 2 3 4 5 6 7 8 9 10 11 12 13];define_constants;\nmpc.x = mpc.branch(1, ANGMAX);")
    assert float(case.fields["x"]) == 13.0


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("mpc.a = 1;\nif x", 2),
        ("mpc.a = [1 2\n3];", 1),
        ("\n\nmpc.a = system('ls');", 3),
        ("mpc.bus(:, 1) = 3;", 1),
        ("mpc.bus = [1 2];\nmpc.bus(0, 2) = 3;", 2),
        ("mpc.bus = [1 2];\nmpc.bus(:, 1:2) = [1; 2; 3];", 2),
        ("mpc.bus = [1 2];\nmpc.bus(1e9, 1) = 3;", 2),
        ("mpc.bus = [1 2];\nfor k = 1:2\nend", 2),
        ("a = 'never closed", 1),
        ("mpc = loadcase('case9');", 1),
        ("other.bus = [1 2];", 1),
        ("k = find(mpc.bus(:, 1))", 1),
        ("[A, B] = idx_dc;", 1),
        ("mpc.a = " + "(" * 5000 + "1;", 1),
        ("!rm -rf", 1),
        ("a == 1", 1),
    ],
)
def test_refusals_name_the_line(text: str, line: int) -> None:
    with pytest.raises(MatlabError) as caught:
        interpret(text)
    assert caught.value.line == line


@PROPERTY
@given(st.text(alphabet="mpc.bus=[](){};:,'%\n 123+-*/^sqrt", max_size=60))
def test_no_text_crashes_the_reader(text: str) -> None:
    try:
        interpret(text)
    except MatlabError as error:
        assert error.line >= 1


CASE = """function mpc = edited
mpc.version = '2';
mpc.baseMVA = 10;
mpc.bus = [1 3 0; 2 1 0.3; 3 1 0.4];
mpc.branch = [
 1 2 0.03 1;
 2 3 0.05 1;
 3 1 0.04 0;
];
"""


@pytest.mark.parametrize(
    ("edits", "bus", "branch"),
    [
        ("mpc.branch(3, 4) = 1;", {}, {(2, 3): 1.0}),
        ("mpc.branch(2:3, 4) = 0;", {}, {(1, 3): 0.0, (2, 3): 0.0}),
        ("mpc.branch(end, 4) = 1; mpc.branch(end-1, 4) = 0;", {}, {(2, 3): 1.0, (1, 3): 0.0}),
        ("mpc.branch(:, 4) = [1 0 1]';", {}, {(1, 3): 0.0, (2, 3): 1.0}),
        ("mpc.branch(mpc.branch(:, 3) > 0.045, 4) = 0;", {}, {(1, 3): 0.0}),
        ("mpc.branch(find(mpc.branch(:, 4) == 0), 4) = true;", {}, {(2, 3): 1.0}),
        ("mpc.branch([1 3], 3) = [0.031; 0.041];", {}, {(0, 2): 0.031, (2, 2): 0.041}),
        ("# of Octave\nmpc.bus(2, 3) = 1/3; # behind", {(1, 2): 1 / 3}, {}),
        ("mpc.bus(2, 3) = mpc.bus(2, 3) + 0.1, mpc.bus(3, 3) = 0.5", {(1, 2): 0.4, (2, 2): 0.5}, {}),
        ("k = 2; mpc.bus(2:end, 3) = k * mpc.bus(2:end, 3);", {(1, 2): 0.6, (2, 2): 0.8}, {}),
        ("n = size(mpc.bus, 1);\nmpc.bus(n, 3) = sqrt(0.09);", {(2, 2): 0.3}, {}),
        ("x = [0.1 ...\n 0.2 0.7];\nmpc.bus(:, 3) = x';", {(0, 2): 0.1, (1, 2): 0.2, (2, 2): 0.7}, {}),
        ("mpc.bus(:, 3) = [0\n0.1\n0.2];", {(1, 2): 0.1, (2, 2): 0.2}, {}),
        ("[A, B] = names;\nmpc.bus(A, B) = 0.9;\nfunction [x, y] = names\nx = 2; y = 3;", {(1, 2): 0.9}, {}),
        ("mpc.tags = {};\nmpc.tags{end+1} = 'x';", {}, {}),
        ("disp('edited'); clear k; mpc.note = 'it''s % no comment';", {}, {}),
    ],
)
def test_what_people_write_to_edit_a_case(
    edits: str, bus: dict[tuple[int, int], float], branch: dict[tuple[int, int], float]
) -> None:
    plain, edited = interpret(CASE).fields, interpret(CASE + edits).fields
    for name, changes in (("bus", bus), ("branch", branch)):
        expected = plain[name].copy()
        for place, value in changes.items():
            expected[place] = value
        assert edited[name] == pytest.approx(expected)


def test_rows_are_added_and_taken_away() -> None:
    row = "[2 1 0.07 0]"
    for edit in (
        f"mpc.branch(end+1, :) = {row};",
        f"mpc.branch(4, :) = {row};",
        f"mpc.branch = [mpc.branch; {row}];",
        "mpc.branch(end+1, :) = mpc.branch(1, :); mpc.branch(end, :) = [2, 1, 0.07 zeros(1, 1)];",
    ):
        assert interpret(CASE + edit).fields["branch"][3:].tolist() == [[2.0, 1.0, 0.07, 0.0]]
    assert interpret(CASE + "mpc.branch(2, :) = [];").fields["branch"][:, 2].tolist() == [0.03, 0.04]


def test_index_functions_at_the_end_of_a_file_are_not_taken_for_statements() -> None:
    use = "[PQ, PV, REF] = idx_bus;\nmpc.bus(REF, 3) = 1;\n"
    local = f"{use}\nfunction [PQ, PV, REF] = idx_bus\nPQ = 1; PV = 2; REF = 3;\nend\n"
    assert interpret(CASE + local).fields["bus"][2, 2] == 1.0
    with pytest.raises(MatlabError, match="does not say what REF is"):
        interpret(CASE + local.replace(" REF = 3;", ""))


@pytest.mark.parametrize(
    ("change", "loads"),
    [
        ("mpc.bus(2, 3) += 0.5;", [0.0, 1.5]),
        ("mpc.bus(:, 3) *= 2;", [0.0, 2.0]),
        ("mpc.bus(2, 3) -= 0.25 * 2;", [0.0, 0.5]),
        ("mpc.bus(setdiff(1:2, [1]), 3) = 7;", [0.0, 7.0]),
        ("mpc.bus(unique([2 2]), 3) = 5;", [0.0, 5.0]),
        ("mpc.bus(union(2, intersect([1 2], [2 3])), 3) = 4;", [0.0, 4.0]),
        ("mpc.bus = vertcat(mpc.bus, [3 1 9]);", [0.0, 1.0, 9.0]),
        ("mpc.bus = [horzcat(mpc.bus(:, 1:2), [3; 4])];", [3.0, 4.0]),
    ],
)
def test_changes_as_octave_writes_them(change: str, loads: list[float]) -> None:
    case = interpret(f"function mpc = c\nmpc.bus = [1 3 0; 2 1 1];\n{change}\n")
    assert case.fields["bus"][:, 2].tolist() == loads


def test_matrices_that_do_not_fit_are_refused_by_line() -> None:
    with pytest.raises(MatlabError, match=r"line 2 .*its rows differ in length"):
        interpret("function mpc = c\nmpc.bus = vertcat([1 2], [1 2 3]);\n")
