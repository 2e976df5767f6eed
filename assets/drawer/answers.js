// What Dash tells: a draft that its table has taken over, cells that were typed into, the verdict of the server.

import { byId } from "../page/elements.js";
import { say } from "../page/status.js";
import { store } from "../page/store.js";
import { t } from "../page/language.js";
import { told } from "../page/told.js";
import { setTable, unchanged } from "./dash.js";
import { withCompanions } from "./companions.js";
import { adoptFirst, currentDraft, put, remember, stamped } from "./draft.js";
import { withNewName } from "./pairs.js";

let asked = null;
let silent = false;
const SILENT = t("The server does not answer. What you typed is kept; trying again \u2026");
// The last verdict with the rows it was about: what it says of a cell holds until that cell changes.
let judged = { problems: [], rows: {} };

export function hearDraft(data) {
  const held = currentDraft();
  if (held && data.stamp !== held.stamp) return unchanged();
  const draft = held ? data : adoptFirst(data);
  store.set({ draft, foreign: Boolean(draft.imported), verdict: null });
  waitForVerdict();
  if (held) setTable({ rowData: marked() });
  store.set({ heard: store.get().heard + 1 });
  return unchanged();
}

// A server that is away is asked again until it answers; what was typed stays.
function waitForVerdict() {
  window.clearTimeout(asked);
  asked = window.setTimeout(() => {
    silent = true;
    byId("changes").textContent = t("Not read yet");
    say(SILENT, "bad");
    put(stamped(currentDraft()));
  }, 8000);
}

export function hearCells(changed) {
  if (!changed || !changed.length) return unchanged();
  const draft = currentDraft();
  const rows = draft.rows.map((row) => ({ ...row }));
  const typed = {};
  let { settings } = draft;
  changed.forEach(({ rowId, colId, value }) => {
    const row = rows.find((item) => item.row === rowId);
    const text = value === null || value === undefined ? "" : String(value);
    if (row && colId === "id") settings = withNewName(settings, rows, row.id, text);
    if (row) row[colId] = text;
    (typed[rowId] = typed[rowId] || []).push(colId);
    store.set({ typed: { row: rowId, column: colId } });
  });
  if (JSON.stringify(rows) === JSON.stringify(draft.rows)) return unchanged();
  remember();
  const next = stamped({ ...draft, rows: withCompanions(draft, rows, typed), settings });
  store.set({ draft: next, verdict: null });
  return next;
}

/** @param {Texts[]} rows */
const byKey = (rows) => Object.fromEntries(rows.map((row) => [row.row, row]));

// Rows with what the table marks in them: wrong cells with their message, cells that differ from the result on show.
function marked() {
  const draft = currentDraft();
  const before = byKey(draft.solved.rows);
  return draft.rows.map((row) => {
    const [old, seen] = [before[row.row], judged.rows[row.row]];
    const wrong = judged.problems.filter(
      ({ row: key, column }) => key === row.row && seen && (!column || seen[column] === row[column]),
    );
    const different = draft.imported ? [] : Object.keys(row).filter((key) => !old || old[key] !== row[key]);
    return {
      ...row,
      wrong: Object.fromEntries(wrong.map(({ column, message }) => [column || "id", told(message)])),
      edited: Object.fromEntries(different.map((key) => [key, true])),
    };
  });
}

/** @param {Verdict} verdict */
export function hearVerdict(verdict) {
  const draft = currentDraft();
  if (!verdict || !draft || (verdict.stamp || 0) !== (draft.stamp || 0)) return unchanged();
  judged = { problems: verdict.problems, rows: byKey(draft.rows) };
  window.clearTimeout(asked);
  store.set({ verdict });
  // What else was said in the meantime stands.
  if (silent && byId("status").textContent === SILENT) say("");
  silent = false;
  return marked();
}
