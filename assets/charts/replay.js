// The negotiation once more: a second scrubber goes through its turns; trades, prices and topologies in play follow.

import { byId, html } from "../page/elements.js";
import { format } from "../page/format.js";
import { store } from "../page/store.js";
import { view } from "../page/view.js";
import { t } from "../page/language.js";
import { ask } from "../io/answers.js";
import { turnDay } from "./turn.js";

const PHASES = {
  binary: t("choosing topologies"),
  convex: t("negotiating"),
  polish: t("testing other topologies"),
};
const AT_REST = t("Drag to the left: the diagram shows how trades, prices and topologies came about, turn by turn.");
const films = new Map();

async function filmOf(id) {
  if (!films.has(id))
    films.set(
      id,
      ask(`/results/${encodeURIComponent(id)}/replay.json`)
        .then((got) => (got.ok ? got.json() : { frames: [] }))
        .catch(() => {
          films.delete(id);
          return { frames: [] };
        }),
    );
  return films.get(id);
}

// The day with this hour as it stood in the turn that is looked at; null where no turn is.
/**
 * @param {Payload} payload
 * @param {State} state
 */
export const replayed = (payload, { replay, hour }) =>
  replay && replay.payload === payload ? turnDay(payload, replay.frames[replay.at], hour) : null;

// What a turn is, above the diagram.
/** @param {State} state */
export const turnNumber = ({ replay }) => replay.frames[replay.at].iteration;

/**
 * @param {Frame} frame
 * @param {number} hour
 */
function inPlay({ kept, undecided }, hour) {
  if (!kept) return t("initial topology");
  const open = undecided[hour].length ? t`, ${undecided[hour].length} lines undecided` : "";
  return kept[hour] === 1 ? t`1 topology in play${open}` : t`${format.number(kept[hour])} topologies in play${open}`;
}

/** @param {number} hour */
export function frameText(frame, hour) {
  const kw = frame.power_kw[hour].reduce((sum, value) => sum + Math.abs(value), 0);
  const price = frame.price_eur_per_kwh[hour];
  const mean = price === null ? "" : t` at ${format.number(100 * price, 1)} ct/kWh on average`;
  const apart = frame.primal_kw === null ? "" : t`; the two sides still differ by ${format.kw(frame.primal_kw)}`;
  const traded = t`${format.number(kw)} kW traded${mean}${apart}`;
  return t`Turn ${frame.iteration}, ${PHASES[frame.phase]}: ${inPlay(frame, hour)}; ${traded}.`;
}

// Lines on which the topologies in play differ wear a band.
/**
 * @param {any} drawing
 * @param {State} state
 */
export function markUndecided(drawing, { replay, hour }) {
  const lines = new Set(replay && replay.frames[replay.at].undecided ? replay.frames[replay.at].undecided[hour] : []);
  if (!lines.size && !drawing.undecided) return;
  drawing.undecided = lines.size > 0;
  drawing.lines.forEach(({ hit }, i) => hit.classList.toggle("supplier", lines.has(i + 1)));
}

function say() {
  const { replay, hour } = store.get();
  byId("turn-text").textContent = replay ? frameText(replay.frames[replay.at], hour) : AT_REST;
}

/** @param {Payload} payload */
function scrubber(frames, payload) {
  const last = frames.length - 1;
  const input = html("input", {
    type: "range",
    id: "turn",
    min: 0,
    max: last,
    step: 1,
    value: last,
    "aria-label": t("Turn of the negotiation"),
    "aria-describedby": "turn-text",
  });
  input.addEventListener("input", () => {
    const at = Number(input.value);
    store.set({ replay: at === last ? null : { frames, at, payload }, playing: false });
  });
  return [
    html("span", { class: "quiet" }, t("Replay")),
    input,
    html("p", { class: "quiet", id: "turn-text" }, AT_REST),
  ];
}

// The scrubber above the chart of the solver's turns; nothing where no frames are kept.
/**
 * @param {any} holder
 * @param {State} state
 */
export async function replayTools(holder, { ids, mode }) {
  const payload = view.payload;
  if (holder.dataset.replay === ids[mode]) return;
  holder.dataset.replay = ids[mode] || "";
  holder.replaceChildren();
  const { frames } = ids[mode] ? await filmOf(ids[mode]) : { frames: [] };
  if (store.get().tab !== "convergence" || view.payload !== payload) return;
  holder.replaceChildren(...(frames.length > 1 ? scrubber(frames, payload) : []));
  holder.hidden = frames.length < 2;
}

export function wireReplay() {
  store.on("tab results mode", (state) => {
    if (state.replay && (state.tab !== "convergence" || state.replay.payload !== view.payload))
      store.set({ replay: null });
  });
  store.on("replay hour", () => {
    if (byId("turn-text")) say();
  });
}
