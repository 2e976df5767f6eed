// What stands beside the diagram: four kinds of views, and the views of the kind that is open.

import { byId, html } from "../page/elements.js";
import { shownPayload, store } from "../page/store.js";
import { t } from "../page/language.js";
import { inOneFile } from "../io/answers.js";

/** @type {[string, string, Record<string, string>][]} */
const KINDS = [
  ["cost", t("Cost"), { costs: t("Costs"), modes: t("Plans"), bills: t("Bills") }],
  [
    "grid",
    t("Grid"),
    { losses: t("Losses"), voltages: t("Voltages"), why: t("Why"), levers: t("Levers"), secure: t("Other days") },
  ],
  ["market", t("Market"), { trades: t("Trades"), prices: t("Prices"), prosumer: t("Prosumer") }],
  ["proof", t("Proof"), { checks: t("Checks"), convergence: t("Solver") }],
];
const TABS = KINDS.flatMap(([kind, , views]) => Object.entries(views).map(([key, name]) => ({ kind, key, name })));

// Views that stand behind a tab of another name.
const BEHIND = { roles: "modes", faults: "why", breaking: "secure", security: "secure", rolled: "secure" };
const tabOf = (view) => BEHIND[view] || view;

// Whether taps or capacitors move on a day, or inverters give or take reactive power (figures/levers.py).
/** @param {Payload} payload */
const hasLevers = ({ levers, prosumers }) =>
  Boolean(levers) || (prosumers.day.reactive_kvar || []).some((row) => row.some((kvar) => Math.abs(kvar) > 5e-3));

// Whether a view has something to show of a day; what other days bring cannot be asked for in a file.
/**
 * @param {string} view
 * @param {Payload | null} payload
 */
export const isThere = (view, payload) =>
  view === "levers"
    ? Boolean(payload) && hasLevers(payload)
    : view !== "secure" || !inOneFile() || Boolean(payload && payload.secure);

export const isTab = (name) => TABS.some(({ key }) => key === tabOf(name));

// The view of each kind that was open last.
const last = new Map();
const lastOf = (kind) => (isThere(last.get(kind), shownPayload(store.get())) ? last.get(kind) : null);

function tabButton({ key, kind, name }, pick) {
  const tab = html(
    "button",
    {
      type: "button",
      role: "tab",
      id: `tab-${key}`,
      "data-kind": kind,
      "aria-controls": "chart-panel",
      "aria-selected": "false",
      tabindex: -1,
    },
    name,
  );
  tab.addEventListener("click", () => pick(key));
  return tab;
}

function kindButton([kind, name, views], pick) {
  const button = html("button", { type: "button", id: `kind-${kind}`, "aria-pressed": "false" }, name);
  button.addEventListener("click", () => pick(lastOf(kind) || Object.keys(views)[0]));
  return button;
}

// Arrow keys go through all views, from one kind to the next.
function step(event, pick) {
  const payload = shownPayload(store.get());
  const keys = TABS.map(({ key }) => key).filter((key) => isThere(key, payload));
  const at = keys.indexOf(tabOf(store.get().tab));
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: keys.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  pick(keys[(to + keys.length) % keys.length]);
  byId(`tab-${tabOf(store.get().tab)}`).focus();
}

// The buttons of all views; only those of views that are there stand in the page.
const buttons = new Map();

export function buildTabs(kinds, holder, pick) {
  kinds.replaceChildren(...KINDS.map((kind) => kindButton(kind, pick)));
  TABS.forEach((tab) => buttons.set(tab.key, tabButton(tab, pick)));
  holder.replaceChildren(...buttons.values());
  holder.addEventListener("keydown", (event) => step(event, pick));
}

/**
 * @param {string} view
 * @param {Payload | null} payload
 */
export function markTab(view, payload) {
  const current = TABS.find(({ key }) => key === tabOf(view));
  last.set(current.kind, view);
  const there = TABS.filter(({ key }) => key === current.key || isThere(key, payload));
  const holder = byId("tabs");
  if (holder.children.length !== there.length) holder.replaceChildren(...there.map(({ key }) => buttons.get(key)));
  there.forEach(({ key, kind }) => {
    const tab = buttons.get(key);
    tab.setAttribute("aria-selected", String(key === current.key));
    tab.tabIndex = key === current.key ? 0 : -1;
    tab.hidden = kind !== current.kind;
  });
  KINDS.forEach(([kind]) => byId(`kind-${kind}`).setAttribute("aria-pressed", String(kind === current.kind)));
  byId("chart-panel").setAttribute("aria-labelledby", `tab-${current.key}`);
}
