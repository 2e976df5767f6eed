"""Where work runs: on a few threads of this process, or on the workers of a Dask cluster.

Work that only computes is mapped. Work that keeps something to itself, a block of prosumers its private data, is
*settled* once and then asked: one message goes to each resident and one comes back, and nothing else. The kernels
release the interpreter lock, so threads are enough on one machine and nothing is copied there.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, Generic, Protocol, Self, TypeVar, cast

from p2pdnr.errors import InputError, P2pdnrError, Problem, SolverError

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Data = TypeVar("Data")
Message = TypeVar("Message")

Resident = Callable[[Message], Message]
"""Answers messages and keeps to itself what it was made of."""

Listener = Callable[[int, str, Any], None]
"""Told every message that crosses: the resident's number, "to" or "from", and the message."""


class Residents(Protocol[Message]):
    """Residents that were settled together."""

    def ask(self, messages: Sequence[Message]) -> list[Message]:
        """The residents' answers, one message each way."""
        ...


class Backend(Protocol):
    """Something work runs on; a context manager."""

    @property
    def workers(self) -> int:
        """How many pieces run side by side."""
        ...

    def map(self, function: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
        """The answers in the order of the items, in this process; the first exception comes out."""
        ...

    def settle(self, build: Callable[[Data], Resident[Message]], data: Sequence[Data]) -> Residents[Message]:
        """Make a resident of each item of ``data`` where it is going to live."""
        ...


class _Shared(Generic[Item, Answer]):
    """Items that several threads work on, each taking the next one."""

    def __init__(self, function: Callable[[Item], Answer], items: list[Item]) -> None:
        self.items, self.answers = items, cast("list[Answer]", [None] * len(items))
        self._function, self._next = function, iter(range(len(items)))

    def run(self) -> None:
        """Work until nothing is left; after an exception nothing more is begun."""
        for index in self._next:
            try:
                self.answers[index] = self._function(self.items[index])
            except BaseException:
                for _ in self._next:
                    pass
                raise


class LocalBackend:
    """Runs work on ``workers`` threads of this process; use as a context manager."""

    def __init__(self, workers: int = 2, listen: Listener | None = None) -> None:
        self.workers = workers
        self._listen = listen
        self._pool = ThreadPoolExecutor(workers - 1, thread_name_prefix="p2pdnr") if workers > 1 else None

    def map(self, function: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
        """The answers in the order of the items; an exception comes out. The calling thread works too: for pieces of a
        tenth of a millisecond, waking another one and waiting for it costs as much as the work."""
        work = _Shared(function, list(items))
        helpers = min(self.workers, len(work.items)) - 1
        running = [self._pool.submit(work.run) for _ in range(helpers)] if self._pool else []
        try:
            work.run()
        finally:
            wait(running)
        for helper in running:
            helper.result()
        return work.answers

    def settle(self, build: Callable[[Data], Resident[Message]], data: Sequence[Data]) -> Residents[Message]:
        """Residents in this process."""
        return _Here(self, self.map(build, data), self._listen)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)


class _Here(Generic[Message]):
    """Residents as objects of this process."""

    def __init__(self, backend: LocalBackend, residents: list[Resident[Message]], listen: Listener | None) -> None:
        self._backend, self._residents, self._listen = backend, residents, listen

    def ask(self, messages: Sequence[Message]) -> list[Message]:
        """On the backend's threads."""
        answers = self._backend.map(lambda pair: pair[0](pair[1]), zip(self._residents, messages, strict=True))
        tell(self._listen, messages, answers)
        return answers


class DaskBackend:
    """Runs residents on a Dask cluster: the one at ``address``, or one of its own with ``workers`` processes.

    Raises :class:`InputError` where Dask is not installed, nobody answers at the address within ``patience_s``, or
    its scheduler or workers cannot import this package.
    """

    def __init__(
        self, address: str | None = None, workers: int = 2, listen: Listener | None = None, patience_s: float = 10.0
    ) -> None:
        distributed = _distributed()
        self._local, self._listen = LocalBackend(workers), listen
        local = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
        self._cluster = None if address else distributed.LocalCluster(**local)
        try:
            self.client = distributed.Client(address or self._cluster, timeout=patience_s)
        except (OSError, ValueError, TypeError) as error:
            self.__exit__()
            remedy = "Start a scheduler there (dask scheduler) and give its address, such as tcp://127.0.0.1:8786"
            problem = Problem("backend", "address", (str(address),), f"no Dask scheduler answers ({error})", remedy)
            raise InputError([problem]) from None
        if strangers := _strangers(self.client):
            self.__exit__()
            remedy = "Start them where p2pdnr can be imported, for example with PYTHONPATH=. in this folder"
            message = "parts of the Dask cluster do not find p2pdnr"
            raise InputError([Problem("backend", "cluster", strangers, message, remedy)])

    @property
    def workers(self) -> int:
        """Workers of the cluster now, at least 1."""
        return max(1, len(self.client.scheduler_info(n_workers=-1)["workers"]))

    def map(self, function: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
        """On threads of this process: what is mapped shares its arrays."""
        return self._local.map(function, items)

    def settle(self, build: Callable[[Data], Resident[Message]], data: Sequence[Data]) -> Residents[Message]:
        """Residents on the cluster's workers, made again from their data wherever a worker is lost."""
        return _There(self.client, build, data, self._listen)

    def each(self, function: Callable[[Item], Answer], items: Sequence[Item]) -> list[Answer]:
        """The answers in the order of the items, worked out on the cluster."""
        return list(_gathered(self.client, self.client.map(function, items, pure=False)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._local.__exit__()
        if hasattr(self, "client"):
            self.client.close()
        if self._cluster is not None:
            self._cluster.close()


class _There(Generic[Message]):
    """Residents as results of tasks: Dask keeps them where they were made, sends the messages after them, and makes
    them again, from the task that made them, when their worker is lost."""

    def __init__(
        self, client: Any, build: Callable[[Data], Resident[Message]], data: Sequence[Data], listen: Listener | None
    ) -> None:
        self._client, self._listen = client, listen
        names = sorted(client.scheduler_info(n_workers=-1)["workers"])
        self._residents = [
            client.submit(
                build, item, pure=False, allow_other_workers=True, workers=names[k % max(1, len(names)) :][:1]
            )
            for k, item in enumerate(data)
        ]

    def ask(self, messages: Sequence[Message]) -> list[Message]:
        """One task per resident."""
        asked = [
            self._client.submit(_answer, resident, message, pure=False)
            for resident, message in zip(self._residents, messages, strict=True)
        ]
        answers = list(_gathered(self._client, asked))
        tell(self._listen, messages, answers)
        return answers


def tell(listen: Listener | None, messages: Sequence[Any], answers: Sequence[Any]) -> None:
    """Show a listener what has crossed."""
    if listen is None:
        return
    for direction, crossed in (("to", messages), ("from", answers)):
        for index, message in enumerate(crossed):
            listen(index, direction, message)


def _answer(resident: Resident[Message], message: Message) -> Message:
    return resident(message)


def _gathered(client: Any, futures: list[Any]) -> Any:
    """What tasks gave; raises their own errors of this package, and :class:`SolverError` when the cluster fails."""
    try:
        return client.gather(futures)
    except P2pdnrError:
        raise
    except Exception as error:
        raise SolverError(f"the Dask cluster did not answer: {type(error).__name__}: {error}") from error


def _strangers(client: Any) -> tuple[str, ...]:
    """Who of a cluster cannot import this package; the question travels by value, so that everybody can answer."""

    def knows() -> bool:
        return importlib.util.find_spec("p2pdnr") is not None

    known = {"scheduler": client.run_on_scheduler(knows)} | client.run(knows)
    return tuple(sorted(name for name, knowing in known.items() if not knowing))


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        remedy = "Install it with pip install -r requirements-dask.txt, or use the local backend"
        raise InputError([Problem("backend", "", ("dask",), "Dask distributed is not installed", remedy)]) from None
    return distributed
