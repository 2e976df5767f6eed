// One turn of the negotiation as an hour of the grid: its topology, the exact power flow of what prosumers then wanted
// to inject, its trades. Pure.

import { gridFor } from "../powerflow/payload_grid.js";
import { flowOf, withdrawals } from "../powerflow/powerflow.js";
import { linesOf } from "../preview/day.js";

// The trades of a frame in an hour, in the shape of the payload's.
/**
 * @param {Payload} payload
 * @param {Frame} frame
 * @param {number} hour
 */
export function tradesOfFrame({ partners }, frame, hour) {
  const rows = frame.power_kw[hour]
    .map((kw, pair) => /** @type {[number, [number, number]]} */ ([kw, partners[pair]]))
    .filter(([kw]) => kw !== 0)
    .sort((a, b) => Math.abs(b[0]) - Math.abs(a[0]));
  const price = frame.price_eur_per_kwh[hour];
  return {
    seller: rows.map(([kw, [a, b]]) => (kw > 0 ? a : b)),
    buyer: rows.map(([kw, [a, b]]) => (kw > 0 ? b : a)),
    power_kw: rows.map(([kw]) => Math.abs(kw)),
    price_eur_per_kwh: rows.map(() => price),
  };
}

// The lines that are closed in a turn. A frame that does not say so is one of before: the grid as built while no
// topologies are chosen among, then the plan's lines.
/**
 * @param {Payload} payload
 * @param {Frame} frame
 * @param {number} hour
 */
export function closedIn(payload, frame, hour) {
  const { closed } = gridFor(payload, hour);
  if (!frame.open) return frame.kept ? Uint8Array.from(payload.lines.closed[hour]) : closed;
  const open = new Set(frame.open[hour]);
  return closed.map((_, line) => (open.has(line + 1) ? 0 : 1));
}

// What buses take in a turn: as in the plan, but for what prosumers then wanted to inject.
/**
 * @param {Payload} payload
 * @param {Frame} frame
 * @param {number} hour
 */
function takenIn(payload, frame, hour) {
  const taken = withdrawals(gridFor(payload, hour), payload, hour);
  const { bus, day } = payload.prosumers;
  (frame.injection_kw ? frame.injection_kw[hour] : []).forEach((kw, k) => {
    taken.p[bus[k] - 1] -= (kw - day.injection_kw[k][hour]) / payload.network.base_kw;
  });
  return taken;
}

const put = (rows, hour, row) => Object.assign(rows.slice(), { [hour]: row });

// What prosumers inject and trade in a turn, in the place of the plan's; nothing else of them is kept.
/**
 * @param {Payload} payload
 * @param {Frame} frame
 * @param {number} hour
 */
function peopleIn({ prosumers }, frame, trades, hour) {
  const day = { ...prosumers.day };
  const net = prosumers.id.map(() => 0);
  trades.power_kw.forEach((kw, i) => {
    net[trades.seller[i]] += kw;
    net[trades.buyer[i]] -= kw;
  });
  const told = { net_trade_kw: net, ...(frame.injection_kw ? { injection_kw: frame.injection_kw[hour] } : {}) };
  Object.entries(told).forEach(([name, values]) => {
    day[name] = day[name].map((row, k) => put(row, hour, values[k]));
  });
  return { ...prosumers, day };
}

// The day with one hour as it stood in a turn.
/**
 * @param {Payload} payload
 * @param {Frame} frame
 * @param {number} hour
 * @returns {Payload}
 */
export function turnDay(payload, frame, hour) {
  const traded = tradesOfFrame(payload, frame, hour);
  const trades = put(payload.trades, hour, traded);
  const closed = closedIn(payload, frame, hour);
  const flow = flowOf(gridFor(payload, hour), takenIn(payload, frame, hour), closed);
  if (!flow.solved) return { ...payload, trades };
  const { series } = payload;
  const own = linesOf([Array.from(closed)], [flow], payload.network.limit_a);
  const open = Array.from(closed.keys()).filter((line) => !closed[line]);
  return {
    ...payload,
    turn: true,
    trades,
    prosumers: peopleIn(payload, frame, traded, hour),
    lines: /** @type {Payload["lines"]} */ (
      Object.fromEntries(Object.entries(own).map(([name, [row]]) => [name, put(payload.lines[name], hour, row)]))
    ),
    buses: { ...payload.buses, vm_pu: put(payload.buses.vm_pu, hour, Array.from(flow.vm)) },
    series: {
      ...series,
      loss_kw: put(series.loss_kw, hour, flow.loss),
      vm_min_pu: put(series.vm_min_pu, hour, Math.min(...flow.vm.filter((value) => value !== null))),
      vm_max_pu: put(series.vm_max_pu, hour, Math.max(...flow.vm.filter((value) => value !== null))),
      max_loading_percent: put(series.max_loading_percent, hour, Math.max(...own.loading_percent[0].map(Number))),
      open_lines: put(
        series.open_lines,
        hour,
        open.map((line) => line + 1),
      ),
      switched: put(series.switched, hour, []),
    },
  };
}
