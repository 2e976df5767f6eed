"""Whose turn it is: answers before references, everybody's first before anybody's second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from p2pdnr.server.jobs import ENDED, WAITING, Job


def answers_in_turn(jobs: Iterable[Job]) -> list[Job]:
    """Jobs that wait for their answer: those of one rank in the order they came."""
    ranked: list[tuple[int, Job]] = []
    before: Counter[str] = Counter()
    for job in jobs:
        if job.state not in ENDED:
            ranked += [(before[job.owner], job)] if job.state in WAITING else []
            before[job.owner] += 1
    return [job for _, job in sorted(ranked, key=lambda item: item[0])]


def first_plans_in_turn(waiting: list[Job], free: int) -> tuple[list[Job], bool]:
    """Jobs that wait for their answer in the order in which they are taken, and whether those without a plan get a
    first one and no more: where more wait than processes are ``free``, a plan for everybody goes before anybody's best.
    """
    crowded = len(waiting) > free
    return sorted(waiting, key=lambda job: crowded and job.planned), crowded


def references_in_turn(jobs: Iterable[Job]) -> list[Job]:
    """Jobs that have their answer and wait for a reference: who has fewest of them first."""
    waiting = [job for job in jobs if job.state == "proofs" and not job.on_worker]
    return sorted(waiting, key=lambda job: len(job.results))


def most_references(workers: int) -> int:
    """How many references may be solved at once: one process is left to answers where there are two or more."""
    return max(1, workers - 1)
