// A scenario that has not been solved yet, as something to look at: its grid as built, every load served and all sun
// used, nothing traded, stored or switched. The power flow is made here, in the browser. Pure.

import { flowOf } from "../powerflow/powerflow.js";
import { gridFor } from "../powerflow/payload_grid.js";
import { dayFrom, faults } from "./whatif.js";

const IDLE = [
  "charge_kw",
  "discharge_kw",
  "energy_kwh",
  "flexible_kw",
  "elastic_kw",
  "generator_kw",
  "unserved_kw",
  "net_trade_kw",
];
const rowsOf = (count, row) => Array.from({ length: count }, row);

// What is not known before a solve, in the shape of a payload.
/** @param {Unsolved} drawn */
function shell(drawn) {
  const { hours, network } = drawn;
  const none = rowsOf(hours, () => null);
  const { day, id } = drawn.prosumers;
  const idle = Object.fromEntries(IDLE.map((name) => [name, id.map(() => rowsOf(hours, () => 0))]));
  const flowing = (sign) => day.injection_kw.map((row) => row.map((kw) => Math.max(0, sign * kw)));
  return {
    ...drawn,
    prosumers: {
      ...drawn.prosumers,
      day: { ...idle, ...day, export_kw: flowing(1), import_kw: flowing(-1) },
    },
    worst_hour: 0,
    summary: null,
    series: { operations: rowsOf(hours, () => 0), rank: none },
    buses: Object.fromEntries(
      ["charge_eur_per_kwh", "charge_loss", "charge_congestion", "charge_voltage"].map((name) => [
        name,
        rowsOf(hours, () => new Array(network.buses).fill(null)),
      ]),
    ),
    tariff: {},
    partners: [],
    trades: rowsOf(hours, () => ({ seller: [], buyer: [], power_kw: [], price_eur_per_kwh: [] })),
    bills: {},
    convergence: {},
    operations: { hour: [], step: [], line: [], action: [] },
  };
}

// The day of an unsolved scenario in the shape of a payload; hours without a power flow have no values.
/**
 * @param {Unsolved} drawn
 * @returns {Payload}
 */
export function sketchDay(drawn) {
  const payload = /** @type {any} */ (shell(drawn));
  const grid = gridFor(payload);
  const root = grid.root || new Float64Array(grid.sources.length).fill(1);
  const state = faults(grid, grid.closed);
  const rows = drawn.withdrawn.p_kw.map((p, hour) => {
    const taken = {
      p: Float64Array.from(p, (kw) => kw / grid.baseKw),
      q: Float64Array.from(drawn.withdrawn.q_kvar[hour], (kvar) => kvar / grid.baseKw),
      root,
    };
    const flow = state.loops.length ? { solved: false } : flowOf(grid, taken, grid.closed);
    return { own: grid.closed, flow: flow.solved ? flow : null };
  });
  const day = dayFrom(payload, rows, state);
  day.worst_hour = worstOf(day);
  return day;
}

// The hour that comes closest to a limit of voltage or loading, or exceeds it most.
function worstOf({ network, series }) {
  const [middle, half] = [(network.vm_max_pu + network.vm_min_pu) / 2, (network.vm_max_pu - network.vm_min_pu) / 2];
  const reach = series.vm_max_pu.map((high, hour) =>
    high === null
      ? -1
      : Math.max(
          (high - middle) / half,
          (middle - series.vm_min_pu[hour]) / half,
          (series.max_loading_percent[hour] || 0) / 100,
        ),
  );
  return reach.indexOf(Math.max(...reach));
}
