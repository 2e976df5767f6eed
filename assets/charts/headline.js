// The headline across the page and its four figures; the second line of each says what it is compared with.

import { renderCards } from "../page/cards.js";
import { byId, html } from "../page/elements.js";
import { format } from "../page/format.js";
import { t } from "../page/language.js";
import { HOW, movedText } from "../preview/words.js";
import { curtailed } from "./sentences.js";
import { comparedWith, story } from "./story.js";

const comparing = { text: t("comparing \u2026"), kind: "pending" };
const uncompared = { text: t("not compared"), kind: "pending" };

// What stands below a figure that is compared with the grid as built.
/**
 * @param {Payload} shown
 * @param {Record<string, Payload>} results
 * @param {boolean} waiting
 * @param {(initial: Payload) => {text: string, kind?: string}} note
 */
function against(shown, results, waiting, note) {
  if (shown.mode === "fixed") return { text: t("as built") };
  return results.fixed ? note(results.fixed) : waiting ? comparing : uncompared;
}

/**
 * @param {Payload} shown
 * @param {Record<string, Payload>} results
 */
function costs(shown, results, waiting) {
  const value = shown.summary.objective_eur;
  const note = (initial) => {
    const before = initial.summary.objective_eur;
    const share = before > 0 ? ` (${format.share(value / before - 1).replace(" ", "\u00a0")})` : "";
    return {
      text: t`as built ${format.number(before, digits(before))}${share}`,
      kind: value > before + 0.5 ? "bad" : "",
    };
  };
  return {
    name: t("All costs"),
    value: format.number(value, digits(value)),
    unit: "\u20ac",
    note: against(shown, results, waiting, note),
  };
}
const digits = (value) => (Math.abs(value) < 100 ? 1 : 0);

// Share of the PV of the day that is used, rounded so that only all of it is called 100 %.
/** @param {Payload} payload */
export function pvUsed(payload) {
  const sum = (rows) => rows.flat().reduce((total, value) => total + value, 0);
  const there = payload.step_h * sum(payload.prosumers.day.pv_available_kw);
  if (there < 0.5) return null;
  const hours = Array.from({ length: payload.hours }, (_, hour) => curtailed(payload, hour));
  const lost = payload.step_h * hours.reduce((total, value) => total + value, 0);
  return { lost, percent: lost < 0.5 ? 100 : Math.min(99.9, 100 * (1 - lost / there)) };
}

/**
 * @param {Payload} shown
 * @param {Record<string, Payload>} results
 */
function sun(shown, results, waiting) {
  const used = pvUsed(shown);
  if (!used) return losses(shown, results, waiting);
  const note = (initial) => {
    const before = pvUsed(initial);
    return before
      ? { text: t`as built ${percent(before)} %`, kind: used.lost > before.lost + 0.5 ? "bad" : "" }
      : comparing;
  };
  return { name: t("Solar used"), value: percent(used), unit: "%", note: against(shown, results, waiting, note) };
}
const percent = ({ percent: value }) => format.number(value, value > 99 && value < 100 ? 1 : 0);

/**
 * @param {Payload} shown
 * @param {Record<string, Payload>} results
 */
function losses(shown, results, waiting) {
  const value = shown.summary.losses_kwh;
  const note = (initial) => {
    const change = value / initial.summary.losses_kwh - 1;
    return { text: t`${format.share(change)} vs as built`, kind: change > 0.0005 ? "bad" : "" };
  };
  return {
    name: t("Losses"),
    value: format.number(value, digits(value)),
    unit: "kWh",
    note: against(shown, results, waiting, note),
  };
}

/** @param {Payload} shown */
function limits(shown) {
  const { vm_min_pu: low, vm_max_pu: high } = shown.summary;
  const { vm_min_pu: least, vm_max_pu: most } = shown.network;
  const inside = low >= least - 1e-5 && high <= most + 1e-5;
  const loading = Math.max(0, ...shown.series.max_loading_percent.map((value) => value || 0));
  const kept = inside && loading <= 100.05;
  const range = `${format.number(low, 3)}\u2013${format.number(high, 3)} p.u.`;
  const text = inside && !kept ? t`loading ${format.number(loading)} %` : range;
  return { name: t("Limits"), value: kept ? t("kept") : t("broken"), note: { text, kind: kept ? "" : "bad" } };
}

