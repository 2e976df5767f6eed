"""Whatever number of a result folder is changed, ``check`` notices, or docs/formats.md says that it does not look.

The table "What `check` does not look at" there is the only list: what stands in it must go unnoticed, and nothing else
may.
"""

from __future__ import annotations

import copy
import hashlib
import json
import pickle
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from p2pdnr import study
from p2pdnr.errors import InputError
from p2pdnr.results import csv_tables, files, folder
from p2pdnr.results.claims import FAILS
from p2pdnr.results.columns import COLUMNS, Column, present
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.verification import bound, certificates, drawn_again, free_market, statements, stress, verify
from p2pdnr.verification.judge import judge_hourly
from tests import thorough
from tests.small_scenario import small_document

DOCUMENTS = ("summary.json", "scenario.json", "network.json")
ARRAYS = ("warm.npz", "topologies.npz")
AMOUNTS = (
    ("primal", 0.2),
    ("copy_", 0.2),  # a step and a half of the tolerance and what the plan used of it
    ("wanted_kw", 0.2),
    ("_pu", 1e-5),
    ("_percent", 0.02),
    ("_w_steps", 10),
    ("_eur", 0.02),
    ("charge_", 1e-2),
    ("price_", 1e-2),
    ("dual", 0.02),
    ("_kw", 5e-3),
)
"""How much a number is changed by: what its name ends or begins with, and the amount; 0.01 and a hundredth else."""


OTHER_WORDS = {"hourly": "fixed", "converged": "stopped", "holds": "not shown"}
"""Other words that may stand there."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result with all that a folder may hold: a bound, perturbed days, a line without limit, a return at the end, a
    refund, and bills in the market without an operator."""
    told = small_document()
    del told["network"]["source"]["lines"][3]["limit_a"]
    told["dso"] |= {"return_to_initial": True, "max_switching_per_day": 8, "line_switching_costs_eur": {"2": 0.06}}
    told["dso"] |= {"refund": "use"}
    result = study.run(document.from_dict(told), study.Options(certify=True, stress_days=3, free_market=True))
    assert len(result.tables.operations) == 4, "it switches and returns"
    target = tmp_path_factory.mktemp("whole") / "result"
    folder.save(result, target)
    return target


@pytest.fixture(scope="module", autouse=True)
def asked_once() -> Iterator[None]:
    """Most changes leave the other files, and what pandapower, the bound, the perturbed days and the market without an
    operator are asked, as they were; answers are kept. A change of the summary leaves the findings as they were, too,
    where they asked nothing of it that has changed."""
    answers: dict[Any, Any] = {}

    def once(name: str, key: Any, ask: Callable[[], Any]) -> Any:
        if (name, key) not in answers:
            answers[name, key] = ask()
        return answers[name, key]

    def judged(*question: Any) -> Any:
        return once("judge", name_of(question), lambda: judge_hourly(*question))

    def drawn(result: StudyResult, *question: Any) -> Any:
        return once("stress", (everything(result), *question), lambda: stress.stressed(result, *question))

    read, first, optimum = csv_tables.read, bound.lower_bound, free_market.market_optimum

    def bounded(result: StudyResult) -> Any:
        said = (result.summary.get("lower_bound_eur"), result.summary.get("mode"), result.summary.get("p2p"))
        return once("bound", (everything(result), *said), lambda: first(result))

    def parsed(text: str, name: str) -> Any:
        return once("csv", (text, name), lambda: read(text, name))

    def equilibrium(*question: Any) -> Any:
        return once("market", name_of(question), lambda: optimum(*question))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_tables, "read", parsed)
        patch.setattr(free_market, "market_optimum", equilibrium)
        patch.setattr(certificates, "examine", Examined(certificates.examine))
        patch.setattr(certificates, "judge_hourly", judged)
        patch.setattr(drawn_again, "stressed", drawn)
        patch.setattr(bound, "lower_bound", bounded)
        yield


