// A talk about a day: what is shown, in which order, and what is said; what a day has not got is left out.
import assert from "node:assert/strict";
import { test } from "node:test";

import { slides, trouble } from "../../assets/charts/slides.js";

const summary = {
  objective_eur: 100,
  losses_kwh: 20,
  operations: 2,
  topologies: 3,
  vm_min_pu: 0.97,
  vm_max_pu: 1.03,
  costs_eur: { retail: 80, losses: 20 },
  certificates: { radial: { state: "holds" } },
};
const day = (mode, changes = {}) => ({
  mode,
  p2p: true,
  hours: 1,
  step_h: 1,
  times: null,
  summary: { ...summary },
  network: {
    buses: 2,
    lines: 1,
    substations: [1],
    initially_open: [],
    vm_min_pu: 0.95,
    vm_max_pu: 1.05,
  },
  series: {
    loss_kw: [5],
    rank: [1],
    open_lines: [[]],
    vm_min_pu: [0.97],
    vm_max_pu: [1.03],
    max_loading_percent: [50],
  },
  buses: { vm_pu: [[1, 0.97]] },
  lines: { loading_percent: [[50]] },
  prosumers: { id: ["A", "B"], bus: [1, 2], day: { pv_available_kw: [[0], [0]], pv_kw: [[0], [0]] } },
  trades: [{ power_kw: [2, 3], seller: [0, 1], buyer: [1, 0], price_eur_per_kwh: [0.1, 0.2] }],
  operations: { hour: [0, 0], step: [1, 2], line: [1, 1], action: ["close", "open"] },
  ...changes,
});
const keys = (found) => found.map(({ key }) => key);

test("a day with its grid as built is told from trouble to proof", () => {
  const found = slides({ hourly: day("hourly"), fixed: day("fixed") });
  assert.deepEqual(keys(found), [
    "grid",
    "built",
    "switched",
    "voltages",
    "losses",
    "trades",
    "costs",
    "why",
    "checks",
    "day",
  ]);
  const said = Object.fromEntries(found.map(({ key, said }) => [key, said(0)]));
  assert.equal(said.grid[0], "2 buses, 2 prosumers, 0 of 1 lines open.");
  assert.deepEqual(said.trades, [
    "At 00:00 neighbours trade 5.00 kW.",
    "The largest trade: B → A, 3.00 kW for 20.00 ct/kWh.",
  ]);
  assert.equal(said.why[0], "At 00:00 this topology has rank 1 of 3, by this hour alone.");
});

test("what a day has not got is left out, and nothing is no talk", () => {
  const quiet = day("fixed", {
    summary: { ...summary, topologies: null, operations: 0 },
    trades: [{ power_kw: [], seller: [], buyer: [], price_eur_per_kwh: [] }],
    operations: { hour: [], step: [], line: [], action: [] },
  });
  const found = slides({ fixed: quiet });
  assert.deepEqual(keys(found), ["grid", "voltages", "losses", "costs", "checks", "day"]);
  assert.equal(found.at(-1).said(0)[0], "Nothing is switched over the 1 hours.");
  assert.deepEqual(slides({}), []);
});

test("trouble is a broken limit before wasted sun before losses", () => {
  const high = day("fixed", { buses: { vm_pu: [[1, 1.07]] } });
  assert.equal(trouble(high, 0), "As built, bus 2 would reach 1.070 p.u. (limit 1.05).");
  const sunny = day("fixed");
  sunny.prosumers = { ...sunny.prosumers, day: { pv_available_kw: [[9], [0]], pv_kw: [[4], [0]] } };
  assert.equal(trouble(sunny, 0), "As built, 5.00 kW of sun are wasted at 00:00.");
  assert.equal(trouble(day("fixed"), 0), "As built, the grid loses 5.00 kW at 00:00.");
});
