"""The settings of reactive power: the standard curve, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from p2pdnr.errors import ScenarioError
from p2pdnr.scenario import document
from p2pdnr.scenario.reactive import inverters_kva, volt_var_curve
from tests.scenario.documents import minimal

PEOPLE = [{"id": "A", "bus": 2, "pv_kw": 10, "inverter_kva": 11}, {"id": "B", "bus": 3}]


def with_dso(**dso: Any) -> Any:
    """A scenario with these settings of the operator."""
    return document.from_dict(minimal(dso=dso, prosumers=PEOPLE, profiles={"pv": [1.0, 1.0], "load": [1.0, 1.0]}))


def test_the_standard_curve_feeds_in_where_voltages_are_low() -> None:
    vm_pu, share = volt_var_curve(with_dso(reactive="volt_var"))
    assert np.interp([0.9, 0.95, 1.0, 1.05, 1.1], vm_pu, share) == pytest.approx([0.44, 0.22, 0.0, -0.22, -0.44])


def test_an_own_curve_stands_instead() -> None:
    curve = [{"vm_pu": 1.0, "share": 0.3}, {"vm_pu": 1.1, "share": -0.3}]
    assert volt_var_curve(with_dso(volt_var=curve)).tolist() == [[1.0, 1.1], [0.3, -0.3]]


def test_inverters_count_only_where_reactive_power_is_asked_for() -> None:
    assert inverters_kva(with_dso(reactive="dispatch")).tolist() == [11.0, 0.0]
    assert inverters_kva(with_dso()).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("dso", "field", "message"),
    [
        ({"volt_var": [{"vm_pu": 1.0, "share": 0.1}, {"vm_pu": 1.0, "share": 0.0}]}, "volt_var", "follows 1"),
        ({"volt_var": [{"vm_pu": 0.9, "share": 0.1}, {"vm_pu": 1.0, "share": 0.2}]}, "volt_var", "rises from 0.1"),
        ({"reactive": "dispatch", "role": "leader"}, "reactive", "role welfare alone"),
        ({"reactive": "volt_var", "security": {"share": 0.95}}, "security", "is not planned for"),
    ],
)
def test_what_contradicts_itself_is_refused(dso: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        with_dso(**dso)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert message in refused.value.problems[0].message
