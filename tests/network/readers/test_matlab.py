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
    ],
)
def test_arithmetic(text: str, value: float) -> None:
    with np.errstate(all="ignore"):
        known = {"v": np.array(10.0), "s": np.array(2.0), "m": M, "c": np.array(2.0)}
        assert float(evaluate(text, known)) == pytest.approx(value, rel=1e-15)


def test_columns_and_element_by_element_products() -> None:
    known = {"m": M, "P": np.array(1.0), "Q": np.array(3.0)}
    assert evaluate("m(:, [P Q])", known).tolist() == [[1.0, 3.0], [4.0, 6.0]]
    assert evaluate("m(:, [P, Q]) / 2", known).tolist() == [[0.5, 1.5], [2.0, 3.0]]
    assert evaluate("m(:, P) .* m(:, Q)", known).tolist() == [[3.0], [24.0]]
    assert evaluate("m(2, :)", known).tolist() == [[4.0, 5.0, 6.0]]


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
        "m(0, 1)",
        "m(1.5, 1)",
        "m(1)",
        "v(1, 1)",
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
    with pytest.raises(ValueError):
        evaluate(text, {"m": M, "v": np.array(1.0)})


@PROPERTY
@given(
    st.recursive(
        st.integers(0, 99).map(str),
        lambda e: st.tuples(e, st.sampled_from("+-*"), e).map("({0[0]} {0[1]} {0[2]})".format),
    )
)
def test_agrees_with_python_on_random_expressions(text: str) -> None:
    assert float(evaluate(text, {})) == float(eval(text))


