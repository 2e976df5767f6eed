// Cases: the menu, and what opening one does.

import { byId, html } from "../page/elements.js";
import { startHour } from "../page/first_hour.js";
import { say } from "../page/status.js";
import { store } from "../page/store.js";
import { t } from "../page/language.js";
import { fetchCase, fetchFirst, fetchResult } from "../io/jobs_client.js";
import { adopt, currentDraft, originOnShow } from "./draft.js";

// One case after the other: what an earlier one still waits for never lands on a later one, and Undo finds it whole.
let turn = Promise.resolve();
function inTurn(act) {
  turn = turn.catch(() => {}).then(act);
  return turn;
}

export const showCase = (ids) => inTurn(() => show(ids));

// Results of a case by mode: the first is drawn as soon as it is there, the others fill in unless a solve came first.
async function show(ids) {
  const query = new URLSearchParams(window.location.search);
  const modesGiven = Object.keys(ids);
  const shownFirst = ["hourly", "static", "fixed"].filter((mode) => ids[mode]);
  const first = shownFirst.includes(query.get("mode")) ? query.get("mode") : shownFirst[0];
  if (!first) {
    store.set({ results: {}, ids: {}, chosen: null, before: null });
    return;
  }
  const payload = await fetchFirst(ids[first]);
  const wanted = Number(query.get("hour"));
  const hour =
    query.has("hour") && Number.isInteger(wanted) && wanted >= 0 && wanted < payload.hours
      ? wanted
      : startHour(payload);
  store.set({ results: { [first]: payload }, ids, mode: first, hour, chosen: null, before: null, sketch: null });
  const others = await Promise.all(
    modesGiven
      .filter((mode) => mode !== first)
      .map((mode) =>
        fetchResult(ids[mode])
          .then((result) => [mode, result])
          .catch(() => null),
      ),
  );
  if (store.get().ids === ids)
    store.set({ results: { ...store.get().results, ...Object.fromEntries(others.filter(Boolean)) } });
}

// A scenario without a result, with its grid to look at where the server could draw it.
export function openUnsolved(opened, origin, sketch) {
  return inTurn(async () => {
    adopt(opened, origin, {});
    store.set({ results: {}, ids: {}, chosen: null, before: null, sketch, hour: sketch ? sketch.worst_hour : 0 });
  });
}

// Opens a draft that comes from elsewhere: origin names it, results are those of its case by mode (none: not solved
// yet).
export function openDraft(opened, origin, results) {
  return inTurn(async () => {
    adopt(opened, origin, results);
    if (results) await show(results);
  });
}

// The menu of cases, with what was imported in this session below them.
/** @param {Draft} draft */
function markCase(draft) {
  const menu = byId("case");
  const values = [...menu.options].map((option) => option.value);
  if (draft.origin && !values.includes(draft.origin)) menu.append(html("option", { value: draft.origin }, draft.name));
  menu.value = draft.origin;
  drafts.set(draft.origin, draft);
}
const drafts = new Map();
// Grids of imports by origin.
const sketches = new Map();
export const keepSketch = (origin, sketch) => sketches.set(origin, sketch);

async function openCase(menu) {
  const wanted = menu.value;
  try {
    if (wanted.startsWith("import-")) {
      await openUnsolved(drafts.get(wanted), wanted, sketches.get(wanted) || null);
      return;
    }
    const found = await fetchCase(wanted);
    await openDraft(found.draft, wanted, found.results);
  } catch (error) {
    say(error.message, "bad");
    menu.value = currentDraft() ? currentDraft().origin : originOnShow();
  }
}

// An earlier solve comes back with its table and its result; Undo leads back.
/** @param {Run} run */
export async function reopen(run) {
  const draft = run.draft || (await fetchCase(run.origin)).draft;
  const solved = {
    rows: draft.rows,
    settings: draft.settings,
    profiles: draft.profiles,
    preferences: draft.preferences,
    trading: draft.trading,
  };
  await openDraft({ ...draft, solved }, run.origin, run.ids);
  say(t`Solve ${run.number} is open again.`);
}

export function wireCases() {
  store.on("heard", ({ draft }) => markCase(draft));
  byId("case").addEventListener("change", (event) => openCase(event.target));
}
