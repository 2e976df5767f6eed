// A trial: lines and PV as someone has them, kept in the store until it ends.

import { store } from "../page/store.js";
import { view } from "../page/view.js";

/** @type {Trial} */
export const fresh = Object.freeze({ closed: null, pv: Object.freeze({}), past: Object.freeze([]), mine: null });

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
