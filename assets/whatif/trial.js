// A trial: lines and PV as someone has them, kept in the store until it ends.

import { store } from "../page/store.js";
import { view } from "../page/view.js";

/** @type {Trial} */
export const fresh = Object.freeze({
  closed: null,
  pv: Object.freeze({}),
  past: Object.freeze([]),
  mine: null,
  since: null,
});

// The game: from the grid as built to the optimum of an hour, in few moves and little time.
export function asBuilt() {
  const { network } = view.payload;
  const closed = new Uint8Array(network.lines).fill(1);
  network.initially_open.forEach((line) => {
    closed[line - 1] = 0;
  });
  store.set({ trial: Object.freeze({ ...fresh, closed, since: performance.now() }) });
}

/** @param {number} hour */
export const shownClosed = (hour) => Uint8Array.from(view.payload.lines.closed[hour]);

/** @param {Partial<Trial>} changes */
export function changeTrial(changes) {
  store.set({ trial: Object.freeze({ ...store.get().trial, ...changes }) });
}

export function startTrial() {
  if (!view.payload || store.get().trial) return;
  store.set({ trial: fresh, playing: false });
}

export const endTrial = () => store.set({ trial: null });
