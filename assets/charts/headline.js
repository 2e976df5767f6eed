// The four headline figures; the second line of each says what it is compared with.

import { renderCards } from "../page/cards.js";
import { format } from "../page/format.js";
import { dayGain, whoTakesPart } from "./sentences.js";

const pending = { text: "initial pending", kind: "pending" };

function energy(kwh) {
  return Math.abs(kwh) >= 10000
    ? [format.number(kwh / 1000, Math.abs(kwh) < 100000 ? 1 : 0), "MWh"]
    : [format.number(kwh, Math.abs(kwh) < 100 ? 1 : 0), "kWh"];
}

/**
 * @param {Payload} shown
 * @param {Record<string, Payload>} results
 */
function losses(shown, results, waiting) {
  const [value, unit] = energy(shown.summary.losses_kwh);
  const initial = results.fixed;
  if (shown.mode === "fixed") return { name: "Losses", value, unit, note: { text: "initial topology" } };
  if (!initial)
    return { name: "Losses", value, unit, note: waiting ? pending : { text: "no reference", kind: "pending" } };
  const change = shown.summary.losses_kwh / initial.summary.losses_kwh - 1;
  return {
    name: "Losses",
    value,
    unit,
    note: { text: `${format.share(change)} vs initial`, kind: change > 0.0005 ? "bad" : "" },
  };
}

/** @param {Payload} shown */
function voltage(shown) {
  const { vm_min_pu: low, vm_max_pu: high } = shown.summary;
  const limits = [shown.network.vm_min_pu, shown.network.vm_max_pu];
  const inside = low >= limits[0] - 1e-5 && high <= limits[1] + 1e-5;
  const range = limits.map((limit) => format.number(limit, 2)).join("\u2013");
  return {
    name: "Voltage",
    value: `${format.number(low, 3)}\u2013${format.number(high, 3)}`,
    note: { text: `${inside ? "within" : "outside"} ${range} p.u.`, kind: inside ? "" : "bad" },
  };
}

/** @param {Payload} shown */
function saving(shown) {
  const value = shown.summary.community_saving_eur;
  if (!shown.p2p) return { name: "Community", value: "\u2013", note: { text: "no trading" } };
  return {
    name: "Community saves",
    value: format.number(value, Math.abs(value) < 100 ? 1 : 0),
    unit: "\u20ac",
    note: { text: "vs retailer only", kind: value < -0.005 ? "bad" : "" },
  };
}

/**
 * @param {Payload} shown
 * @param {Record<string, Payload>} results
 */
function switching(shown, results) {
  const count = shown.summary.operations;
  const fixed =
    results.static && shown.mode === "hourly" ? `best fixed ${results.static.summary.operations}` : "operations";
  return { name: "Switching", value: format.number(count), note: { text: fixed } };
}

// What stands where there is nothing to compare with.
/** @param {Payload} payload */
function dayOf({ summary }) {
  const [cost, pv] = [summary.objective_eur, summary.curtailed_kwh].map((value) => format.number(Math.abs(value)));
  const costs = `${summary.objective_eur < 0 ? "together they earn" : "all costs come to"} ${cost}\u00a0\u20ac`;
  return `${costs}, ${summary.curtailed_kwh < 0.5 ? "no PV" : `${pv}\u00a0kWh of PV`} is curtailed`;
}

// What a solve changed against the summary before it, as one line; nothing without a solve before.
/** @param {Summary} summary */
export function sinceBefore(summary, before) {
  if (!before) return null;
  const change = (key, digits, unit, name) => {
    const difference = summary[key] - before[key];
    return Math.abs(difference) < 0.5 * 10 ** -digits ? null : `${name} ${format.signed(difference, digits)}${unit}`;
  };
  const volts =
    Math.max(Math.abs(summary.vm_min_pu - before.vm_min_pu), Math.abs(summary.vm_max_pu - before.vm_max_pu)) < 5e-4
      ? null
      : `voltages were ${format.number(before.vm_min_pu, 3)}\u2013${format.number(before.vm_max_pu, 3)}`;
  const parts = [
    change("objective_eur", 1, " \u20ac", "all costs"),
    change("losses_kwh", 1, " kWh", "losses"),
    change("curtailed_kwh", 0, " kWh", "PV curtailed"),
    change("community_saving_eur", 1, " \u20ac", "savings"),
    change("operations", 0, "", "operations"),
    volts,
  ].filter(Boolean);
  return `${parts.length ? `${parts.join(", ")},` : "Nothing changed"} by your edit`;
}

/**
 * @param {Payload} shown
 * @param {Record<string, Payload>} results
 */
export function renderHeadlines(holder, shown, results, waiting, before) {
  const cards = [losses(shown, results, waiting), voltage(shown), saving(shown), switching(shown, results)];
  const gain = dayGain(shown, results.fixed);
  const line = sinceBefore(shown.summary, before);
  renderCards(
    holder,
    cards,
    line ? line[0].toUpperCase() + line.slice(1) : `${whoTakesPart(shown)}: ${gain ? gain.text : dayOf(shown)}.`,
  );
}
