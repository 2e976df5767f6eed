// Every single fault of the hour on show, looked at by the server when somebody asks: of the plan's topology, then of
// the cheapest other one. What has come goes when the hour or the result does.

import { fetchOutages } from "../io/jobs_client.js";
import { shownPayload, store } from "../page/store.js";
import { t } from "../page/language.js";
import { rankingOf } from "../powerflow/ranking.js";

const NOTHING = { of: null, hour: null, found: null, busy: false, note: "" };

// The topology of the plan, then the cheapest other one, as far as the hour's topologies are ranked.
/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function compared(payload, hour) {
  const own = payload.series.open_lines[hour];
  const shown = own.map((line) => line - 1).join();
  const { found } = rankingOf(payload, hour, {});
  const next = found && found.best.find(({ open }) => open.join() !== shown);
  const plan = { name: t("the plan"), open: own, loss: payload.series.loss_kw[hour] };
  return next
    ? [plan, { name: t("cheapest other"), open: next.open.map((line) => line + 1), loss: next.loss }]
    : [plan];
}

const isOf = (id, hour) => {
  const { faults } = store.get();
  return faults.of === id && faults.hour === hour;
};

export async function lookAtFaults() {
  const state = store.get();
  const payload = shownPayload(state);
  const [id, { hour }] = [state.ids[payload.mode], state];
  if (state.faults.busy) return;
  const words = (others) => (others ? t("Waiting for its turn \u2026") : t("Every line in use fails once \u2026"));
  const turn = {
    wanted: () => isOf(id, hour),
    waits: (others) => isOf(id, hour) && store.set({ faults: { ...store.get().faults, note: words(others) } }),
  };
  store.set({ faults: { of: id, hour, found: null, busy: true, note: words(false) } });
  const found = [];
  try {
    compared(payload, hour); // has the hour's topologies ranked meanwhile
    for (let at = 0; at < compared(payload, hour).length; at += 1) {
      const topology = compared(payload, hour)[at];
      const answer = await fetchOutages(id, hour, at ? topology.open : null, turn);
      if (!isOf(id, hour)) return;
      found.push({ ...topology, faults: answer.faults });
      store.set({ faults: { ...store.get().faults, found: [...found] } });
    }
    store.set({ faults: { ...store.get().faults, busy: false, note: "" } });
  } catch (error) {
    if (isOf(id, hour)) store.set({ faults: { ...store.get().faults, busy: false, note: error.message } });
  }
}

// Faults of another hour or result are not those on show.
function forget(state) {
  const shown = shownPayload(state);
  const { faults } = state;
  if (faults.of !== null && (!shown || state.ids[shown.mode] !== faults.of || state.hour !== faults.hour))
    store.set({ faults: NOTHING });
}

export const wireFaults = () => store.on("hour ids mode results", forget);
