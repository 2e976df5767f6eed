"""The judge of held voltages: it takes generators back from limits that pandapower leaves them at."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandapower as pp

from p2pdnr.network.held_newton import run_held, stuck
from tests.pandapower_nets import empty

RUN = partial(pp.runpp, tolerance_mva=1e-10, max_iteration=50, numba=False)


def beside_each_other(room_mvar: float) -> Any:
    """Two generators on one feeder: the first wants more voltage than the second."""
    net = empty()
    for _ in range(3):
        pp.create_bus(net, 20.0)
    pp.create_ext_grid(net, 0, 1.0)
    for start, end in ((0, 1), (1, 2)):
        pp.create_line_from_parameters(net, start, end, 10.0, 0.2, 0.4, 0.0, 0.3)
    pp.create_load(net, 1, 4.0, 1.0)
    pp.create_gen(net, 1, p_mw=0.0, vm_pu=1.03, min_q_mvar=-9.0, max_q_mvar=room_mvar)
    pp.create_gen(net, 2, p_mw=0.0, vm_pu=0.99, min_q_mvar=-room_mvar, max_q_mvar=9.0)
    return net


def test_a_state_that_pandapower_finds_is_kept() -> None:
    net = beside_each_other(50.0)
    pp.runpp(net, tolerance_mva=1e-10, max_iteration=50, numba=False, enforce_q_lims=True)
    assert not stuck(net).any()
    before = net.res_bus.vm_pu.to_numpy().copy()
    run_held(net, RUN)
    np.testing.assert_allclose(net.res_bus.vm_pu, before, rtol=0.0, atol=1e-9)


def test_generators_that_are_left_at_a_limit_are_taken_back() -> None:
    net = beside_each_other(2.0)
    pp.runpp(net, tolerance_mva=1e-10, max_iteration=50, numba=False, enforce_q_lims=True)
    assert stuck(net).any()
    run_held(net, RUN)
    beyond = net.res_bus.vm_pu.to_numpy()[1:] - net.gen.vm_pu.to_numpy()
    free, most = net.gen.in_service.to_numpy(), net.res_sgen.q_mvar.to_numpy() > 0.0
    assert np.abs(beyond[free]).max(initial=0.0) < 1e-9 and not free.all()
    assert (np.where(most, -beyond, beyond)[~free] > 0.0).all(), "at the end that is on the way to its set point"
