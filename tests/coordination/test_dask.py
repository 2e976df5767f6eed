"""The same blocks on the workers of a Dask cluster: the same answer, the same messages, and a worker may die."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.problem import build_problem
from p2pdnr.errors import InputError, SolverError
from p2pdnr.execution import Backend, DaskBackend, LocalBackend
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from tests.coordination.cases import initial, random_document

pytest.importorskip("distributed")
RAW = random_document(5, prosumers=5)

# An answer may miss its least cost by 1e-9 EUR (LOOSEST_EUR), and the last bit of a sum differs between processes:
# with the least weight of 3e-4 EUR/kW² two such answers are up to sqrt(4 * 1e-9 / 3e-4) = 4e-3 kW apart, and
# iterations add up.
APART_KW = 0.02


@pytest.fixture(scope="module")
def messages() -> list[tuple[int, str, Mapping[str, Any]]]:
    return []


@pytest.fixture(scope="module")
def cluster(messages: list[tuple[int, str, Mapping[str, Any]]]) -> Iterator[DaskBackend]:
    with DaskBackend(workers=2, listen=lambda index, way, message: messages.append((index, way, message))) as backend:
        yield backend


def negotiated(backend: Backend, turns: int, kill_at: int | None = None) -> Agreement:
    scenario = document.from_dict(RAW)
    problem = build_problem(scenario, build_network(scenario), backend=backend)
    rules = AdmmSettings(max_iterations=turns, primal_kw=1e-9)
    seen = 0

    def watch(_: Agreement) -> None:
        nonlocal seen
        seen += 1
        if seen == kill_at:
            assert isinstance(backend, DaskBackend)
            os.kill(next(iter(backend.client.run(os.getpid).values())), signal.SIGKILL)

    return iterations.negotiate(problem, initial(problem), iterations.opening(problem, rules), rules, watch)


def assert_same(one: Agreement, other: Agreement) -> None:
    assert one.response is not None and other.response is not None
    assert one.response.trade_kw == pytest.approx(other.response.trade_kw, abs=APART_KW)
    assert one.response.injection_kw == pytest.approx(other.response.injection_kw, abs=APART_KW)
    assert one.objective_eur == pytest.approx(other.objective_eur, rel=1e-5)


def test_the_cluster_gives_the_same_answer_with_the_same_messages(
    cluster: DaskBackend, messages: list[tuple[int, str, Mapping[str, Any]]]
) -> None:
    there = negotiated(cluster, 15)
    here: list[tuple[int, str, Mapping[str, Any]]] = []
    with LocalBackend(2, listen=lambda index, way, message: here.append((index, way, message))) as backend:
        assert_same(there, negotiated(backend, 15))
    assert [item[:2] for item in messages] == [item[:2] for item in here]
    for (_, _, one), (_, _, other) in zip(messages, here, strict=True):
        assert {name: values.shape for name, values in one.items()} == {name: v.shape for name, v in other.items()}
        assert all(
            one[name] == pytest.approx(other[name], abs=APART_KW if name.endswith("_kw") else 1e-3) for name in one
        )


def test_a_killed_worker_costs_time_and_not_the_run(cluster: DaskBackend) -> None:
    with LocalBackend(2) as backend:
        expected = negotiated(backend, 15)
    assert_same(negotiated(cluster, 15, kill_at=5), expected)


def test_a_study_on_a_cluster_that_somebody_else_runs(cluster: DaskBackend) -> None:
    address = cluster.client.scheduler.address
    options = study.Options(mode="fixed")
    with DaskBackend(address) as backend:
        there = study.run(document.from_dict(RAW), options, backend=backend)
    here = study.run(document.from_dict(RAW), options)
    assert there.summary["status"] == "converged"
    assert there.summary["objective_eur"] == pytest.approx(here.summary["objective_eur"], rel=1e-4)


def test_errors_of_a_block_come_back_as_they_are(cluster: DaskBackend) -> None:
    residents = cluster.settle(_refusing, ["P7"])
    with pytest.raises(SolverError, match="no answer from P7"):
        residents.ask([np.zeros(1)])


def _refusing(name: str) -> Any:
    def answer(_: Any) -> Any:
        raise SolverError(f"no answer from {name}")

    return answer


def test_nobody_at_the_address_is_said_clearly() -> None:
    with pytest.raises(InputError, match="no Dask scheduler answers"):
        DaskBackend("tcp://127.0.0.1:1", patience_s=0.2)


def test_workers_that_cannot_import_the_package_are_named(
    cluster: DaskBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("distributed.Client.run", lambda *_: {"tcp://one": True, "tcp://other": False})
    with pytest.raises(InputError, match="do not find p2pdnr") as caught:
        DaskBackend(cluster.client.scheduler.address)
    assert caught.value.problems[0].ids == ("tcp://other",)
