// What coordination changes, in one sentence: the hour is the worst as built, the figures are those of the results.
import assert from "node:assert/strict";
import { test } from "node:test";

import { firstContrast } from "../../assets/charts/contrast.js";

// A day of three hours: voltages and loading by hour, PV that is there and PV that is used.
const day = (mode, { low = [0.98, 0.98, 0.98], high = [1, 1, 1], load = [50, 50, 50], used = [0, 400, 0] }) => ({
  mode,
  hours: 3,
  step_h: 1,
  times: null,
  network: { vm_min_pu: 0.95, vm_max_pu: 1.05 },
  series: { loss_kw: [1, 2, 3], vm_min_pu: low, vm_max_pu: high, max_loading_percent: load },
  prosumers: { id: ["A"], day: { pv_available_kw: [[0, 400, 0]], pv_kw: [used] } },
});
const PLAN = day("hourly", {});

// [the grid as built, the plan, the hour, the sentence]
const TOLD = [
  [
    day("fixed", { low: [0.98, 0.98, 0.939] }),
    PLAN,
    2,
    "As built, at 02:00 a voltage falls to 0.939 p.u. (limit 0.95); coordinated, every limit is kept.",
  ],
  [
    day("fixed", { used: [0, 150, 0] }),
    PLAN,
    1,
    "As built, at 01:00 250 kW of sun are wasted; coordinated, all of the sun is used and every limit is kept.",
  ],
  [
    day("fixed", { used: [0, 150, 0], high: [1, 1.062, 1] }),
    day("hourly", { used: [0, 350, 0], load: [50, 120, 50] }),
    1,
    "As built, at 01:00 250 kW of sun are wasted and a voltage rises to 1.062 p.u. (limit 1.05); " +
      "coordinated, 50.0 kW are wasted and a limit is broken as well.",
  ],
  [
    day("fixed", { load: [130, 110, 50] }),
    PLAN,
    0,
    "As built, at 00:00 a line is loaded to 130 %; coordinated, every limit is kept.",
  ],
];

test("the contrast is told of the hour that fares worst as built", () => {
  TOLD.forEach(([built, plan, hour, text]) => assert.deepEqual(firstContrast(plan, built), { hour, text }));
});

test("nothing is told where nothing goes wrong or nothing compares", () => {
  const fine = day("fixed", {});
  assert.equal(firstContrast(PLAN, fine), null);
  assert.equal(firstContrast(fine, fine), null);
  assert.equal(firstContrast(PLAN, null), null);
  assert.equal(firstContrast(null, fine), null);
  assert.equal(firstContrast(PLAN, { ...day("fixed", { load: [130, 110, 50] }), hours: 2 }), null);
});
