// The solves of this session: each result that was on the page, what its edit had changed, and how to get it back.

import { format } from "../page/format.js";
import { store } from "../page/store.js";
import { inField, t } from "../page/language.js";
import { fetchResult } from "../io/jobs_client.js";
import { originOnShow, submittedDraft } from "./draft.js";
import { settingFields } from "./settings.js";
import { tableColumns } from "./table.js";

const KEPT = 12;
const payloads = new Map();
const TEXTS = {
  on: t("on"),
  off: t("off"),
  hourly: t("hourly"),
  static: t("best fixed"),
  fixed: t("initial"),
};

// What differs between two sets of texts, in words. names: label of a column or setting by key.
export function differences(before, after, names) {
  const shown = (text) =>
    text === undefined || text === "" ? t("nothing") : text.length > 24 ? `${text.slice(0, 22)}\u2026` : inField(text);
  const cells = (old, row) =>
    Object.keys(names)
      .filter((key) => key in row && old[key] !== row[key])
      .map((key) => `${row.id}: ${names[key]} ${shown(old[key])} \u2192 ${shown(row[key])}`);
  const old = Object.fromEntries(before.rows.map((row) => [row.row, row]));
  const now = new Set(after.rows.map((row) => row.row));
  const rows = after.rows.flatMap((row) => (old[row.row] ? cells(old[row.row], row) : [t`${row.id} added`]));
  const gone = before.rows.filter((row) => !now.has(row.row)).map((row) => t`${row.id} deleted`);
  const settings = Object.keys(after.settings)
    .filter((key) => before.settings[key] !== after.settings[key])
    .map((key) => `${names[key] || key} ${shown(before.settings[key])} \u2192 ${shown(after.settings[key])}`);
  const profiles = [...new Set([...Object.keys(before.profiles), ...Object.keys(after.profiles)])]
    .filter((key) => before.profiles[key] !== after.profiles[key])
    .map((key) => t`profile ${key}`);
  const [liked, likes] = [before.preferences || {}, after.preferences || {}];
  const preferences = [...new Set([...Object.keys(liked), ...Object.keys(likes)])]
    .filter((key) => liked[key] !== likes[key])
    .map((key) => t`preference ${namesOf(key, after.rows)} ${shown(liked[key])} \u2192 ${shown(likes[key])}`);
  return [
    ...rows,
    ...gone,
    ...settings,
    ...profiles,
    ...preferences,
    ...(before.trading === after.trading ? [] : [t`trading ${TEXTS[after.trading]}`]),
  ];
}

/** @param {Texts[]} rows */
const nameOf = (end, rows) => (rows.find((row) => `@${row.row}` === end) || { id: end.replace("@", "") }).id;
const namesOf = (key, rows) => {
  const [who, whom] = key.split(">").map((end) => nameOf(end, rows));
  return t`${who} with ${whom}`;
};

function names() {
  const all = [...tableColumns(), ...settingFields()];
  return Object.fromEntries(all.map(({ key, label }) => [key, label]));
}

// What a result was solved from: the submitted draft of a solve, or nothing for a stored one.
function told(submitted) {
  if (!submitted) return [t("as stored")];
  if (!submitted.solved.rows.length) return [t("first solve")];
  const found = differences(submitted.solved, submitted, names());
  return found.length ? found : [t("solved again")];
}

/** @param {Payload} payload */
function keepPayload(id, payload) {
  payloads.delete(id);
  payloads.set(id, payload);
  if (payloads.size > 4 * KEPT) payloads.delete(payloads.keys().next().value);
}

// The payload of a result by id, from the server where it is not held any more.
export async function payloadOf(id) {
  if (!payloads.has(id)) keepPayload(id, await fetchResult(id));
  return payloads.get(id);
}

// Each set of results that comes to be shown belongs to a run: the one that has its ids, or a new one.
/** @param {State} state */
function note({ results, ids, mode }) {
  const modes = Object.keys(results).filter((key) => ids[key]);
  if (!modes.length) return;
  modes.forEach((key) => keepPayload(ids[key], results[key]));
  const { runs } = store.get();
  const mine = Object.fromEntries(modes.map((key) => [key, ids[key]]));
  const known = runs.find((run) => modes.some((key) => run.ids[key] === ids[key]));
  if (known) {
    store.set({ runs: runs.map((run) => (run === known ? { ...run, ids: { ...run.ids, ...mine } } : run)) });
    return;
  }
  const submitted = store.get().job ? submittedDraft() : null;
  const shown = results[mode] || results[modes[0]];
  const number = 1 + (runs.length ? runs[runs.length - 1].number : 0);
  const run = {
    number,
    ids: mine,
    mode: shown.mode,
    name: shown.name,
    p2p: shown.p2p,
    at: submitted ? new Date().toTimeString().slice(0, 5) : "",
    what: told(submitted),
    draft: submitted,
    origin: submitted ? submitted.origin : originOnShow(),
    cost: format.number(shown.summary.objective_eur),
  };
  store.set({ runs: [...runs, run], sides: null });
}

export const wireRuns = () => store.on("results ids", note);