def test_statements_join_lines_and_leave_comments_out() -> None:
    text = "a = 1; b = 2 % c = 3;\nm = [1 2; % first\n3 4];\n%{\nd = 4;\n%}\ne = 'x;%y';\nf = 1 + ...  rest\n  2\n"
    assert list(statements(text)) == [
        (1, "a = 1"), (1, "b = 2"), (2, "m = [1 2; \n3 4]"), (7, "e = 'x;%y'"), (8, "f = 1 +    2"),
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
        ("mpc.bus = [1 2];\nmpc.bus(1, 2) = [3 4];", 2),
        ("mpc.bus = [1 2];\nmpc.bus(2) = 3;", 2),
        ("mpc.bus = [1 2];\nmpc.bus(1, :) = [1 2 3];", 2),
        ("mpc.bus = [1 2; 3 4];\nmpc.bus(1, 1) = [];", 2),
        ("mpc.bus = [1 2];\nmpc.bus(1e9, 1) = 1;", 2),
        ("x = ones(1e9);", 1),
        ("x = 1:1e12;", 1),
        ("x = 1;\ny = [x + 1, [2]];", 2),
        ("x = 1;\nx(0, 1) = 2;", 2),
        ("mpc.bus = [1 2];\nmpc.bus(1, 1) = eval('1');", 2),
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


BASE = "mpc.m = [1 2 3; 4 5 6];\nm0 = mpc.m;\n"


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ("mpc.m(2, 3) = 0;", [[1, 2, 3], [4, 5, 0]]),
        ("mpc.m(1,:) = 7;", [[7, 7, 7], [4, 5, 6]]),
        ("mpc.m(1:2, 2) = 0;", [[1, 0, 3], [4, 0, 6]]),
        ("mpc.m(end, end) = pi;", [[1, 2, 3], [4, 5, np.pi]]),
        ("mpc.m(end+1, :) = [7 8 -9];", [[1, 2, 3], [4, 5, 6], [7, 8, -9]]),
        ("mpc.m(end+1:end+2, :) = [7 8 9\n 1 1 1];", [[1, 2, 3], [4, 5, 6], [7, 8, 9], [1, 1, 1]]),
        ("mpc.m(:, 4) = [8 9]';", [[1, 2, 3, 8], [4, 5, 6, 9]]),
        ("mpc.m(:, 3) = [8 9];", [[1, 2, 8], [4, 5, 9]]),
        ("mpc.m(3, 1) = 9;", [[1, 2, 3], [4, 5, 6], [9, 0, 0]]),
        ("mpc.m(1, :) = [];", [[4, 5, 6]]),
        ("mpc.m(:, [1 3]) = [];", [[2], [5]]),
        ("mpc.m = [mpc.m; 7, -8, 9];", [[1, 2, 3], [4, 5, 6], [7, -8, 9]]),
        ("mpc.m = [\n mpc.m\n 7 8 9\n];", [[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
        ("mpc.m = [mpc.m, ones(2, 1)];", [[1, 2, 3, 1], [4, 5, 6, 1]]),
        ("mpc.m(:, 1) = zeros(2, 1); # octave", [[0, 2, 3], [0, 5, 6]]),
        ("mpc.m(:, 2) = mpc.m(:, 2) * 1.1;", [[1, 2.2, 3], [4, 5.5, 6]]),
        ("k = 2; mpc.m(k, 1:2) = mpc.m(1, 2:3);", [[1, 2, 3], [2, 3, 6]]),
        ("mpc.m(mpc.m(:, 1) == 4, 3) = 0;", [[1, 2, 3], [4, 5, 0]]),
        ("mpc.m(find(mpc.m(:, 1) > 1 & mpc.m(:, 2) < 9), 3) = 0;", [[1, 2, 3], [4, 5, 0]]),
        ("mpc.m([1, 2], 3) = [30; 60];", [[1, 2, 30], [4, 5, 60]]),
        ("mpc.m([1:2], 1) = mpc.m(2:-1:1, 1);", [[4, 2, 3], [1, 5, 6]]),
        ("m0(2, 1) = 40; mpc.m = m0;", [[1, 2, 3], [40, 5, 6]]),
        ("mpc.m = mpc.m';", [[1, 4], [2, 5], [3, 6]]),
        ("mpc.m(size(mpc.m, 1), ...\n 1) = length(mpc.m);", [[1, 2, 3], [3, 5, 6]]),
        ("%% a cell\nname = 'it''s % no comment'; mpc.m(1) = 1;", None),
        ("mpc.note{end+1} = 'x'; mpc.m(1, 1) = sqrt(16);", [[4, 2, 3], [4, 5, 6]]),
        ("mpc.m(1, 1) = exp(0) + round(1.6);", [[3, 2, 3], [4, 5, 6]]),
    ],
)
def test_edits_that_people_write(edit: str, expected: list[list[float]] | None) -> None:
    if expected is None:
        with pytest.raises(MatlabError, match="line 4"):
            interpret(BASE + edit)
        return
    np.testing.assert_allclose(interpret(BASE + edit).fields["m"], expected)


@PROPERTY
@given(st.data())
def test_assignments_agree_with_numpy(data: st.DataObject) -> None:
    height, width = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    values = np.arange(1.0, height * width + 1).reshape(height, width)
    text = "mpc.m = [" + ";".join(" ".join(f"{x:g}" for x in row) for row in values) + "];\n"
    for _ in range(data.draw(st.integers(1, 4))):
        first, last = sorted(data.draw(st.integers(1, values.shape[0])) for _ in range(2))
        column, number = data.draw(st.integers(1, values.shape[1])), data.draw(st.integers(-9, 9))
        kind = data.draw(st.sampled_from(("set", "append", "scale")))
        if kind == "set":
            values[first - 1 : last, column - 1] = number
            text += f"mpc.m({first}:{last}, {column}) = {number};\n"
        elif kind == "append":
            values = np.vstack([values, np.full(values.shape[1], number)])
            text += f"mpc.m(end+1, :) = {number} * ones(1, {values.shape[1]});\n"
        else:
            values[:, column - 1] *= number
            text += f"mpc.m(:, {column}) = {number} * mpc.m(:, {column});\n"
    np.testing.assert_allclose(interpret(text).fields["m"], values)


def test_functions_behind_the_case_tell_their_columns() -> None:
    text = """function mpc = small
        mpc.m = [1 2 3];
        [A, B] = idx_own;
        [~, SECOND] = idx_own();
        mpc.m(1, B) = 9;
        mpc.x = SECOND;

        function [A, B, ...
            C] = idx_own
        A = 1; B = 3;

        function helper(x)
        disp(x)
        end
        """
    case = interpret(text)
    assert case.fields["m"].tolist() == [[1, 2, 9]] and float(case.fields["x"]) == 3.0
    with pytest.raises(MatlabError, match="line 10"):
        interpret(text.replace("A = 1;", "A = find_it;"))
