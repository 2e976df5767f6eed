// One chart at a time: a figure of the server, a table that is made here, or the solve that runs.

import { byId, html } from "../page/elements.js";
import { shownPayload, store } from "../page/store.js";
import { view } from "../page/view.js";
import { inOneFile } from "../io/answers.js";
import { billsCaption, billsTable } from "./bills.js";
import { showCaption } from "./caption.js";
import { whyCaption, whyTable } from "./landscape.js";
import { drawLive } from "./live.js";
import { drawFigure, moveCursor, watchChart } from "./plot.js";
import { replayTools } from "./replay.js";
import { costsCaption, costsTable } from "./costs.js";
import { checksCaption, checksTable, modesCaption, modesTable } from "./reports.js";
import { rolesCaption, rolesTable } from "./roles.js";
import { wireRoles } from "./roles_job.js";
import { buildTabs, markTab } from "./tabs.js";

const TABLES = {
  costs: [costsTable, costsCaption],
  why: [whyTable, whyCaption],
  modes: [modesTable, modesCaption],
  roles: [rolesTable, rolesCaption],
  bills: [billsTable, billsCaption],
  checks: [checksTable, checksCaption],
};
let timer = null;

export const isTable = (tab) => Object.hasOwn(TABLES, tab);

// What is set side by side: the modes of switching, or the operator's roles.
function modesOrRoles() {
  const choice = (value, name) =>
    html("label", {}, html("input", { type: "radio", name: "sides-by-side", value }), name);
  const holder = html(
    "fieldset",
    { class: "segments", id: "sides-by-side" },
    html("legend", { class: "visually-hidden" }, "What is set side by side"),
    choice("modes", "Ways of switching"),
    choice("roles", "The operator\u2019s roles"),
  );
  holder.addEventListener("change", (event) => store.set({ tab: event.target.value }));
  return holder;
}

// What stands above a chart: the prosumer tab's own choice, the scrubber of a replay; resolves when it is there.
/**
 * @param {State} state
 * @param {Payload} payload
 */
function tools(state, payload) {
  const holder = byId("chart-tools");
  if (state.tab === "convergence" && !state.live.length) return replayTools(holder, state);
  delete holder.dataset.replay;
  holder.classList.remove("replay");
  if ((state.tab === "modes" || state.tab === "roles") && !inOneFile()) {
    holder.hidden = false;
    if (!holder.querySelector("#sides-by-side")) holder.replaceChildren(modesOrRoles());
    holder.querySelector(`[value="${state.tab}"]`).checked = true;
    return null;
  }
  holder.hidden = state.tab !== "prosumer";
  if (holder.hidden) return null;
  const select = html(
    "select",
    { id: "prosumer", "aria-label": "Prosumer" },
    ...payload.prosumers.id.map((id, k) => html("option", { value: k }, id)),
  );
  select.value = state.chosen === null ? 0 : state.chosen;
  select.addEventListener("change", () => store.set({ chosen: Number(select.value) }));
  holder.replaceChildren(select);
  return null;
}

// Shows the tab of the state; resolves when it is drawn.
/** @param {State} state */
export async function renderChart(state) {
  const payload = shownPayload(state);
  const body = byId("chart-body");
  markTab(state.tab);
  if (!payload) return;
  const ready = tools(state, payload);
  if (state.tab === "convergence" && state.live.length) {
    drawLive(body, state.live);
    moveCursor(state.hour);
    return;
  }
  if (isTable(state.tab)) {
    const [table, caption] = TABLES[state.tab];
    body.replaceChildren(table(payload, state));
    showCaption(caption(payload, state));
    return;
  }
  if (!body.querySelector(".plot")) body.replaceChildren(html("p", { class: "waiting" }, "Drawing \u2026"));
  try {
    await drawFigure(state, body, ready);
  } catch (error) {
    body.replaceChildren(html("p", { class: "waiting" }, error.message));
    showCaption([""]);
  }
}

// The roles are drawn anew where they are; who works by keyboard stays at the button.
/** @param {State} state */
function renderRoles(state) {
  const at = document.activeElement;
  const on = at && at.closest(".roles-controls") !== null;
  renderChart(state);
  if (on) /** @type {HTMLElement} */ (document.querySelector(".roles-controls button")).focus();
}

// A solve that runs is drawn five times a second where it is looked at.
function drawSoon({ live }) {
  if (timer !== null || !live.length) return;
  timer = window.setTimeout(() => {
    timer = null;
    if (store.get().live.length && store.get().tab === "convergence") renderChart(store.get());
  }, 200);
}

export function wireCharts() {
  buildTabs(byId("kinds"), byId("tabs"), (tab) => store.set({ tab }));
  markTab(store.get().tab);
  store.on("tab theme ids mode", renderChart);
  store.on("results pending", (state, old) => {
    if (["costs", "modes", "bills"].includes(state.tab) && old.ids === state.ids) renderChart(state);
  });
  store.on("chosen", (state, old) => {
    if (state.tab === "prosumer" || state.tab === "bills" || (state.chosen !== null && old.tab === "prosumer"))
      renderChart(state);
  });
  store.on("hour trial ranked", (state) => {
    if (state.tab === "why" && view.payload) renderChart(state);
  });
  store.on("live", drawSoon);
  wireRoles();
  store.on("roles verdict stale foreign", (state) => {
    if (state.tab === "roles" && shownPayload(state)) renderRoles(state);
  });
  watchChart();
}
