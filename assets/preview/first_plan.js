// A plan that a solve could already run, drawn before there is a better one: the exact power flow of every hour at what
// its buses take, on the grid of the day on show. Pure.

import { gridFor } from "../powerflow/payload_grid.js";
import { flowOf } from "../powerflow/powerflow.js";
import { linesOf, seriesOf } from "./day.js";

// The lines (from 1) that change state at the start of every hour; before the first they stand as they are built.
function switchedIn(closed, built) {
  return closed.map((row, t) => {
    const before = t ? closed[t - 1] : built;
    return row.map((on, line) => (on === before[line] ? 0 : line + 1)).filter(Boolean);
  });
}

// The day of an offer in the shape of a payload; null where it is of another grid or told in sums alone. Trades, bills
// and prosumers are those of the payload, and not of the plan.
/**
 * @param {Payload} payload
 * @param {Offer} offer
 * @returns {Payload | null}
 */
export function firstPlan(payload, { open_lines: open, net_kw: kw, net_kvar: kvar }) {
  const grid = gridFor(payload);
  const fits = kw && kw.length === payload.hours && open.length === payload.hours && kw[0].length === grid.n;
  if (!fits || payload.levers || open.some((row) => row.some((line) => line > grid.m))) return null;
  const closed = open.map((row) => Array.from({ length: grid.m }, (_, line) => (row.includes(line + 1) ? 0 : 1)));
  const root = (t) => grid.root || Float64Array.from(grid.sources, (bus) => payload.buses.vm_pu[t][bus] ** 2);
  const perUnit = (row) => Float64Array.from(row, (value) => value / grid.baseKw);
  const flows = closed.map((row, t) => flowOf(grid, { p: perUnit(kw[t]), q: perUnit(kvar[t]), root: root(t) }, row));
  if (!flows.every(({ solved, whole }) => solved && whole)) return null;
  const lines = linesOf(closed, flows, payload.network.limit_a);
  const built = closed[0].map((_, line) => (payload.network.initially_open.includes(line + 1) ? 0 : 1));
  const switched = switchedIn(closed, built);
  return {
    ...payload,
    lines,
    series: {
      ...seriesOf(payload, flows, lines),
      open_lines: open,
      switched,
      operations: switched.map((row) => row.length),
    },
    buses: { ...payload.buses, vm_pu: flows.map(({ vm }) => vm) },
    trades: closed.map(() => ({ seller: [], buyer: [], power_kw: [], price_eur_per_kwh: [] })),
  };
}
