// What the day costs in the grid as built, with the best fixed topology and with hourly switching, and what becomes of
// the sun: the first thing to see beside the diagram.

import { html } from "../page/elements.js";
import { format } from "../page/format.js";
import { horizon } from "../page/horizon.js";
import { store } from "../page/store.js";
import { term } from "../page/terms.js";
import { inside, t } from "../page/language.js";
import { costBars } from "./cost_bars.js";
import { pvUsed } from "./headline.js";

const PLANS = [
  ["fixed", t("As built")],
  ["static", t("Best fixed")],
  ["hourly", t("Hourly")],
];

/** @param {Record<string, Payload>} results */
const plans = (results) =>
  PLANS.filter(([mode]) => results[mode]).map(([mode, name]) => ({ name, payload: results[mode] }));

// Used and wasted PV of every plan as shares of what there was.
/** @param {{name: string, payload: Payload}[]} found */
function sunBars(found) {
  const row = ({ name, payload }) => {
    const { lost, percent } = pvUsed(payload);
    const wasted = lost < 0.5 ? t("none wasted") : t`${format.number(lost)} kWh wasted`;
    return html(
      "div",
      { class: "roles-bar" },
      html("span", { class: "roles-name" }, name),
      html(
        "div",
        { class: "roles-track sun", role: "img", "aria-label": `${name}: ${wasted}` },
        html("span", { class: "part part-sun", style: `left: 0; width: ${percent}%` }),
        html("span", { class: "part part-wasted", style: `left: ${percent}%; width: ${100 - percent}%` }),
      ),
      html("span", { class: "roles-total" }, wasted),
    );
  };
  return html(
    "div",
    { class: "roles-bars sun-bars" },
    ...found.map(row),
    html(
      "p",
      { class: "roles-key quiet" },
      html("span", {}, html("i", { class: "part-sun" }), t("sun used")),
      html("span", {}, html("i", { class: "part-wasted" }), term(t("sun wasted"), "curtailed")),
    ),
  );
}

function toFigures() {
  const button = html("button", { type: "button", class: "link", id: "all-figures" }, t("All figures side by side"));
  button.addEventListener("click", () => store.set({ tab: "modes" }));
  return button;
}

/**
 * @param {Payload} shown
 * @param {State} state
 */
export function costsTable(shown, { results, pending }) {
  const found = plans(results);
  const waiting = PLANS.filter(([mode]) => !results[mode] && pending.includes(mode)).map(([, name]) => name);
  const sunny = found.filter(({ payload }) => pvUsed(payload));
  return html(
    "div",
    { class: "costs" },
    html("h3", {}, term(t`All costs ${horizon("of", shown)}`, "costs")),
    costBars(found),
    waiting.length ? html("p", { class: "quiet" }, t`Comparing with ${inside(waiting.join(t(" and ")))} \u2026`) : null,
    ...(sunny.length ? [html("h3", {}, t("What becomes of the sun")), sunBars(sunny)] : []),
    html("p", {}, toFigures()),
  );
}

const DIFFERENCES = [
  ["retail", t("buys less from the retailer")],
  ["violations", t("breaks fewer limits")],
  ["losses", t("loses less")],
  ["own", t("spends less on prosumers\u2019 own devices")],
];

// Which part of the costs makes most of the difference to the grid as built.
/**
 * @param {Payload} shown
 * @param {State} state
 */
export function costsCaption(shown, { results }) {
  const initial = results.fixed;
  if (!initial || shown.mode === "fixed")
    return [
      t("What everybody pays together. "),
      t("Energy, losses, broken limits and switching; payments among prosumers cancel."),
    ];
  const saved = initial.summary.objective_eur - shown.summary.objective_eur;
  const [key, words] = DIFFERENCES.map(([part, text]) => ({ part, text })).reduce(
    (best, { part, text }) => {
      const eur = initial.summary.costs_eur[part] - shown.summary.costs_eur[part];
      return eur > best[2] ? [part, text, eur] : best;
    },
    ["", "", 0.5],
  );
  const name = shown.mode === "hourly" ? t("Hourly switching") : t("The best fixed topology");
  if (saved < 0.5) return [t`${name} costs as much as the grid as built. `, ""];
  const eur = key ? initial.summary.costs_eur[key] - shown.summary.costs_eur[key] : 0;
  return [
    t`${name} saves ${format.number(saved)}\u00a0\u20ac against the grid as built. `,
    key ? t`Most of it because the community ${words}: ${format.number(eur)}\u00a0\u20ac.` : "",
  ];
}
