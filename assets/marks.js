// What is wrong with a draft, shown where it is: framed cells and inputs, a message at the cell, the list above the panes.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { byId, html, store } = p2pdnr;
  let latest = null;

  const grid = () => window.dash_ag_grid.getApiAsync("prosumers");
  const problems = () => (store.get().verdict || { problems: [] }).problems.filter(({ row, column }) => row && column);
  const cellOf = ({ row, column }) => document.querySelector(`#prosumers [row-id="${row}"] [col-id="${column}"]`);

  // The cell that was typed into last: its message is the one that stands beside it.
  p2pdnr.typedInto = (row, column) => { latest = { row, column }; };

  async function goToCell({ row, column }) {
    const api = await grid();
    latest = { row, column };
    api.ensureColumnVisible(column);
    api.setFocusedCell(api.getRowNode(row).rowIndex, column);
    window.requestAnimationFrame(placeMessage);
  }

  // Under its cell while that is in view, not behind the names that stay at the left.
  function placeMessage() {
    const all = problems();
    const problem = all.find(({ row, column }) => latest && row === latest.row && column === latest.column) || all[0];
    const cell = problem && cellOf(problem);
    const holder = document.querySelector(".grid");
    const message = byId("beside") || holder.appendChild(html("p", { id: "beside", class: "beside", hidden: "" }));
    const frame = cell && (cell.closest(".ag-center-cols-viewport") || holder).getBoundingClientRect();
    const [spot, room] = [cell && cell.getBoundingClientRect(), holder.getBoundingClientRect()];
    message.hidden = !cell || spot.right < frame.left + 12 || spot.left > frame.right - 12;
    if (message.hidden) return;
    message.textContent = problem.message;
    message.style.left = `${Math.max(0, Math.min(spot.left - room.left, room.width - message.offsetWidth))}px`;
    message.style.top = `${spot.bottom - room.top + 4}px`;
  }

  const label = (key) => { const found = p2pdnr.settingFields().find((field) => field.key === key); return found ? found.label : ""; };

  // The pane that holds a problem, and the field in it.
  const paneOf = ({ row, column }) => {
    if (row) return "prosumers";
    const field = p2pdnr.settingFields().find(({ key }) => key === column);
    if (p2pdnr.isPreference(column)) return "settings";
    return (column || "").startsWith("profile:") || (field && p2pdnr.isCurve(field)) ? "profiles" : field ? "settings" : null;
  };

  function goTo(problem) {
    const pane = paneOf(problem);
    p2pdnr.openPane(pane);
    if (pane === "prosumers") goToCell(problem);
    else if (pane === "profiles") p2pdnr.openCurve(problem.column);
    else if (p2pdnr.isPreference(problem.column)) p2pdnr.focusPreference(problem.column);
    else (problem.column === "partners" ? byId("partners-kind") : byId("settings").querySelector(`[name="${problem.column}"]`)).focus();
  }

  function item(problem) {
    const where = problem.where || label(problem.column) || "Scenario";
    const name = paneOf(problem) && problem.column ? html("button", { type: "button", class: "link" }, where) : html("strong", {}, where);
    if (name.tagName === "BUTTON") name.addEventListener("click", () => goTo(problem));
    return html("li", {}, name, ` ${problem.message}`);
  }

  function changesText(verdict, fresh) {
    const wrong = verdict.problems.length;
    if (wrong) return `${wrong === 1 ? "1 thing" : `${wrong} things`} to correct before it can be solved`;
    if (fresh) return "Not solved yet \u00b7 Solve to see its day";
    const count = verdict.changes;
    return count ? `${count} unsolved ${count === 1 ? "change" : "changes"} \u00b7 Solve to see ${count === 1 ? "its" : "their"} effect` : "As solved";
  }

  // A pane with something wrong in it says so at its tab.
  function markTabs(problems) {
    const counts = {};
    problems.forEach((problem) => { const pane = paneOf(problem); counts[pane] = (counts[pane] || 0) + 1; });
    byId("drawer-tabs").querySelectorAll("[data-pane]").forEach((tab) => {
      const count = counts[tab.dataset.pane];
      tab.classList.toggle("wrong", Boolean(count));
      tab.title = count ? `${count} to correct` : "";
    });
  }

  // Everything a verdict says; fresh: a case that no result belongs to.
  p2pdnr.showProblems = function (verdict, fresh) {
    byId("problems").replaceChildren(...verdict.problems.map(item), ...verdict.notes.map((text) => html("li", { class: "note" }, text)));
    byId("changes").textContent = changesText(verdict, fresh);
    byId("changes").className = verdict.problems.length ? "quiet wrong" : verdict.edited ? "quiet unsolved" : "quiet";
    markTabs(verdict.problems);
    const wrong = Object.fromEntries(verdict.problems.filter(({ row, column }) => !row && column).map(({ column, message }) => [column, message]));
    p2pdnr.markSettings(wrong);
    p2pdnr.markPreferences(wrong);
    p2pdnr.markCurves({ ...wrong, ...p2pdnr.wrongOwn(verdict.problems) });
    window.requestAnimationFrame(placeMessage);
  };

  // On a phone the name scrolls with the rest, so that the figures have room; a fade tells that there is more to the right.
  p2pdnr.fitTable = async function () {
    const api = await grid();
    const follow = () => {
      const { right } = api.getHorizontalPixelRange();
      const end = api.getAllDisplayedColumns().reduce((most, column) => Math.max(most, column.isPinned() ? 0 : column.getLeft() + column.getActualWidth()), 0);
      document.querySelector(".grid").classList.toggle("more", end - right > 4);
      placeMessage();
    };
    const pin = () => api.setColumnsPinned(["ag-Grid-SelectionColumn", "id", "bus"], window.innerWidth < 640 ? null : "left");
    ["bodyScroll", "gridSizeChanged", "columnResized"].forEach((name) => api.addEventListener(name, follow));
    window.addEventListener("resize", pin);
    pin();
    follow();
  };
}(window.p2pdnr));
