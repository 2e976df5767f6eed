// One chart at a time: a figure of the server, a table that is made here, or the solve that runs.

import { byId, html } from "../page/elements.js";
import { shownPayload, store } from "../page/store.js";
import { view } from "../page/view.js";
import { t } from "../page/language.js";
import { inOneFile } from "../io/answers.js";
import { breakingCaption, breakingTable } from "./breaking.js";
import { faultsCaption, faultsTable } from "./faults.js";
import { wireFaults } from "./faults_job.js";
import { billsCaption, billsTable } from "./bills.js";
import { showCaption } from "./caption.js";
import { whyCaption, whyTable } from "./landscape.js";
import { drawLive } from "./live.js";
import { drawFigure, moveCursor, watchChart } from "./plot.js";
import { readyToDraw } from "./pens.js";
import { replayTools } from "./replay.js";
import { costsCaption, costsTable } from "./costs.js";
import { checksCaption, checksTable, modesCaption, modesTable } from "./reports.js";
import { rolesCaption, rolesTable } from "./roles.js";
import { wireRoles } from "./roles_job.js";
import { rolledCaption, rolledTable } from "./rolled.js";
import { wireRolled } from "./rolled_job.js";
import { securityCaption, securityTable } from "./security.js";
import { wireShares } from "./shares_job.js";
import { buildTabs, isThere, markTab } from "./tabs.js";

const TABLES = {
  costs: [costsTable, costsCaption],
  why: [whyTable, whyCaption],
  modes: [modesTable, modesCaption],
  roles: [rolesTable, rolesCaption],
  faults: [faultsTable, faultsCaption],
  breaking: [breakingTable, breakingCaption],
  security: [securityTable, securityCaption],
  rolled: [rolledTable, rolledCaption],
  bills: [billsTable, billsCaption],
  checks: [checksTable, checksCaption],
};
let timer = null;

// Views that stand behind one tab, chosen above the chart.
const SEVERAL = [
  {
    id: "sides-by-side",
    legend: t("What is set side by side"),
    views: { modes: t("Ways of switching"), roles: t("The operator\u2019s roles") },
  },
  {
    id: "why-or-faults",
    legend: t("What is told of the topology"),
    views: { why: t("All topologies"), faults: t("If a line fails") },
  },
  {
    id: "other-days",
    legend: t("What is told of other days"),
    views: { secure: t("Fans"), breaking: t("What breaks"), security: t("Price"), rolled: t("As it comes") },
  },
];

// What other days do is known of plans that are made for them.
/**
 * @param {string} tab
 * @param {Payload} payload
 */
const viewOf = (tab, payload) => (!payload.secure && (tab === "secure" || tab === "breaking") ? "security" : tab);

// Whether a view is made here as a table.
/**
 * @param {string} tab
 * @param {Payload | null} payload
 */
export const isTable = (tab, payload) => Object.hasOwn(TABLES, payload ? viewOf(tab, payload) : tab);

function segments({ id, legend, views }) {
  const choice = ([value, name]) => html("label", {}, html("input", { type: "radio", name: id, value }), name);
  const holder = html(
    "fieldset",
    { class: "segments", id },
    html("legend", { class: "visually-hidden" }, legend),
    ...Object.entries(views).map(choice),
  );
  holder.addEventListener("change", (event) => store.set({ tab: event.target.value }));
  return holder;
}

function showSegments(holder, several, shown, payload) {
  holder.hidden = false;
  if (!holder.querySelector(`#${several.id}`)) holder.replaceChildren(segments(several));
  holder.querySelectorAll("input").forEach((input) => {
    input.checked = input.value === shown;
    input.disabled = viewOf(input.value, payload) !== input.value;
  });
}

