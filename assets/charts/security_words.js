// Secure plans in words and figures: what a share of days costs, which limits break on other days, and when. Pure.

import { format } from "../page/format.js";
import { horizon } from "../page/horizon.js";
import { t } from "../page/language.js";
import { refusal } from "./roles_words.js";

export const percent = (share, digits = 1) => `${format.number(100 * share, digits).replace(/[.,]0+$/, "")} %`;

// What other days cannot be planned for together with, as a sentence; empty where nothing hinders.
export function unsuited({ role = "welfare", reactive = "none" } = /** @type {any} */ ({})) {
  if (role !== "welfare")
    return t(
      "Limits are kept on other days only where operator and market agree on one optimum: " +
        "change what the operator does.",
    );
  if (reactive !== "none")
    return t("Limits are kept on other days only where inverters give no reactive power: change that in the settings.");
  return "";
}

// Why no secure plans can be asked for now.
/** @param {State} state */
export function hindrance(state) {
  const { verdict } = state;
  if (verdict && verdict.scenario && !verdict.problems.length) {
    const told = unsuited(JSON.parse(verdict.scenario).dso);
    if (told) return told;
  }
  return refusal(state, t("Solve your changes first: shares of days are compared on a solved plan."));
}

/**
 * A secure plan as a point of the curve; null where the plan is for the day as forecast alone.
 * @param {Payload | null} payload
 * @returns {SecurePoint | null}
 */
export function pointOf(payload) {
  const told = payload && payload.summary.secure;
  if (!told) return null;
  const { test, plan } = told;
  const claim = (payload.summary.certificates || {}).secure;
  return {
    share: told.share,
    kept: 1 - test.violated / test.days,
    days: test.days,
    price: told.price_eur,
    mean: plan.expected_eur,
    nominal: plan.nominal_expected_eur,
    forgone: test.forgone_kwh,
    operations: payload.summary.operations,
    state: claim ? claim.state || (claim.holds ? "holds" : "does not hold") : "not shown",
  };
}

/**
 * All secure plans that are there, by rising share: those asked for together, and the one on show.
 * @param {Payload | null} shown
 * @param {SideJob} shares
 */
export function points(shown, shares) {
  const found = new Map();
  [...Object.values(shares.results), shown].forEach((payload) => {
    const point = pointOf(payload);
    if (point) found.set(point.share, point);
  });
  return [...found.values()].sort((a, b) => a.share - b.share);
}

const LIMITS = { low: t("the lower voltage limit"), high: t("the upper voltage limit") };

// Where a worst day goes furthest beyond a limit, or nearest to one.
/** @param {WorstDay} day */
export function worstText({ limit, at, value }, payload) {
  if (limit === "power flow") return t("no power flow: the lines cannot carry the power");
  if (limit === "line") return t`line ${at} carries ${format.number(value, 1)} % of its limit`;
  const volts = format.number(value, 4);
  return limit === "low"
    ? t`bus ${at} has ${volts} p.u., lowest ${horizon("of", payload)}`
    : t`bus ${at} has ${volts} p.u., highest ${horizon("of", payload)}`;
}

// Limits that break on some unseen days, most often broken first: [what, days].
export function limitsBroken(test) {
  const lines = Object.entries(test.lines).map(([line, days]) => [t`line ${line}`, days]);
  const voltages = Object.entries(LIMITS).map(([key, what]) => [what, test[key]]);
  return [...voltages, ...lines].filter(([, days]) => days > 0).sort(([, a], [, b]) => b - a);
}

// What security costs, in sentences: from the least share to the largest, and where the dearest step is.
/** @param {SecurePoint[]} found */
export function curveWords(found) {
  if (!found.length) return t("Nothing is drawn that has not been solved.");
  const eur = ({ price, share }) => t`${format.number(price, price < 100 ? 1 : 0)}\u00a0\u20ac for ${percent(share)}`;
  const [first, last] = [found[0], found[found.length - 1]];
  const range = first === last ? eur(first) : t`${eur(first)} of days to ${eur(last)}`;
  const steps = found.slice(1).map((point, i) => ({ from: found[i], to: point, rise: point.price - found[i].price }));
  const steepest = steps.reduce((most, step) => (step.rise > (most ? most.rise : 1) ? step : most), null);
  const where = steepest
    ? t`; the dearest step is ${percent(steepest.from.share)} to ${percent(steepest.to.share)}`
    : "";
  const failing = found.filter(({ state }) => state === "does not hold");
  const told = failing.length
    ? t` Not kept on unseen days: ${failing.map(({ share }) => percent(share)).join(", ")}.`
    : "";
  return t`Keeping limits costs ${range} more than the plan for the forecast${where}.${told}`;
}
