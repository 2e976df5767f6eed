"""A runner that cannot start."""

from p2pdnr.errors import SolverError


def warm_up(report) -> None:
    raise SolverError("The solver library is missing")


def run_stage(task, stage, report) -> None:
    raise AssertionError("never reached")