// Of more prosumers than the chart of trades has rows one is found by name (figures/traders.py).
const MANY = 22;
function traderSearch(ids) {
  const input = html("input", {
    type: "search",
    id: "trader",
    list: "traders",
    placeholder: t("Find a prosumer"),
    "aria-label": t("Find a prosumer"),
  });
  input.addEventListener("input", () => {
    const at = ids.indexOf(input.value.trim());
    if (at >= 0 || !input.value) store.set({ chosen: at < 0 ? null : at });
  });
  return [input, html("datalist", { id: "traders" }, ...ids.map((id) => html("option", { value: id })))];
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
  const shown = viewOf(state.tab, payload);
  const several = SEVERAL.find(({ views }) => Object.hasOwn(views, shown));
  if (several && !(inOneFile() && several.id !== "other-days")) {
    showSegments(holder, several, shown, payload);
    return null;
  }
  const searched = state.tab === "trades" && payload.prosumers.id.length > MANY && !inOneFile();
  holder.hidden = state.tab !== "prosumer" && !searched;
  if (holder.hidden) return null;
  if (searched) {
    if (!byId("trader")) holder.replaceChildren(...traderSearch(payload.prosumers.id));
    return null;
  }
  const select = html(
    "select",
    { id: "prosumer", "aria-label": t("Prosumer") },
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
  markTab(state.tab, payload);
  if (!payload) return;
  if (!isThere(state.tab, payload)) {
    store.set({ tab: "losses" }); // the day before had levers, or the address says so
    return;
  }
  const ready = tools(state, payload);
  if (state.tab === "convergence" && state.live.length) {
    drawLive(body, state.live);
    moveCursor(state.hour);
    return;
  }
  const shown = viewOf(state.tab, payload);
  if (Object.hasOwn(TABLES, shown)) {
    const [table, caption] = TABLES[shown];
    body.replaceChildren(table(payload, state));
    showCaption(caption(payload, state));
    return;
  }
  if (!body.querySelector(".plot")) body.replaceChildren(html("p", { class: "waiting" }, t("Drawing \u2026")));
  try {
    await drawFigure(state, body, ready);
  } catch (error) {
    body.replaceChildren(html("p", { class: "waiting" }, error.message));
    showCaption([""]);
  }
}

// What is solved beside the day is drawn anew where it is; who works by keyboard stays at the button or the slider.
/** @param {State} state */
function renderBeside(state) {
  const at = document.activeElement;
  const on = at && at.closest(".roles-controls") ? ".roles-controls button" : at && at.id ? `#${at.id}` : null;
  const inside = on && byId("chart-body").contains(at);
  renderChart(state);
  const again = inside ? /** @type {HTMLElement} */ (document.querySelector(on)) : null;
  if (again) again.focus();
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
  markTab(store.get().tab, shownPayload(store.get()));
  // The first view needs no chart library: it comes when somebody heads for another chart.
  ["pointerenter", "focusin"].forEach((name) =>
    byId("charts").addEventListener(name, () => readyToDraw().catch(() => {}), { once: true }),
  );
  store.on("tab theme ids mode", renderChart);
  store.on("results pending", (state, old) => {
    if (["costs", "modes", "bills"].includes(state.tab) && old.ids === state.ids) renderChart(state);
  });
  store.on("chosen", (state, old) => {
    if (["prosumer", "bills", "trades"].includes(state.tab) || (state.chosen !== null && old.tab === "prosumer"))
      renderChart(state);
  });
  store.on("hour trial ranked", (state) => {
    if (["why", "faults"].includes(state.tab) && view.payload) renderChart(state);
  });
  store.on("live", drawSoon);
  wireRoles();
  store.on("roles verdict stale foreign", (state) => {
    if (state.tab === "roles" && shownPayload(state)) renderBeside(state);
  });
  wireFaults();
  store.on("faults", (state) => {
    if (state.tab === "faults" && shownPayload(state)) renderBeside(state);
  });
  wireRolled();
  store.on("rolled stale foreign hour trial", (state) => {
    if (state.tab === "rolled" && shownPayload(state)) renderBeside(state);
  });
  wireShares();
  store.on("shares verdict stale foreign", (state) => {
    const payload = shownPayload(state);
    if (payload && viewOf(state.tab, payload) === "security") renderBeside(state);
  });
  watchChart();
}