// Operations that close one line and open another in the same hour.
/** @param {Payload} payload */
export function swaps({ operations }) {
  const hours = {};
  operations.hour.forEach((hour, i) => {
    hours[hour] = hours[hour] || { close: 0, open: 0 };
    hours[hour][operations.action[i]] += 1;
  });
  return Object.values(hours).reduce((sum, { close, open }) => sum + Math.min(close, open), 0);
}

/** @param {Payload} shown */
function switching(shown) {
  const [count, pairs] = [shown.summary.operations, swaps(shown)];
  const text = !pairs
    ? t("operations")
    : pairs === 1
      ? t("operations, 1\u00a0swap")
      : t`operations, ${format.number(pairs)}\u00a0swaps`;
  return { name: t("Switching"), value: format.number(count), note: { text } };
}

function operationsMoved(count, less) {
  if (count === "1") return less ? t("1 operation fewer") : t("1 operation more");
  return less ? t`${count} operations fewer` : t`${count} operations more`;
}

// What a solve changed against the summary before it, as one sentence; nothing without a solve before.
/** @param {Summary} summary */
export function sinceBefore(summary, before) {
  if (!before) return null;
  const saved = before.objective_eur - summary.objective_eur;
  const change = (key, told) => {
    const difference = summary[key] - before[key];
    const amount = Math.abs(difference);
    return amount < 0.5 ? null : told(format.number(amount), difference < 0);
  };
  const moved = ["vm_min_pu", "vm_max_pu"].some((key) => Math.abs(summary[key] - before[key]) >= 5e-4);
  const parts = [
    change("losses_kwh", (kwh, less) => (less ? t`${kwh} kWh less lost` : t`${kwh} kWh more lost`)),
    change("curtailed_kwh", (kwh, less) => (less ? t`${kwh} kWh less PV wasted` : t`${kwh} kWh more PV wasted`)),
    change("operations", operationsMoved),
    moved && t`voltages ${format.number(summary.vm_min_pu, 3)}\u2013${format.number(summary.vm_max_pu, 3)}`,
  ].filter(Boolean);
  const first =
    Math.abs(saved) < 0.05
      ? t("Your change leaves all costs as they were")
      : saved > 0
        ? t`Your change saves ${format.number(saved, digits(saved))}\u00a0\u20ac`
        : t`Your change costs ${format.number(-saved, digits(saved))}\u00a0\u20ac`;
  if (Math.abs(saved) < 0.05 && !parts.length) return t("Solved again: same result.");
  return `${first}${parts.length ? `: ${parts.join(", ")}` : ""}.`;
}

/**
 * @param {HTMLElement} holder
 * @param {Payload} shown
 * @param {Record<string, Payload>} results
 * @param {boolean} waiting
 */
export function renderHeadlines(holder, shown, results, waiting, before) {
  renderCards(
    holder,
    [costs(shown, results, waiting), sun(shown, results, waiting), limits(shown), switching(shown)],
    "",
  );
  const [happens, brings] = story(shown, results);
  byId("story-text").replaceChildren(`${happens} `, html("strong", {}, brings));
  byId("story-line").textContent = sinceBefore(shown.summary, before) || comparedWith(shown, results);
}

// The same figures of a day that is only predicted, beside what is solved.
/**
 * @param {HTMLElement} holder
 * @param {Preview} preview
 */
export function renderPreview(holder, { base, day }) {
  const [before, now] = [base, day].map((one) => [costs, sun, switching].map((card) => card(one, {}, false)));
  const cards = now.map((card, i) => {
    const told = before[i].name === card.name ? t`solved ${before[i].value}` : t("not solved");
    return { ...card, note: { text: told, kind: "pending" } };
  });
  cards.splice(2, 0, limits(day));
  renderCards(holder, cards, "");
  byId("story-text").replaceChildren(t("Predicted, not solved: "), html("strong", {}, `${movedText(base, day)}.`));
  byId("story-line").textContent = HOW;
}
