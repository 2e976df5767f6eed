// Rows of the prosumer table: add, duplicate, delete, copy, and paste from a spreadsheet.

import { say } from "../page/status.js";
import { store } from "../page/store.js";
import { t } from "../page/language.js";
import { usualProfile, withCompanions } from "./companions.js";
import { setTable, tableApi, tableApiNow } from "./dash.js";
import { changeDraft, currentDraft } from "./draft.js";
import { freeName, namesOf } from "./names.js";
import { withoutPairs } from "./pairs.js";
import { preferencesOf } from "./preferences.js";
import { readSheet, withPoints } from "./sheet.js";

const MOST_ROWS = 1500;

export const tableColumns = () => JSON.parse(document.querySelector(".table-tools").dataset.columns);

// A row with nothing but a name, a bus and the profiles of the others.
/** @param {Draft} draft */
function emptyRow(draft, key) {
  const first = draft.rows[0] || {};
  const empty = Object.fromEntries(tableColumns().map((column) => [column.key, ""]));
  return {
    ...empty,
    row: key,
    like: "",
    id: freeName(t("Prosumer"), namesOf(draft.rows)),
    bus: first.bus || "2",
    load_kw: "0",
    pv_kw: "0",
    load_profile: usualProfile(draft, "load"),
    pv_profile: usualProfile(draft, "pv"),
  };
}

// Pasted cells written over the rows from a cell on; rows that are missing are added. Returns fields of a draft and
// what was left out.
/** @param {Draft} draft */
export function pasted(draft, cells, start, keys, blank) {
  const rows = draft.rows.map((row) => ({ ...row }));
  const typed = {};
  let { next } = draft;
  let beyond = 0;
  cells.slice(0, MOST_ROWS).forEach((values, down) => {
    const at = start.row + down;
    if (!rows[at]) rows[at] = { ...blank({ ...draft, rows }, `n${next}`), row: `n${next++}` };
    values.forEach((value, right) => {
      const key = keys[start.column + right];
      if (key) {
        rows[at][key] = value.trim();
        (typed[rows[at].row] = typed[rows[at].row] || []).push(key);
      } else if (value.trim()) beyond += 1;
    });
  });
  const changes = { rows: withCompanions(draft, rows, typed), next };
  return { changes, added: rows.length - draft.rows.length, beyond };
}

async function paste(event) {
  const inside = event.target.closest && event.target.closest("#prosumers");
  const text = inside && event.clipboardData ? event.clipboardData.getData("text/plain") : "";
  if (!text || (event.target.closest("input") && !/[\t\n]/.test(text.trim()))) return;
  event.preventDefault();
  const api = await tableApi();
  const cell = api.getFocusedCell();
  if (!cell) return;
  api.stopEditing(true);
  const keys = tableColumns().map((column) => column.key);
  const cells = withPoints(readSheet(text));
  const headed =
    cells.length > 1 &&
    cells[0].join() ===
      tableColumns()
        .map((column) => column.label)
        .join();
  const column = Math.max(0, keys.indexOf(cell.column.getColId()));
  const { changes, added, beyond } = pasted(
    currentDraft(),
    headed ? cells.slice(1) : cells,
    { row: cell.rowIndex, column },
    keys,
    emptyRow,
  );
  store.set({ typed: { row: changes.rows[cell.rowIndex].row, column: keys[column] } });
  changeDraft(changes);
  const parts = [
    !added ? null : added === 1 ? t("1 prosumer added") : t`${added} prosumers added`,
    beyond ? t`${beyond} values beyond the last column were left out` : null,
  ].filter(Boolean);
  say(
    `${[cells.length === 1 ? t("Pasted 1 row") : t`Pasted ${cells.length} rows`, ...parts].join("; ")}.`,
    beyond ? "bad" : "",
  );
}

