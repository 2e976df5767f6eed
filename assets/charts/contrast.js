// What coordination changes, in one sentence of one hour: the grid as built where it fares worst, and the plan at the
// same hour. Pure.

import { format } from "../page/format.js";
import { t } from "../page/language.js";
import { broken, curtailed, list } from "./sentences.js";

// How badly an hour goes, for the choice of the hour alone: a broken limit before wasted sun, the worse of both first.
/**
 * @param {Payload} payload
 * @param {number} hour
 */
function badly(payload, hour) {
  const { network, series } = payload;
  const volts = [network.vm_min_pu - series.vm_min_pu[hour], series.vm_max_pu[hour] - network.vm_max_pu];
  const beyond = Math.max(...volts, 0) + Math.max(0, (series.max_loading_percent[hour] || 0) / 100 - 1);
  const wasted = curtailed(payload, hour);
  return (broken(payload, hour) ? 1 + beyond : 0) + (wasted > 0.5 ? 1 + wasted / 1e6 : 0);
}

/**
 * @param {Payload} payload
 * @param {number} hour
 */
function troubles({ network, series, ...payload }, hour) {
  const whole = { network, series, ...payload };
  const wasted = curtailed(whole, hour);
  const [low, high, load] = [series.vm_min_pu[hour], series.vm_max_pu[hour], series.max_loading_percent[hour] || 0];
  const volts = (value, limit) => [format.number(value, 3), format.number(limit, 2)];
  return [
    wasted > 0.5 && t`${format.kw(wasted)} of sun are wasted`,
    high > network.vm_max_pu + 1e-5 && t("a voltage rises to {0} p.u. (limit {1})", ...volts(high, network.vm_max_pu)),
    low < network.vm_min_pu - 1e-5 && t("a voltage falls to {0} p.u. (limit {1})", ...volts(low, network.vm_min_pu)),
    load > 100.05 && t`a line is loaded to ${format.number(load)} %`,
  ].filter(Boolean);
}

// What the plan does at that hour about what goes wrong as built.
/**
 * @param {Payload} plan
 * @param {Payload} built
 * @param {number} hour
 */
function cures(plan, built, hour) {
  const [wasted, before] = [curtailed(plan, hour), curtailed(built, hour)];
  return [
    before > 0.5 && (wasted > 0.5 ? t`${format.kw(wasted)} are wasted` : t("all of the sun is used")),
    broken(plan, hour) ? t("a limit is broken as well") : t("every limit is kept"),
  ].filter(Boolean);
}

// The hour and its sentence; null where nothing goes wrong as built, or there is nothing to compare.
/**
 * @param {Payload | null} plan
 * @param {Payload | null} built
 * @returns {{hour: number, text: string} | null}
 */
export function firstContrast(plan, built) {
  if (!plan || !built || plan.mode === "fixed" || plan.hours !== built.hours) return null;
  const marks = built.series.loss_kw.map((_, hour) => badly(built, hour));
  const hour = marks.indexOf(Math.max(...marks));
  if (!(marks[hour] > 0)) return null;
  const parts = [format.at(built, hour), list(troubles(built, hour)), list(cures(plan, built, hour))];
  return { hour, text: t("As built, at {0} {1}; coordinated, {2}.", ...parts) };
}
