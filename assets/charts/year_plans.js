// A long horizon as reconfigure --hours --keep writes it (horizon.json): plans as numbers, and sentences about them.

import { format } from "../page/format.js";
import { t } from "../page/language.js";

export const KIND = "p2pdnr horizon";
const ORDER = ["hourly", "daily", "weekly", "seasonal", "fixed"];
const DAY_H = 24;
const YEAR_H = 8760;

// What a plan is called; `rows` of a profile may be shorter than an hour.
/** @param {string} name */
export function called(name) {
  const names = {
    initial: t("Initial topology"),
    hourly: t("At every row"),
    daily: t("Every day"),
    weekly: t("Every week"),
    seasonal: t("Every season"),
    fixed: t("Once"),
  };
  return names[name] || name;
}

const isNumbers = (values, count) => Array.isArray(values) && values.length === count && values.every(Number.isFinite);

// A plan by rows: which lines are open in each.
function openByRow(changes, rows) {
  const found = new Array(rows);
  changes.forEach(([row, lines], at) => {
    const end = at + 1 < changes.length ? changes[at + 1][0] : rows;
    found.fill(lines, row, end);
  });
  return found;
}

const fits = (changes, rows) =>
  Array.isArray(changes) &&
  changes.length > 0 &&
  changes[0][0] === 0 &&
  changes.every(([row, lines], at) => (at === 0 || row > changes[at - 1][0]) && row < rows && Array.isArray(lines));

// The horizon of a text, or null where that is something else. Throws an Error for one that does not hold together.
/**
 * @param {string} text
 * @returns {YearOfPlans | null}
 */
export function readYear(text) {
  if (!text.slice(0, 200).includes(`"${KIND}"`)) return null;
  const told = JSON.parse(text);
  const { rows, plans } = told;
  const step = told.terms && told.terms.step_h;
  const good =
    Number.isInteger(rows) &&
    rows > 0 &&
    step > 0 &&
    plans &&
    Object.values(plans).every((plan) => isNumbers(plan.loss_kw, rows) && fits(plan.changes, rows));
  const names = ORDER.filter((name) => plans && plans[name]);
  if (!good || !names.length) throw new Error(t("The plans of the file do not fit its rows."));
  const whole = (name) => ({ ...plans[name], name, open: openByRow(plans[name].changes, rows) });
  return {
    network: String(told.network.name || ""),
    rows,
    step,
    initial: plans.initial ? whole("initial") : null,
    plans: names.map(whole),
    names: namesOf(told.network),
  };
}

// What people call the lines, by number; nothing where they have numbers alone.
const namesOf = ({ lines }) =>
  new Map((lines || []).map((line, at) => [at + 1, String(line.id === undefined ? at + 1 : line.id)]));

/** @param {YearOfPlans} year */
export const rowsPerDay = ({ step }) => Math.max(1, Math.round(DAY_H / step));

// What a plan saves against the initial topology, in EUR; null where that has no power flow.
/** @param {YearOfPlans} year */
export const saves = ({ initial }, plan) => (initial ? initial.cost_eur - plan.cost_eur : null);

// Losses in kW by row of a plan, or what they are below those of the initial topology.
/** @param {YearOfPlans} year */
export const lossesOf = ({ initial }, plan, saved) =>
  saved && initial ? plan.loss_kw.map((loss, row) => initial.loss_kw[row] - loss) : plan.loss_kw;

// The share of each day in which a line is open, for all lines that are open at some time and not always.
/**
 * @param {YearOfPlans} year
 * @param {{ open: number[][] }} plan
 */
export function openByDay(year, plan) {
  const [per, days] = [rowsPerDay(year), Math.ceil(year.rows / rowsPerDay(year))];
  const shares = new Map();
  plan.open.forEach((lines, row) =>
    lines.forEach((line) => {
      if (!shares.has(line)) shares.set(line, new Array(days).fill(0));
      shares.get(line)[Math.floor(row / per)] += 1;
    }),
  );
  const length = (day) => Math.min(per, year.rows - day * per);
  return [...shares]
    .map(([line, rows]) => ({ line, days: rows.map((count, day) => count / length(day)) }))
    .sort((one, other) => one.line - other.line);
}

// "a year", "336 hours", "14 days".
/** @param {YearOfPlans} year */
export function lasts({ rows, step }) {
  const hours = rows * step;
  if (hours === YEAR_H || hours === YEAR_H + DAY_H) return t("a whole year");
  return hours % DAY_H ? t`${format.number(hours)} hours` : t`${hours / DAY_H} days`;
}

const eur = (value) => `${format.number(value)}\u00a0\u20ac`;

// What the plans come to: the most that switching saves, and the plan with fewest operations that saves nearly as much.
/** @param {YearOfPlans} year */
export function yearWords(year) {
  const [most] = year.plans;
  const best = saves(year, most);
  if (best === null)
    return t`The initial topology has no power flow in some hour; ${called(most.name)} costs ${eur(most.cost_eur)}.`;
  const share = format.number((100 * best) / Math.max(1e-9, year.initial.cost_eur), 1);
  const [sum, often] = [eur(best), format.number(most.operations)];
  const first = t`Over ${lasts(year)} switching saves ${sum}, ${share} % of all costs, with ${often} operations.`;
  const enough = [...year.plans]
    .filter((plan) => saves(year, plan) >= 0.9 * best)
    .sort((one, other) => one.operations - other.operations)[0];
  if (!enough || enough.name === most.name) return first;
  const [part, count] = [format.number((100 * saves(year, enough)) / best, 1), format.number(enough.operations)];
  return `${first} ${t`${called(enough.name)}: ${part} % of that with ${count}.`}`;
}
