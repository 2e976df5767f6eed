// Scales of a result, fixed over its whole day so that nothing jumps between hours.

import { format } from "../page/format.js";
import { t } from "../page/language.js";
import { LARGE } from "./painted.js";

const flat = (rows) => rows.reduce((all, row) => all.concat(row), []);
const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value || 0)), 1e-9);

// A colour of a ramp; large grids have every fourth, so that few paths make an hour.
const finely = (ramp, share) => ramp[Math.round(64 * Math.min(1, Math.max(0, share)))];
const coarsely = (ramp, share) => ramp[4 * Math.round(16 * Math.min(1, Math.max(0, share)))];

// What is traded from one bus to another in an hour, in kW: what arcs show, and more than one trade where several
// prosumers stand at a bus.
function betweenBuses({ seller, buyer, power_kw: power }, bus) {
  const sums = new Map();
  power.forEach((kw, i) => {
    const [from, to] = [bus[seller[i]], bus[buyer[i]]];
    if (from !== to) sums.set(`${from}-${to}`, (sums.get(`${from}-${to}`) || 0) + kw);
  });
  return [...sums.values()];
}

/** @param {Payload} payload */
export function scales(payload) {
  const { vm_min_pu: low, vm_max_pu: high } = payload.network;
  const step = payload.network.lines > LARGE ? coarsely : finely;
  // The ends of the voltage colours are the limits, so that all modes and solves share them; what is beyond is ringed.
  const span = Math.min(0.1, Math.max(0.02, 1 - low, high - 1));
  const flow = largest(flat(payload.lines.p_kw));
  const trade = largest(flat(payload.trades.map((hour) => betweenBuses(hour, payload.prosumers.bus))));
  const prices = flat(payload.trades.map((hour) => hour.price_eur_per_kwh));
  const [cheap, dear] = [Math.min(...prices, Infinity), Math.max(...prices, -Infinity)];
  return {
    span,
    flow,
    trade,
    cheap,
    dear,
    price: (value, colours) => step(colours.price, dear - cheap > 1e-6 ? (value - cheap) / (dear - cheap) : 0.5),
    width: (kw) => 1.5 + 6 * Math.sqrt(Math.abs(kw) / flow),
    arcWidth: (kw) => 1 + 3.5 * (kw / trade),
    voltage(value, colours) {
      const share = (value - 1) / span;
      return share < 0 ? step(colours.low, -share) : step(colours.high, share);
    },
    load(percent, kw, colours) {
      if (percent !== null && percent > 100.05) return colours.over;
      return step(colours.load, percent === null ? Math.abs(kw) / flow : percent / 100);
    },
  };
}

export const priceText = ({ cheap, dear }) =>
  dear > cheap ? t`trade, ${format.number(100 * cheap)}\u2013${format.number(100 * dear)} ct/kWh` : t("trade");

// The trades worth a strong line: the largest that carry most of the power, at most `most` of them.
export function strongTrades(powers, most) {
  const total = powers.reduce((sum, value) => sum + value, 0);
  let sum = 0;
  return powers.map((power, index) => {
    const strong = index < most && sum < 0.7 * total;
    sum += power;
    return strong;
  });
}

// Runs of hours with one topology: [{start, end, key, parity}], parity tells neighbours apart and equal topologies look
// alike.
export function topologyRuns(openLines) {
  const runs = [];
  openLines.forEach((lines, hour) => {
    const key = lines.join(" ");
    const last = runs[runs.length - 1];
    if (last && last.key === key) last.end = hour;
    else runs.push({ start: hour, end: hour, key });
  });
  runs.forEach((run, index) => {
    run.parity = index % 2;
  });
  return runs;
}
