// A number on the move: previewed while it is slid, put into the table when it is let go, solved soon after, and then
// held against what was predicted. One at a time, in the store; the table's history knows every step.

import { shownPayload, store } from "../page/store.js";
import { t } from "../page/language.js";
import { changeDraft, currentDraft, undo } from "../drawer/draft.js";
import { asText, dayKnobs, lineKnobs, prosumerKnobs, written } from "./knobs.js";
import { CAREFUL, hindrance, predict, QUICK, sameGrid } from "./predict.js";

const SOLVED_AFTER_MS = 700;
const PARTS = ["rows", "settings", "profiles", "preferences", "trading"];

let hands = { solve: () => {}, cancel: () => {} };
// The scenario of the table as far as it was last read, with what was let go since.
let scene = null;
// The scenario that is solved, as far as it has been read.
let solved = null;
// Whether the table has trading on.
let trading = true;
let waiting = null;
let timer = null;
let automatic = true;

const saidBy = (draft) => JSON.stringify(PARTS.map((part) => draft[part]));

export const solvesAlone = () => automatic;
export function solveAlone(on) {
  automatic = on;
  const { preview } = store.get();
  if (on && preview && preview.phase === "kept") solveSoon();
  if (!on) window.clearTimeout(timer);
}

// Whether numbers can be slid now: the table has been read and what is shown is its day.
export const ready = () => Boolean(scene && currentDraft() && shownPayload(store.get()));

// Knobs of what is pointed at: a prosumer, the day as a whole, a line.
/** @returns {import("./knobs.js").Knob[]} */
export function knobsOf([kind, which]) {
  const payload = shownPayload(store.get());
  if (!ready()) return [];
  if (kind === "prosumer") return prosumerKnobs(scene, payload.prosumers.id[which]);
  return kind === "line" ? lineKnobs(scene, payload, which) : dayKnobs(scene, payload);
}

// Whether a scenario (JSON) is about the grid that is drawn: that of a sketch is its own.
/** @param {Payload} payload */
export function drawnOn(scenario, payload) {
  if (payload === store.get().sketch) return true;
  return Boolean(scenario && solved) && sameGrid(JSON.parse(scenario), solved);
}

function begun() {
  const { preview } = store.get();
  if (preview && preview.phase !== "solved") return preview;
  const base = shownPayload(store.get());
  return { base, day: null, why: "", phase: "moving", kept: 0, moved: 0, ms: 0, solved: null };
}

const whyNot = (payload, changed) => hindrance(payload, changed, trading === payload.p2p ? solved : null);

function look(pace) {
  const { knob, value } = waiting;
  waiting = null;
  const [preview, changed] = [begun(), written(scene, [knob], { [knob.key]: value })];
  const start = performance.now();
  const why = whyNot(preview.base, changed);
  const day = why ? null : predict(preview.base, changed, pace);
  store.set({
    preview: Object.freeze({
      ...preview,
      day,
      why: why || (day ? "" : t("No preview: at these numbers the grid has no power flow.")),
      phase: "moving",
      moved: preview.moved + 1,
      ms: performance.now() - start,
    }),
  });
}

// The first looks of a day take several times as long as later ones: they are taken before a hand is on a slider.
const WARM_UP = 3;
let warmed = null;
export function prepare() {
  const payload = shownPayload(store.get());
  if (!ready() || warmed === payload || whyNot(payload, scene)) return;
  warmed = payload;
  let looks = 0;
  const next = () => {
    looks += 1;
    if (warmed !== payload || !scene || whyNot(payload, scene)) return;
    predict(payload, scene, QUICK);
    if (looks < WARM_UP) window.setTimeout(next, 50);
  };
  window.setTimeout(next, 50);
}

// A knob moves: what it would bring is drawn with the next frame.
/** @param {import("./knobs.js").Knob} knob */
export function move(knob, value) {
  window.clearTimeout(timer);
  if (store.get().job) hands.cancel();
  const alone = waiting === null;
  waiting = { knob, value };
  if (alone) window.requestAnimationFrame(() => waiting && look(QUICK));
}

function solveSoon() {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => {
    const { preview } = store.get();
    if (preview && preview.phase === "kept") hands.solve();
  }, SOLVED_AFTER_MS);
}

// It is let go: the table has the number now.
/** @param {import("./knobs.js").Knob} knob */
export function keep(knob, value) {
  if (!waiting) waiting = { knob, value };
  look(CAREFUL);
  scene = written(scene, [knob], { [knob.key]: value });
  const { preview } = store.get();
  store.set({ preview: Object.freeze({ ...preview, phase: "kept", kept: preview.kept + 1 }) });
  const text = asText(currentDraft(), scene, [knob], { [knob.key]: value });
  own(() => changeDraft(text));
  if (automatic) solveSoon();
}

export function solveNow() {
  window.clearTimeout(timer);
  hands.solve();
}

// Back to the day before the first of these steps; one that was solved since is solved again.
export function takeBack() {
  window.clearTimeout(timer);
  const { preview, job } = store.get();
  if (!preview) return;
  if (job) hands.cancel();
  own(() => {
    for (let step = 0; step < preview.kept; step += 1) undo();
  });
  store.set({ preview: null });
  if (preview.phase === "solved") hands.solve();
}

let [mine, said] = [false, null];

// Changes of the draft that are this session's own.
function own(change) {
  mine = true;
  change();
  mine = false;
  said = saidBy(currentDraft());
}

// Whoever edits the table otherwise ends the preview; what was let go stays.
/** @param {State} state */
function draftChanged({ draft, preview }) {
  if (preview && !mine && draft && preview.kept && saidBy(draft) !== said) store.set({ preview: null });
}

/** @param {State} state */
function resultsChanged(state) {
  const { preview, job } = state;
  if (!preview) return;
  const payload = shownPayload(state);
  if (payload === (preview.solved || preview.base)) return;
  const answered = preview.phase === "kept" && job && payload && payload.mode === preview.base.mode;
  store.set({ preview: answered ? Object.freeze({ ...preview, phase: "solved", solved: payload }) : null });
}

/** @param {State} state */
function verdictChanged({ verdict, preview }) {
  if (!verdict || !verdict.scenario || (preview && preview.phase === "moving")) return;
  scene = JSON.parse(verdict.scenario);
  trading = verdict.p2p;
  if (!verdict.changes) solved = scene;
}

// `given` are {solve, cancel} (app/solve.js).
export function wirePreview(given) {
  hands = given;
  store.on("verdict", verdictChanged);
  store.on("draft", draftChanged);
  store.on("results mode", resultsChanged);
  store.on("trial opened", ({ trial, preview, opened }, old) => {
    if (opened !== old.opened) [scene, solved] = [null, null];
    if (preview && (trial || opened !== old.opened)) store.set({ preview: null });
  });
}
