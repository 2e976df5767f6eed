// Turns of a negotiation as hours of the grid: topology, flow, trades. Pure, on a made-up day.
import assert from "node:assert/strict";
import { test } from "node:test";

import { closedIn, turnDay } from "../../assets/charts/turn.js";
import { prosumerRows } from "../../assets/diagram/panel.js";
import { format } from "../../assets/page/format.js";
import { gridFor } from "../../assets/powerflow/payload_grid.js";
import { flowOf, withdrawals } from "../../assets/powerflow/powerflow.js";
import { vectors } from "./vectors.js";

const day = vectors("day");
const HOUR = 0;
const openOf = (closed) => Array.from(closed.keys()).filter((line) => !closed[line]);
const built = day.network.initially_open.map((line) => line - 1);
const planned = openOf(day.lines.closed[HOUR]);
const frame = (more) => ({
  iteration: 1,
  phase: "convex",
  primal_kw: 1,
  power_kw: day.trades.map(() => day.partners.map(() => 0)),
  price_eur_per_kwh: day.trades.map(() => null),
  kept: null,
  undecided: null,
  ...more,
});
const near = (a, b, within) => assert.ok(Math.abs(a - b) <= within, `${a} and ${b}`);
const all = (value) => day.trades.map(() => value);

test("a turn has the lines it says, one of before the grid as built or the plan's", () => {
  assert.deepEqual(openOf(closedIn(day, frame({ open: all([2, 4]) }), HOUR)), [1, 3]);
  assert.deepEqual(openOf(closedIn(day, frame(), HOUR)), built);
  assert.deepEqual(openOf(closedIn(day, frame({ kept: all(1), undecided: all([]) }), HOUR)), planned);
});

test("a turn at the plan's own topology and injections is the plan", () => {
  const lines = planned.map((line) => line + 1);
  const told = { open: all(lines) };
  const same = turnDay(day, frame(told), HOUR);
  const grid = gridFor(day, HOUR);
  const flow = flowOf(grid, withdrawals(grid, day, HOUR), day.lines.closed[HOUR]);
  assert.equal(same.series.loss_kw[HOUR], flow.loss);
  assert.deepEqual(same.lines.p_kw[HOUR], flow.p);
  assert.deepEqual(same.buses.vm_pu[HOUR], flow.vm);
  assert.equal(same.lines.p_kw[1], day.lines.p_kw[1]);
  assert.deepEqual(same.trades[HOUR].power_kw, []);
});

test("what prosumers wanted to inject flows, and the plan stays as it is", () => {
  const before = structuredClone(day);
  const injections = day.trades.map((_, hour) => day.prosumers.day.injection_kw.map((row) => row[hour] + 10));
  const lines = planned.map((line) => line + 1);
  const told = { open: all(lines), injection_kw: injections };
  const [turn, source] = [turnDay(day, frame(told), HOUR), day.network.substations[0]];
  const fed = ({ lines: { p_kw: power } }) =>
    power[HOUR].reduce(
      (sum, kw, line) =>
        sum + (day.network.from[line] === source ? kw : 0) - (day.network.to[line] === source ? kw : 0),
      0,
    );
  const more = 10 * injections[HOUR].length;
  assert.deepEqual(prosumerRows(turn, 0, HOUR)[0], ["Injection", format.kw(injections[HOUR][0])]);
  assert.equal(prosumerRows(turn, 0, HOUR).length, 2);
  near(fed(day) - fed(turn), more, 0.1 * more);
  assert.deepEqual(day, before);
});
