// The grid of a result as arrays, made once, and what its buses take in an hour.

import { gridOf, withdrawals } from "./powerflow.js";

const grids = new WeakMap();

// Where tap changers or capacitors move the grid is another from hour to hour.
/**
 * @param {Payload} payload
 * @param {number} [hour]
 * @returns {Grid}
 */
export function gridFor(payload, hour = 0) {
  if (!grids.has(payload)) grids.set(payload, new Map());
  const made = grids.get(payload);
  const { levers } = payload;
  const key = levers ? levers.which[hour] : 0;
  if (!made.has(key)) {
    const network = levers ? { ...payload.network, ...levers.networks[key] } : payload.network;
    made.set(key, gridOf({ ...payload, network }));
  }
  return made.get(key);
}

// What each bus takes in an hour of a trial, per unit: PV is scaled, everything else stays.
/**
 * @param {Payload} payload
 * @param {number} hour
 * @returns {Withdrawals}
 */
export function takenIn(payload, pv, hour) {
  const taken = withdrawals(gridFor(payload, hour), payload, hour);
  Object.entries(pv).forEach(([k, factor]) => {
    taken.p[payload.prosumers.bus[k] - 1] -=
      ((factor - 1) * payload.prosumers.day.pv_kw[k][hour]) / payload.network.base_kw;
  });
  return taken;
}
