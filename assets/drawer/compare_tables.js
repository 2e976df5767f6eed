// Two results side by side as tables: headline figures, bills, and at which hours other lines are open.

import { html } from "../page/elements.js";
import { format } from "../page/format.js";
import { t } from "../page/language.js";

/** @type {[name: string, field: keyof Summary, digits: number][]} */
const FIGURES = [
  [t("All costs, \u20ac"), "objective_eur", 1],
  [t("Losses, kWh"), "losses_kwh", 1],
  [t("PV curtailed, kWh"), "curtailed_kwh", 0],
  [t("Lowest voltage, p.u."), "vm_min_pu", 4],
  [t("Highest voltage, p.u."), "vm_max_pu", 4],
  [t("Trading saves them, \u20ac"), "community_saving_eur", 1],
  [t("Switching operations"), "operations", 0],
];

// Hours at which other lines are open: [{hour, first: lines open only in the first, second: only in the second}].
export function topologyDifferences(first, second) {
  const hours = Math.min(first.length, second.length);
  const only = (lines, others) => lines.filter((line) => !others.includes(line));
  return Array.from({ length: hours }, (_, hour) => ({
    hour,
    first: only(first[hour], second[hour]),
    second: only(second[hour], first[hour]),
  })).filter((one) => one.first.length || one.second.length);
}

// Neighbouring hours with the same difference together: [{hour, last, first, second}].
export function spans(found) {
  const same = (one, other) =>
    one.last + 1 === other.hour &&
    String(one.first) === String(other.first) &&
    String(one.second) === String(other.second);
  return found.reduce((spans, one) => {
    const last = spans[spans.length - 1];
    if (last && same(last, one)) last.last = one.hour;
    else spans.push({ ...one, last: one.hour });
    return spans;
  }, []);
}

export const alike = (a, b) => a.network.lines === b.network.lines && a.network.buses === b.network.buses;

/**
 * @param {string} label
 * @param {string[]} head
 * @param {string[][]} rows
 */
function table(label, head, rows) {
  const cells = (texts, tag) =>
    texts.map((text, i) =>
      html(i ? tag : "th", { class: i ? "n" : null, scope: tag === "th" ? "col" : i ? null : "row" }, text),
    );
  return html(
    "div",
    { class: "compare-table", tabindex: 0, role: "region", "aria-label": label },
    html(
      "table",
      { class: "plain tight" },
      html("thead", {}, html("tr", {}, ...cells(head, "th"))),
      html("tbody", {}, ...rows.map((row) => html("tr", {}, ...cells(row, "td")))),
    ),
  );
}

export function comparedFigures({ a, b }) {
  const row = ([name, key, digits]) => {
    const [x, y] = [a.summary[key], b.summary[key]];
    return [
      name,
      format.number(x, digits),
      format.number(y, digits),
      Math.abs(y - x) < 0.5 * 10 ** -digits ? "=" : format.signed(y - x, digits),
    ];
  };
  return table(t("Headline figures of A and B"), [t("The day"), "A", "B", "B \u2212 A"], FIGURES.map(row));
}

export function comparedBills({ a, b }) {
  const totals = (payload) => Object.fromEntries(payload.prosumers.id.map((id, k) => [id, payload.bills.total_eur[k]]));
  const [x, y] = [totals(a), totals(b)];
  const ids = [...new Set([...a.prosumers.id, ...b.prosumers.id])];
  const change = (id) => (id in x && id in y ? y[id] - x[id] : null);
  const order = ids.sort((one, other) => Math.abs(change(other) || 0) - Math.abs(change(one) || 0));
  return table(
    t("Bills of A and B"),
    [t("Bill, \u20ac"), "A", "B", "B \u2212 A"],
    order.map((id) => [
      id,
      format.number(x[id], 1),
      format.number(y[id], 1),
      change(id) === null ? "\u2013" : Math.abs(change(id)) < 0.05 ? "=" : format.signed(change(id), 1),
    ]),
  );
}

export function comparedTopologies({ a, b }) {
  if (!alike(a, b))
    return html("p", { class: "quiet" }, t("A and B are different grids, so their open lines are not compared."));
  const found = topologyDifferences(a.series.open_lines, b.series.open_lines);
  if (!found.length) return html("p", { class: "quiet" }, t("The same lines are open at every hour."));
  const row = ({ hour, last, first, second }) => [
    `${format.at(a, hour)}${last > hour ? `\u2013${format.at(a, last)}` : ""}`,
    first.join(", ") || "\u2013",
    second.join(", ") || "\u2013",
  ];
  return table(
    t("Open lines of A and B"),
    [
      found.length === 1 ? t("Open lines, 1 hour differs") : t`Open lines, ${found.length} hours differ`,
      t("only A"),
      t("only B"),
    ],
    spans(found).map(row),
  );
}
