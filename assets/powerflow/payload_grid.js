// The grid of a result as arrays, made once, and what its buses take in an hour.

import { gridOf, withdrawals } from "./powerflow.js";

const grids = new WeakMap();

/**
 * @param {Payload} payload
 * @returns {Grid}
 */
export function gridFor(payload) {
  if (!grids.has(payload)) grids.set(payload, gridOf(payload));
  return grids.get(payload);
}

// What each bus takes in an hour of a trial, per unit: PV is scaled, everything else stays.
/**
 * @param {Payload} payload
 * @param {number} hour
 * @returns {Withdrawals}
 */
export function takenIn(payload, pv, hour) {
  const taken = withdrawals(gridFor(payload), payload, hour);
  Object.entries(pv).forEach(([k, factor]) => {
    taken.p[payload.prosumers.bus[k] - 1] -=
      ((factor - 1) * payload.prosumers.day.pv_kw[k][hour]) / payload.network.base_kw;
  });
  return taken;
}
