"""What is allowed and hardly meant is told, and nothing else."""

from __future__ import annotations

import pytest

from p2pdnr.scenario import document
from p2pdnr.scenario.advice import advice
from tests.scenario.documents import minimal


def lasting(steps: int, step_h: float) -> list[str]:
    """The remarks about a scenario of so many steps."""
    given = minimal() | {"step_h": step_h, "profiles": {"load": [1.0] * steps, "pv": [0.0] * steps}}
    flat = {"buy_eur_per_kwh": 0.3, "sell_eur_per_kwh": 0.1}
    return advice(document.from_dict(given | {"tariff": flat}))


@pytest.mark.parametrize(("steps", "step_h", "days"), [(168, 1.5, "10.5"), (96, 2.0, "8"), (8, 24.0, "8")])
def test_steps_that_are_longer_than_a_week_together_are_told(steps: int, step_h: float, days: str) -> None:
    (remark,) = lasting(steps, step_h)
    assert f"its {steps} steps of {step_h:g} h are {days} days together, longer than a week" in remark


@pytest.mark.parametrize(("steps", "step_h"), [(168, 1.0), (672, 0.25), (7, 24.0), (24, 1.0), (84, 2.0)])
def test_a_week_and_less_is_not(steps: int, step_h: float) -> None:
    assert lasting(steps, step_h) == []
