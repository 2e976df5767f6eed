// The row of tabs above the charts.

import { byId, html } from "../page/elements.js";
import { store } from "../page/store.js";

const TABS = [
  ["losses", "Losses"],
  ["why", "Why"],
  ["modes", "Modes"],
  ["voltages", "Voltages"],
  ["trades", "Trades"],
  ["prices", "Prices"],
  ["prosumer", "Prosumer"],
  ["bills", "Bills"],
  ["convergence", "Solver"],
  ["checks", "Checks"],
];

// Views that stand behind a tab of another name.
const BEHIND = { roles: "modes" };
const tabOf = (view) => BEHIND[view] || view;

export const isTab = (name) => TABS.some(([key]) => key === tabOf(name));

export function buildTabs(holder, pick) {
  holder.replaceChildren(
    ...TABS.map(([key, name]) => {
      const tab = html(
        "button",
        {
          type: "button",
          role: "tab",
          id: `tab-${key}`,
          "aria-controls": "chart-panel",
          "aria-selected": "false",
          tabindex: -1,
        },
        name,
      );
      tab.addEventListener("click", () => pick(key));
      return tab;
    }),
  );
  holder.addEventListener("keydown", (event) => {
    const keys = TABS.map(([key]) => key);
    const at = keys.indexOf(tabOf(store.get().tab));
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: keys.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    pick(keys[(to + keys.length) % keys.length]);
    byId(`tab-${store.get().tab}`).focus();
  });
}

export function markTab(view) {
  const current = tabOf(view);
  TABS.forEach(([key]) => {
    const tab = byId(`tab-${key}`);
    tab.setAttribute("aria-selected", String(key === current));
    tab.tabIndex = key === current ? 0 : -1;
  });
  byId("chart-panel").setAttribute("aria-labelledby", `tab-${current}`);
}
