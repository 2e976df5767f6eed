// A day that turns out otherwise, planned anew on the way: asked of the server. What has
// come goes when the result does.

import { fetchRolled } from "../io/jobs_client.js";
import { t } from "../page/language.js";
import { shownPayload, store } from "../page/store.js";

const NOTHING = { of: null, every: 3, market: false, seed: 0, found: null, busy: false, note: "" };

const idOf = (state) => state.ids[shownPayload(state).mode];

/** @param {number} every hours between two plans */
export const planEvery = (every) => store.set({ rolled: { ...store.get().rolled, every } });

/** @param {boolean} market whether market and batteries are planned anew as well */
export const planMarket = (market) => store.set({ rolled: { ...store.get().rolled, market } });

// Lets a day come: the one of `seed`.
/** @param {number} seed */
export async function letADayCome(seed) {
  const state = store.get();
  if (state.rolled.busy || !shownPayload(state)) return;
  const [of, { every, market }] = [idOf(state), state.rolled];
  const words = (others) => (others ? t("Waiting for its turn \u2026") : t("Planning anew on the way \u2026"));
  store.set({ rolled: { of, every, market, seed, found: null, busy: true, note: words(false) } });
  const wanted = () => store.get().rolled.of === of;
  const change = (changes) => wanted() && store.set({ rolled: { ...store.get().rolled, ...changes } });
  const end = (changes) => change({ busy: false, ...changes });
  const waits = (others) => change({ note: words(others) });
  try {
    end({ found: await fetchRolled(of, { every, seed, market }, { wanted, waits }), note: "" });
  } catch (error) {
    end({ note: error.message });
  }
}

// The day of another result is not that on show.
function forget(state) {
  const { rolled } = state;
  if (rolled.of !== null && (!shownPayload(state) || idOf(state) !== rolled.of))
    store.set({ rolled: { ...NOTHING, every: rolled.every, market: rolled.market } });
}

export const wireRolled = () => store.on("ids mode results", forget);