class Asked(Mapping[str, Any]):
    """A summary that remembers which of its entries were read."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told, self.names = told, set[str]()

    def __getitem__(self, name: str) -> Any:
        self.names.add(name)
        return self.told[name]

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("whoever reads all of a summary may find something in each of its entries")

    def __len__(self) -> int:
        raise AssertionError("whoever reads all of a summary may find something in each of its entries")

    def answers_alike(self, other: dict[str, Any]) -> bool:
        """Whether whoever read this one would have read the same in the other."""
        return all(json.dumps(self.told.get(name)) == json.dumps(other.get(name)) for name in self.names)


class Examined:
    """Findings by everything but the summary, and by what was read of that."""

    def __init__(self, examine: Callable[..., Any]) -> None:
        self.examine = examine
        self.known: dict[str, list[tuple[Asked, Any]]] = {}

    def __call__(self, result: StudyResult, *costs: Any) -> Any:
        before = self.known.setdefault(name_of((replace(result, summary={}), costs)), [])
        for asked, findings in before:
            if asked.answers_alike(result.summary):
                return findings
        asked = Asked(result.summary)
        findings = self.examine(replace(result, summary=cast(dict[str, Any], asked)), *costs)
        before.append((asked, findings))
        return findings


def name_of(values: Any) -> str:
    """The same for what is the same through and through."""
    return hashlib.sha256(pickle.dumps(values)).hexdigest()


def everything(result: StudyResult) -> str:
    """A name for all but the summary of a result."""
    network, tables = result.network, result.tables
    plans = (tables.hours, tables.buses, tables.lines, tables.prosumers, tables.trades)
    numbers = [table.select_dtypes("number").to_numpy(dtype=float) for table in plans]
    numbers += [getattr(network, item.name) for item in fields(network)]
    numbers += result.arrays.values()
    return document.sha256(result.scenario) + repr([np.asarray(item).tobytes() for item in numbers])


def is_noticed(place: Path) -> bool:
    """Whether ``check`` would end with another status than 0."""
    try:
        result = folder.load(place)
    except InputError:
        return True
    return objected(result)


def amount(name: str, value: float) -> float:
    size = next((size for part, size in AMOUNTS if name.endswith(part) or name.startswith(part)), None)
    return 0.01 + 0.01 * abs(value) if size is None else float(size)


def unlike(value: Any, name: str = "") -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value + amount(name, value)
    return 1.0 if value is None else OTHER_WORDS.get(value, f"{value}x")


# -- tables


def table_changes(name: str, table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Every column changed in one row: where its number is largest, of convergence.csv also before the last row."""
    for column in present(name, table.columns):
        if name == "convergence" and column.name in ("primal", "dual"):
            yield column.name, changed(table, column, len(table) - 1)
            yield f"{column.name} before the last row", changed(table, column, len(table) // 2)
        else:
            row = len(table) // 2 if name == "convergence" else largest(table, column)
            yield column.name, changed(table, column, row)


def largest(table: pd.DataFrame, column: Column) -> int:
    numbers = pd.to_numeric(table[column.name], errors="coerce").abs()
    return 0 if numbers.isna().all() else int(numbers.argmax())


def changed(table: pd.DataFrame, column: Column, row: int) -> pd.DataFrame:
    other, value = table.copy().astype({column.name: object}), table[column.name].iloc[row]
    if column.kind == "text":
        others = [item for item in table[column.name].unique() if item != value]
        value = others[0] if others else f"{value} 1"
    elif column.kind == "integer" and not pd.isna(value):
        value = int(value) + 1
    else:
        value = 1.0 if pd.isna(value) else float(value) + amount(column.name, float(value))
    other.iloc[row, list(other.columns).index(column.name)] = value
    return other


# -- documents


def leaves(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[str, tuple[Any, ...], Any]]:
    """Name and path of everything in a document that is no object and no list; of a list its last entry counts."""
    if isinstance(tree, dict) and tree:
        for key, value in tree.items():
            yield from leaves(value, (*path, key))
    elif isinstance(tree, list) and tree:
        yield from leaves(tree[-1], (*path, len(tree) - 1))
    elif not isinstance(tree, dict | list):
        yield ".".join(str(key) for key in path if not isinstance(key, int)), path, tree


def document_changes(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, path, value in leaves(told):
        other = copy.deepcopy(told)
        place = other
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = unlike(value, str(path[-1]))
        yield name, json.dumps(other)


# -- the test


def changes(place: Path, file: str) -> Iterator[tuple[str, Callable[[Path], object]]]:
    """What may be changed in a file, by name, and how it is written then."""
    if file.endswith(".json"):
        for name, text in document_changes(json.loads((place / file).read_text(encoding="utf-8"))):
            yield name, lambda path, text=text: path.write_text(text, encoding="utf-8")  # type: ignore[misc]
    elif file.endswith(".csv"):
        table = pd.read_csv(place / file, dtype={"open_lines": str}, keep_default_na=True)
        for name, other in table_changes(file.removesuffix(".csv"), table):
            yield name, lambda path, other=other: path.write_text(other.to_csv(index=False))  # type: ignore[misc]
    else:
        stored = files.read_arrays(place / file)
        for name, values in stored.items():
            other = values.copy()
            if other.size:
                spot = np.unravel_index(int(np.abs(other).argmax()), other.shape)
                other[spot] += amount(name, float(other[spot]))
                yield name, lambda path, all_=stored | {name: other}: files.write_arrays(path, all_)  # type: ignore[misc]


def not_looked_at() -> dict[str, set[str]]:
    """File -> names, of the table in docs/formats.md; those of secure plans are ``test_secure_again``'s."""
    text = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    table = text.split("### What `check` does not look at")[1].split("\n### ")[0]
    rows = re.findall(r"^\| `([\w.]+)` \| (.*?) \|", table, flags=re.MULTILINE)
    found: dict[str, set[str]] = {}
    for file, names in rows:
        here = [name for name in re.findall(r"`([^`]+)`", names) if not name.startswith("secure.")]
        found.setdefault(file, set()).update(here)
    return found


OF_WELFARE = [name for name in COLUMNS if name not in ("role", "secure", "levers")]
EVERY_FILE = [*DOCUMENTS, *(f"{name}.csv" for name in OF_WELFARE), *ARRAYS]


def covered(names: set[str], name: str) -> bool:
    return any(name == item or name.startswith(f"{item}.") for item in names)


def is_like_another(name: str) -> bool:
    """Seconds of stages, versions of packages and quantiles of a figure are compared alike or not at all."""
    group, _, last = name.rpartition(".")
    return (group in ("seconds", "versions") and last not in ("total", "python")) or last in ("p05", "p50")


def is_open(names: set[str], name: str) -> bool:
    """Of what ends with dots in the list some is noticed, some is not."""
    return any(item.endswith("...") and name.startswith(item.removesuffix("...")) for item in names)


def test_the_result_as_it_is_stands_up(whole: Path) -> None:
    assert not is_noticed(whole)
    assert sorted(path.name for path in whole.iterdir()) == sorted(EVERY_FILE)


@pytest.mark.parametrize("file", EVERY_FILE)
def test_a_number_that_is_changed_is_noticed_or_not_looked_at(file: str, whole: Path, tmp_path: Path) -> None:
    listed, place = not_looked_at().get(file, set()), tmp_path / "result"
    shutil.copytree(whole, place)
    unnoticed, noticed = set(), set()
    for name, write in changes(whole, file):
        if is_open(listed, name) or is_like_another(name):
            continue
        write(place / file)
        (noticed if is_noticed(place) else unnoticed).add(name)
    assert sorted(name for name in unnoticed if not covered(listed, name)) == [], "not noticed, not listed"
    assert sorted(name for name in noticed if covered(listed, name)) == [], "listed, but noticed"
    names = [item for item in listed if not item.endswith("...")]
    assert sorted(item for item in names if not any(covered({item}, name) for name in unnoticed)) == [], "not there"


def test_without_the_landscape_a_result_is_judged_by_the_rest(whole: Path, tmp_path: Path) -> None:
    """As the results in data/results are: topologies.npz may be missing, its count and the ranks may not be false."""
    place = tmp_path / "result"
    shutil.copytree(whole, place)
    (place / "topologies.npz").unlink()
    assert not is_noticed(place)
    for name, key in (("summary.json", "topologies"), ("hours.csv", "rank")):
        kept = (place / name).read_text(encoding="utf-8")
        dict(changes(place, name))[key](place / name)
        assert is_noticed(place), name
        (place / name).write_text(kept, encoding="utf-8")


ODD = [np.nan, np.inf, -np.inf, 1e308, -1e308]


@pytest.fixture(scope="module")
def loaded(whole: Path) -> StudyResult:
    return folder.load(whole)


@pytest.mark.parametrize("table", OF_WELFARE)
def test_what_is_not_finite_is_noticed_in_every_column(table: str, loaded: StudyResult) -> None:
    """Also where no file was read: a result may come from anywhere."""
    frame = loaded.stress if table == "stress" else getattr(loaded.tables, table)
    for column in present(table, frame.columns):
        if column.kind == "number":
            other = frame.copy()
            other.loc[other.index[len(other) // 2], column.name] = np.inf
            assert objected(with_table(loaded, table, other)), column.name


@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_sound_number_is_noticed_in_every_array(odd: float, loaded: StudyResult) -> None:
    alike = [one for one in ODD if np.isfinite(one) == np.isfinite(odd)]
    for place, (name, values) in enumerate(loaded.arrays.items()):
        if not thorough.asked() and alike[place % len(alike)] is not odd:
            continue  # each array has one that is finite and one that is not
        if not values.size or (np.isfinite(odd) and name in not_looked_at()["warm.npz"]):
            continue
        other = values.copy()
        other.flat[0] = odd
        if np.isfinite(odd) and name.startswith("bound_"):
            objected(replace(loaded, arrays=loaded.arrays | {name: other}))  # no more is asked than an answer
        else:
            assert objected(replace(loaded, arrays=loaded.arrays | {name: other})), name


def test_prices_without_bound_prove_nothing(loaded: StudyResult) -> None:
    """Numbers so large that the repeated bound is none: nothing is below nothing."""
    for name in ("bound_stored_eur", "bound_shifted_eur"):
        for odd in (1e308, -1e308):
            forged = loaded.arrays | {name: np.full_like(loaded.arrays[name], odd)}
            summary = loaded.summary | {"lower_bound_eur": 1e6}
            found = verify(replace(loaded, arrays=forged, summary=summary))["lower_bound"]
            assert found.state == "does not hold", name


@pytest.mark.parametrize("part", ["loss", "congestion", "voltage"])
def test_a_charge_that_is_changed_with_its_part_is_noticed_at_every_bus(part: str, loaded: StudyResult) -> None:
    """Also where nobody sits, whose charge nobody pays: bus 2, and the substation."""
    buses = loaded.tables.buses
    for row in np.flatnonzero(buses["hour"] == 1):
        here = 0.01 * (np.arange(len(buses)) == row)
        both = {name: buses[name] + here for name in (f"charge_{part}", "charge_eur_per_kwh")}
        forged = with_table(loaded, "buses", buses.assign(**both))
        assert verify(forged)["charges"].state == "does not hold", int(row)


def with_table(result: StudyResult, name: str, table: pd.DataFrame) -> StudyResult:
    if name == "stress":
        return replace(result, stress=table)
    return replace(result, tables=replace(result.tables, **{name: table}))


def objected(result: StudyResult) -> bool:
    found = verify(result)
    return FAILS in {item.state for item in found.values()} or bool(statements(result, found).contradictions)
