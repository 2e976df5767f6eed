// A preview in figures: what was, what is predicted, what came out; and whose bills move. Pure.

import { format } from "../page/format.js";
import { horizon } from "../page/horizon.js";
import { t } from "../page/language.js";

const reach = ({ vm_min_pu: low, vm_max_pu: high }) => `${format.number(low, 3)}\u2013${format.number(high, 3)}`;

const FIGURES = [
  [t("All costs"), "objective_eur", 1, "\u20ac"],
  [t("Losses"), "losses_kwh", 1, "kWh"],
  [t("PV curtailed"), "curtailed_kwh", 0, "kWh"],
];

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} unit
 * @property {string} before
 * @property {string} predicted
 * @property {string} solved
 * @property {string} error  how far the prediction was off
 */

const whole = (value, digits) => format.number(Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value, digits);

/** @returns {Row} */
function row(name, unit, digits, [before, predicted, solved]) {
  return {
    name,
    unit,
    before: whole(before, digits),
    predicted: predicted === null ? "\u2013" : whole(predicted, digits),
    solved: solved === null ? "" : whole(solved, digits),
    error: solved === null || predicted === null ? "" : off(predicted - solved, digits),
  };
}

const off = (value, digits) => (Math.abs(value) < 0.5 * 10 ** -digits ? "0" : format.signed(value, digits));

// Rows of the comparison; `k` is the prosumer whose bill is shown, null for none.
/**
 * @param {Preview} preview
 * @param {number | null} k
 * @returns {Row[]}
 */
export function comparison({ base, day, solved }, k) {
  /** @type {(read: (day: Payload) => any) => any} */
  const three = (read) =>
    [read(base), day && read(day), solved && read(solved)].map((one) => (one === undefined ? null : one));
  const rows = FIGURES.map(([name, key, digits, unit]) =>
    row(
      name,
      unit,
      digits,
      three(({ summary }) => summary[key]),
    ),
  );
  const [before, predicted, after] = three(({ summary }) => summary);
  rows.splice(2, 0, {
    name: t("Voltage"),
    unit: "p.u.",
    before: reach(before),
    predicted: predicted ? reach(predicted) : "\u2013",
    solved: after ? reach(after) : "",
    error: after && predicted ? format.number(voltsOff(predicted, after), 3) : "",
  });
  if (k !== null)
    rows.push(
      row(
        t`Bill of ${base.prosumers.id[k]}`,
        "\u20ac",
        2,
        three(({ bills }) => bills.total_eur[k]),
      ),
    );
  return rows;
}

const voltsOff = (one, other) =>
  Math.max(Math.abs(one.vm_min_pu - other.vm_min_pu), Math.abs(one.vm_max_pu - other.vm_max_pu));

// Everybody's bill before and after, EUR, the largest change first.
/** @param {Preview} preview */
export function bills({ base, day, solved }) {
  const now = solved || day;
  if (!now) return [];
  return base.prosumers.id
    .map((name, k) => ({
      name,
      before: base.bills.total_eur[k],
      now: now.bills.total_eur[k],
      change: now.bills.total_eur[k] - base.bills.total_eur[k],
    }))
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
}

const eur = (value, digits = 1) => `${format.number(value, digits)}\u00a0\u20ac`;

const percent = (share) => (share < 5e-4 ? t("less than 0.1\u00a0%") : `${format.number(100 * share, 1)}\u00a0%`);

// What a change does to all costs, in words.
/**
 * @param {Payload} base
 * @param {Payload} now
 */
export function movedText(base, now) {
  const change = now.summary.objective_eur - base.summary.objective_eur;
  if (Math.abs(change) < 0.05) return t("all costs stay as they are");
  const each = horizon("each", now);
  return change < 0 ? t`all costs fall by ${eur(-change)} ${each}` : t`all costs rise by ${eur(change)} ${each}`;
}

// Where a change breaks limits on the topologies of the plan, others may keep them: a solve is then worth more.
function breaking(base, day) {
  if (day.summary.costs_eur.violations <= base.summary.costs_eur.violations + 0.5) return "";
  return day.mode === "fixed"
    ? t(", as it breaks limits")
    : t(", as it breaks limits unless the grid switches otherwise");
}

// What is shown, in a sentence.
/** @param {Preview} preview */
export function headline({ base, day, why, phase, solved }) {
  if (phase !== "solved")
    return day
      ? t`Predicted, not solved: ${movedText(base, day)}${breaking(base, day)}.`
      : t`${why} A solve will show it.`;
  if (!day) return t`Solved: ${movedText(base, solved)}.`;
  const [before, guess, answer] = [base, day, solved].map(({ summary }) => summary.objective_eur);
  const change = Math.abs(answer - before);
  const error = Math.abs(guess - answer);
  const share = change > 0.5 ? t`, ${percent(error / change)} of the change` : "";
  return t`Predicted ${eur(guess)}, solved ${eur(answer)}: ${eur(error, 2)} off${share}.`;
}

// How a prediction is made; the whole of it is told in docs/dashboard.md.
export const HOW = t("Switching as planned, the market cleared in your browser, its power flow exact.");
