// All costs of several plans as bars on one axis, by what they are made of.

import { html } from "../page/elements.js";
import { format } from "../page/format.js";
import { t } from "../page/language.js";

export const PARTS = [
  ["retail", t("retailer")],
  ["own", t("prosumers\u2019 own")],
  ["fees", t("trade fees")],
  ["losses", t("losses")],
  ["violations", t("limits broken")],
  ["switching", t("switching")],
  ["levers", t("taps and capacitors")],
  ["outages", t("energy not supplied")],
  ["unserved", t("unserved load")],
];

// Where the parts of every total begin and end on one common axis, in per cent: costs to the right of zero, what is
// earned or worth something to the left.
/** @param {Summary[]} summaries */
export function bars(summaries) {
  const sums = summaries.map(({ costs_eur: costs }) =>
    PARTS.reduce(
      ([low, high], [key]) => [low + Math.min(0, costs[key] || 0), high + Math.max(0, costs[key] || 0)],
      [0, 0],
    ),
  );
  const low = Math.min(...sums.map(([least]) => least));
  const high = Math.max(...sums.map(([, most]) => most), low + 1e-9);
  const place = (eur) => (100 * (eur - low)) / (high - low);
  const rows = summaries.map(({ costs_eur: costs }) => {
    let [left, right] = [0, 0];
    return PARTS.filter(([key]) => Math.abs(costs[key] || 0) > 1e-9).map(([key, name]) => {
      const eur = costs[key];
      const from = eur < 0 ? left + eur : right;
      if (eur < 0) left += eur;
      else right += eur;
      return { key, name, eur, from: place(from), width: place(from + Math.abs(eur)) - place(from) };
    });
  });
  return { zero: place(0), rows };
}

// One bar for each plan; parts that are earned stand left of the line.
/** @param {{name: string, payload: Payload}[]} found */
export function costBars(found) {
  const { zero, rows } = bars(found.map(({ payload }) => payload.summary));
  const used = new Set(
    rows
      .flat()
      .filter(({ eur }) => Math.abs(eur) > 0.5)
      .map(({ key }) => key),
  );
  const row = ({ name, payload }, i) => {
    const told = rows[i].map((part) => `${part.name} ${format.number(part.eur)} \u20ac`).join(", ");
    const track = html(
      "div",
      { class: "roles-track", role: "img", "aria-label": `${name}: ${told}` },
      ...rows[i].map(({ key, from, width, name: part, eur }) =>
        html("span", {
          class: `part part-${key}`,
          style: `left: ${from}%; width: ${width}%`,
          title: `${part} ${format.number(eur)} \u20ac`,
        }),
      ),
      html("span", { class: "zero", style: `left: ${zero}%` }),
    );
    const total = html("span", { class: "roles-total" }, `${format.number(payload.summary.objective_eur)} \u20ac`);
    return html("div", { class: "roles-bar" }, html("span", { class: "roles-name" }, name), track, total);
  };
  const key = PARTS.filter(([part]) => used.has(part)).map(([part, name]) =>
    html("span", {}, html("i", { class: `part-${part}` }), name),
  );
  return html("div", { class: "roles-bars" }, ...found.map(row), html("p", { class: "roles-key quiet" }, ...key));
}
