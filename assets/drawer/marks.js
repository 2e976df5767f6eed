// What is wrong with a draft, shown where it is: framed cells and inputs, a message at the cell, the list above the
// panes.

import { byId, html } from "../page/elements.js";
import { store } from "../page/store.js";
import { t } from "../page/language.js";
import { told } from "../page/told.js";
import { wrongOwn } from "./curves.js";
import { tableApi } from "./dash.js";
import { openPane } from "./panes.js";
import { focusPreference, isPreference, markPreferences } from "./preferences.js";
import { markCurves, openCurve } from "./profiles.js";
import { isCurve, markSettings, settingFields } from "./settings.js";

const problems = () => (store.get().verdict || { problems: [] }).problems.filter(({ row, column }) => row && column);
const cellOf = ({ row, column }) => document.querySelector(`#prosumers [row-id="${row}"] [col-id="${column}"]`);

async function goToCell({ row, column }) {
  const api = await tableApi();
  store.set({ typed: { row, column } });
  api.ensureColumnVisible(column);
  api.setFocusedCell(api.getRowNode(row).rowIndex, column);
  window.requestAnimationFrame(placeMessage);
}

// Under its cell while that is in view, not behind the names that stay at the left.
function placeMessage() {
  const all = problems();
  // The message that stands beside its cell is that of the one typed into last.
  const latest = store.get().typed;
  const problem = all.find(({ row, column }) => latest && row === latest.row && column === latest.column) || all[0];
  const cell = problem && cellOf(problem);
  const holder = document.querySelector(".grid");
  if (!byId("beside")) holder.prepend(html("p", { id: "beside", class: "beside", hidden: "" }));
  const message = byId("beside");
  const frame = cell && (cell.closest(".ag-center-cols-viewport") || holder).getBoundingClientRect();
  const [spot, room] = [cell && cell.getBoundingClientRect(), holder.getBoundingClientRect()];
  message.hidden = !cell || spot.right < frame.left + 12 || spot.left > frame.right - 12;
  if (message.hidden) return;
  message.textContent = told(problem.message);
  message.style.left = `${Math.max(0, Math.min(spot.left - room.left, room.width - message.offsetWidth))}px`;
  message.style.top = `${spot.bottom - room.top + 4}px`;
}

const label = (key) => {
  const found = settingFields().find((field) => field.key === key);
  return found ? found.label : "";
};

// The pane that holds a problem, and the field in it.
const paneOf = ({ row, column }) => {
  if (row) return "prosumers";
  const field = settingFields().find(({ key }) => key === column);
  if (isPreference(column)) return "settings";
  return (column || "").startsWith("profile:") || (field && isCurve(field)) ? "profiles" : field ? "settings" : null;
};

function goTo(problem) {
  const pane = paneOf(problem);
  openPane(pane);
  if (pane === "prosumers") goToCell(problem);
  else if (pane === "profiles") openCurve(problem.column);
  else if (isPreference(problem.column)) focusPreference(problem.column);
  else
    (problem.column === "partners"
      ? byId("partners-kind")
      : byId("settings").querySelector(`[name="${problem.column}"]`)
    ).focus();
}

function item(problem) {
  const where = told(problem.where) || label(problem.column) || t("Scenario");
  const name =
    paneOf(problem) && problem.column
      ? html("button", { type: "button", class: "link" }, where)
      : html("strong", {}, where);
  if (name.tagName === "BUTTON") name.addEventListener("click", () => goTo(problem));
  return html("li", {}, name, ` ${told(problem.message)}`);
}

/** @param {Verdict} verdict */
function changesText(verdict, fresh) {
  const wrong = verdict.problems.length;
  if (wrong) return wrong === 1 ? t("Fix 1 cell to solve") : t`Fix ${wrong} cells to solve`;
  if (fresh) return t("Not solved yet \u00b7 Solve to see its plan");
  const count = verdict.changes;
  return count
    ? count === 1
      ? t("1 unsolved change \u00b7 Solve to see its effect")
      : t`${count} unsolved changes \u00b7 Solve to see their effect`
    : t("As solved");
}

// A pane with something wrong in it says so at its tab.
function markTabs(problems) {
  const counts = {};
  problems.forEach((problem) => {
    const pane = paneOf(problem);
    counts[pane] = (counts[pane] || 0) + 1;
  });
  byId("drawer-tabs")
    .querySelectorAll("[data-pane]")
    .forEach((tab) => {
      const count = counts[tab.dataset.pane];
      tab.classList.toggle("wrong", Boolean(count));
      tab.title = count ? t`${count} to correct` : "";
    });
}

// Everything a verdict says.
function showProblems({ verdict, draft }) {
  if (!verdict) return;
  // A case that no result belongs to.
  const fresh = draft.imported && !draft.solved.rows.length;
  byId("problems").replaceChildren(
    ...verdict.problems.map(item),
    ...verdict.notes.map((text) => html("li", { class: "note" }, text)),
  );
  byId("changes").textContent = changesText(verdict, fresh);
  byId("changes").className = verdict.problems.length ? "quiet wrong" : verdict.edited ? "quiet unsolved" : "quiet";
  markTabs(verdict.problems);
  const wrong = Object.fromEntries(
    verdict.problems.filter(({ row, column }) => !row && column).map(({ column, message }) => [column, message]),
  );
  markSettings(wrong);
  markPreferences(wrong);
  markCurves({ ...wrong, ...wrongOwn(verdict.problems) });
  window.requestAnimationFrame(placeMessage);
}

// On a phone the name scrolls with the rest, so that the figures have room; a fade tells that there is more to the
// right.
export async function fitTable() {
  const api = await tableApi();
  const follow = () => {
    const { right } = api.getHorizontalPixelRange();
    const end = api
      .getAllDisplayedColumns()
      .reduce((most, column) => Math.max(most, column.isPinned() ? 0 : column.getLeft() + column.getActualWidth()), 0);
    document.querySelector(".grid").classList.toggle("more", end - right > 4);
    placeMessage();
  };
  const pin = () =>
    api.setColumnsPinned(["ag-Grid-SelectionColumn", "id", "bus"], window.innerWidth < 640 ? null : "left");
  ["bodyScroll", "gridSizeChanged", "columnResized"].forEach((name) => api.addEventListener(name, follow));
  window.addEventListener("resize", pin);
  pin();
  follow();
}

export const wireMarks = () => store.on("verdict", showProblems);
