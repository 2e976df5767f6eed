// The state of the page: one object, replaced field by field; whoever shows a field listens for it.

/**
 * @template {object} S
 * @param {S} initial
 * @returns {Store<S>}
 */
export function createStore(initial) {
  let state = Object.freeze({ ...initial });
  const listeners = [];
  return {
    get: () => state,
    set(changes) {
      const previous = state;
      const changed = Object.keys(changes).filter((key) => changes[key] !== previous[key]);
      if (!changed.length) return;
      state = Object.freeze({ ...previous, ...changes });
      listeners
        .filter(({ keys }) => keys.some((key) => changed.includes(key)))
        .forEach(({ run }) => run(state, previous));
    },
    on(keys, run) {
      listeners.push({ keys: keys.split(" "), run });
    },
  };
}

// What each field is: State in records.d.ts.
/** @type {Store<State>} */
export const store = createStore({
  hour: 0,
  speed: 1,
  arcs: "largest",
  colouring: "loading",
  moving: false,
  mode: "hourly",
  theme: "light",
  results: {},
  ids: {},
  pending: [],
  before: null,
  chosen: null,
  tab: "costs",
  playing: false,
  slide: null,
  trial: null,
  preview: null,
  ranked: 0,
  guess: null,
  steps: false,
  replay: null,
  job: null,
  lastJob: null,
  verdict: null,
  stale: false,
  foreign: false,
  live: [],
  first: null,
  pane: "prosumers",
  runs: [],
  sides: null,
  roles: { of: null, mode: null, results: {}, missing: {}, pending: [], job: null, note: "" },
  shares: { of: null, mode: null, results: {}, missing: {}, pending: [], job: null, note: "" },
  rolled: { of: null, every: 3, market: false, seed: 0, found: null, busy: false, note: "" },
  faults: { of: null, hour: null, found: null, busy: false, note: "" },
  marked: true,
  draft: null,
  sketch: null,
  heard: 0,
  typed: null,
  opened: 0,
  lesson: null,
});

// The payload on show: of the chosen mode, else whichever is there.
/**
 * @param {State} state
 * @returns {Payload}
 */
export function shownPayload(state) {
  return state.results[state.mode] || state.results.hourly || state.results.static || state.results.fixed || null;
}

// What is drawn: the payload on show, else the grid of a scenario that is not solved yet.
/**
 * @param {State} state
 * @returns {Payload | null}
 */
export const drawnPayload = (state) => shownPayload(state) || state.sketch;

/** @param {number} hour */
export function goTo(hour) {
  const payload = drawnPayload(store.get());
  if (payload) store.set({ hour: Math.min(payload.hours - 1, Math.max(0, hour)) });
}
