// The draft: what is edited, its history, and which result is its own. It stands in the store; Dash hears of every
// change.

import { say } from "../page/status.js";
import { store } from "../page/store.js";
import { tellDash } from "./dash.js";

const NOTHING = { rows: [], settings: {}, profiles: {}, preferences: {}, trading: "on" };
const KEPT = ["results", "ids", "mode", "hour", "before", "sketch"];
const past = [];
const future = [];
// What the page showed when another case was opened, by origin, for the way back.
const shelves = new Map();
// Origins whose days were solved here since they were opened: the server stores no draft of them.
const solvedHere = new Set();
let submitted = null;
let onShow = null;
let solved = NOTHING;
let stamp = 0;

// Every draft has its number, so that a verdict on an older one is not taken for its own.
export const stamped = (data) => ({ ...data, stamp: ++stamp });
const texts = ({ rows, settings, profiles, preferences, trading }) => ({
  rows,
  settings,
  profiles,
  preferences,
  trading,
});

/** @returns {Draft} */
export const currentDraft = () => store.get().draft;
// Whether a draft is of a day that was solved on this page, and not of one that is stored.
/** @param {Draft} draft */
export const isOwn = ({ origin }) => solvedHere.has(origin);
// The case or import whose result is on the page.
export const originOnShow = () => onShow || document.body.dataset.case;

// What a solve or a message said holds for the draft before.
function forget() {
  tellDash("told", null);
  if (!store.get().job) say("");
}

export function remember() {
  past.push(currentDraft());
  if (past.length > 200) past.shift();
  future.length = 0;
  forget();
}

// The page holds a draft at once, so that a quick second edit builds on the first; Dash hears of it a little later.
// What was said of the one before does not hold for it: a quick Solve waits.
export function put(next) {
  store.set({ draft: next, verdict: null });
  tellDash("draft", next);
}

// Puts a changed draft in place of the present one, which stays in the history. Changes are fields of a draft:
// rows, settings, profiles, preferences, trading, mode.
export function changeDraft(changes) {
  remember();
  put(stamped({ ...currentDraft(), ...changes }));
}

// -- cases: where a draft comes from decides which result is its own ------------------------------------------------

function shelve() {
  const state = store.get();
  if (onShow) shelves.set(onShow, { solved, page: Object.fromEntries(KEPT.map((key) => [key, state[key]])) });
}

// The draft as it counts now: against the result on show when that is its own, else as not solved.
const against = (data) =>
  stamped({ ...data, solved: data.origin === onShow ? solved : NOTHING, imported: data.origin !== onShow });

function step(from, to) {
  if (!from.length) return;
  const next = from.pop();
  to.push(currentDraft());
  forget();
  if (next.origin !== onShow && shelves.has(next.origin)) {
    shelve();
    onShow = next.origin;
    const shelf = shelves.get(onShow);
    solved = shelf.solved;
    store.set({ ...shelf.page, chosen: null });
  }
  put(against(next));
}
export const undo = () => step(past, future);
export const redo = () => step(future, past);
export const canUndo = () => past.length > 0;
export const canRedo = () => future.length > 0;

// A draft that comes from elsewhere; `results` are those of its case by mode, null where the page keeps what it shows.
export function adopt(opened, origin, results) {
  if (currentDraft()) remember();
  if (results) {
    store.set({ opened: store.get().opened + 1 });
    shelve();
    solvedHere.delete(origin);
    const known = Object.keys(results).length > 0;
    onShow = known ? origin : null;
    solved = known ? opened.solved : NOTHING;
    submitted = null;
  }
  put(against({ ...opened, origin }));
}

// The first draft, which Dash brings: the page's case unless it says otherwise.
export function adoptFirst(data) {
  if (data.origin) return data;
  const own = { ...data, origin: document.body.dataset.case };
  if (!own.imported) {
    onShow = own.origin;
    solved = own.solved;
  }
  return own;
}

export const showSolveProblems = (problems) => tellDash("told", problems);
export const rememberSubmitted = () => {
  submitted = currentDraft();
};
/** @returns {Draft | null} */
export const submittedDraft = () => submitted;

// The result on show is now that of what was submitted; later edits count against it.
export function markSolved() {
  if (!submitted) return;
  if (onShow !== submitted.origin) shelve();
  onShow = submitted.origin;
  solvedHere.add(onShow);
  solved = texts(submitted);
  put(against(currentDraft()));
}