// Ticked rows with their headers, else the cell in focus.
async function copy(event) {
  const inside =
    event.target.closest && event.target.closest("#prosumers") && !event.target.closest("input[type=text]");
  if (!inside) return;
  const api = tableApiNow();
  const ticked = api.getSelectedNodes().map((node) => node.data);
  const cell = api.getFocusedCell();
  const order = new Set(ticked.map((row) => row.row));
  const rows = currentDraft().rows.filter((row) => order.has(row.row));
  const quoted = (value) => (/["\t\n]/.test(value) ? `"${value.replace(/"/g, '""')}"` : value);
  const text = rows.length
    ? [
        tableColumns().map((column) => column.label),
        ...rows.map((row) => tableColumns().map((column) => quoted(row[column.key]))),
      ]
        .map((line) => line.join("\t"))
        .join("\n")
    : cell && currentDraft().rows[cell.rowIndex][cell.column.getColId()];
  if (!text) return;
  event.preventDefault();
  event.clipboardData.setData("text/plain", text);
}

// The ticked rows, else the one in focus.
async function picked() {
  const api = await tableApi();
  const ticked = api.getSelectedRows().map((row) => row.row);
  const cell = api.getFocusedCell();
  const focused = cell && currentDraft().rows[cell.rowIndex];
  return ticked.length || !focused ? ticked : [focused.row];
}

// The cursor goes to a row as soon as the table has it.
async function focusRow(key, tries = 20) {
  const api = await tableApi();
  const node = api.getRowNode(key);
  if (!node) {
    if (tries) window.setTimeout(() => focusRow(key, tries - 1), 100);
    return;
  }
  api.ensureIndexVisible(node.rowIndex);
  api.ensureColumnVisible("id");
  api.setFocusedCell(node.rowIndex, "id");
}

function addRow() {
  const draft = currentDraft();
  const row = emptyRow(draft, `n${draft.next}`);
  changeDraft({ rows: [...draft.rows, row], next: draft.next + 1 });
  focusRow(row.row);
}

async function duplicateRows() {
  const keys = await picked();
  if (!keys.length) {
    say(t("Tick the prosumers to duplicate, or put the cursor into one."));
    return;
  }
  const draft = currentDraft();
  let { next } = draft;
  const taken = namesOf(draft.rows);
  const copyOf = (row) => {
    const id = freeName(row.id.trim() || t("Prosumer"), taken);
    taken.add(id);
    return { ...row, row: `n${next++}`, id };
  };
  changeDraft({ rows: draft.rows.flatMap((row) => (keys.includes(row.row) ? [row, copyOf(row)] : [row])), next });
  focusRow(`n${draft.next}`);
}

async function deleteRows() {
  const keys = await picked();
  if (!keys.length) {
    say(t("Tick the prosumers to delete, or put the cursor into one."));
    return;
  }
  (await tableApi()).deselectAll();
  setTable({ selectedRows: [] }); // else Undo brings the ticks back, too
  const draft = currentDraft();
  const gone = draft.rows.filter((row) => keys.includes(row.row));
  const rows = draft.rows.filter((row) => !keys.includes(row.row));
  const { settings, count } = withoutPairs(draft.settings, gone, rows);
  const { kept, gone: liked } = preferencesOf(draft.preferences, rows);
  changeDraft({ rows, settings, preferences: kept });
  const told =
    gone.length > 4
      ? t`${gone.length} prosumers`
      : gone.map((row) => row.id || t("A prosumer without name")).join(", ");
  say(deletedText(told, gone.length, lostText(count, liked)));
}

// "2 partner pairs and 1 preference": what goes with the rows.
const lostText = (pairs, liked) =>
  [
    pairs > 1 ? t`${pairs} partner pairs` : pairs ? t("1 partner pair") : "",
    liked > 1 ? t`${liked} preferences` : liked ? t("1 preference") : "",
  ]
    .filter(Boolean)
    .join(t(" and "));

function deletedText(told, count, lost) {
  const gone = lost ? t`${told} deleted, with ${lost}` : t`${told} deleted`;
  return count === 1 ? t`${gone}; Undo brings it back.` : t`${gone}; Undo brings them back.`;
}

const acts = { add: addRow, duplicate: duplicateRows, delete: deleteRows };

export function wireTable() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[id]");
    if (button && Object.hasOwn(acts, button.id) && currentDraft()) acts[button.id]();
  });
  document.addEventListener("paste", paste, true);
  document.addEventListener("copy", copy, true);
}
