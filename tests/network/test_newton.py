"""The present state of any network, beside pandapower's own answer."""

from __future__ import annotations

import pandapower as pp
import pytest

from p2pdnr.network.readers import from_pandapower
from p2pdnr.reconfiguration.planning.snapshot import reconfigure
from tests.pandapower_nets import empty


def test_a_line_that_is_charged_from_one_end_towards_a_dead_bus_loses_power() -> None:
    net = empty()
    buses = [pp.create_bus(net, 20.0) for _ in range(4)]
    pp.create_ext_grid(net, buses[0])
    for one, other in ((0, 1), (1, 2), (2, 3), (0, 2)):
        cable = {"r_ohm_per_km": 0.3, "x_ohm_per_km": 0.3, "c_nf_per_km": 400.0, "max_i_ka": 0.3}
        line = pp.create_line_from_parameters(net, buses[one], buses[other], 3.0, **cable)
        pp.create_switch(net, buses[one], line, et="l", closed=line < 2)
    pp.create_switch(net, buses[2], 1, et="l", closed=False)
    pp.create_load(net, buses[1], 1.0, 0.2)
    pp.runpp(net, tolerance_mva=1e-10)
    found = reconfigure(from_pandapower(net, "half dead"))
    assert net.res_line.pl_mw[1] > 1e-6, "the line towards the dead bus is charged"
    assert found.initial_loss_kw == pytest.approx(1e3 * net.res_line.pl_mw.sum(), abs=1e-6)
    assert found.present.dead_buses == (3, 4)
