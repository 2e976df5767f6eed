// A talk about a day, one thing at a time: what is shown in which order, and the sentence that goes with it. Pure.

import { format } from "../page/format.js";
import { horizon } from "../page/horizon.js";
import { t } from "../page/language.js";
import { breaches } from "../whatif/trial_words.js";
import { swaps } from "./headline.js";
import { costsCaption } from "./costs.js";
import { checksCaption } from "./reports.js";
import { contrast, curtailed, sinceWhen } from "./sentences.js";

const range = (low, high, digits) => [low, high].map((value) => format.number(value, digits));

/** @param {Payload} payload */
function gridSaid({ network, prosumers }) {
  const values = [network.buses, prosumers.id.length, network.initially_open.length, network.lines];
  return prosumers.id.length === 1
    ? t("{0} buses, one prosumer, {2} of {3} lines open.", ...values.map((value) => format.number(value)))
    : t("{0} buses, {1} prosumers, {2} of {3} lines open.", ...values.map((value) => format.number(value)));
}

// What goes wrong in the grid as built at an hour: limits first, then sun, then losses.
/**
 * @param {Payload} built
 * @param {number} hour
 */
export function trouble(built, hour) {
  const [broken] = breaches(built, hour);
  const wasted = curtailed(built, hour);
  if (broken) return t`As built, ${broken}.`;
  if (wasted > 0.5) return t`As built, ${format.kw(wasted)} of sun are wasted at ${format.at(built, hour)}.`;
  return t`As built, the grid loses ${format.kw(built.series.loss_kw[hour])} at ${format.at(built, hour)}.`;
}

/** @param {Payload} payload */
function voltagesSaid({ summary, network }) {
  const values = [...range(summary.vm_min_pu, summary.vm_max_pu, 3), ...range(network.vm_min_pu, network.vm_max_pu, 2)];
  const kept = summary.vm_min_pu >= network.vm_min_pu - 1e-5 && summary.vm_max_pu <= network.vm_max_pu + 1e-5;
  return kept
    ? t("Voltages lie between {0} and {1} p.u., within the limits {2} and {3}.", ...values)
    : t("Voltages lie between {0} and {1} p.u., beyond the limits {2} and {3}.", ...values);
}

/**
 * @param {Payload} plan
 * @param {Payload | null} built
 */
function lossesSaid(plan, built) {
  const lost = t`${format.number(plan.summary.losses_kwh)} kWh are lost in the lines ${horizon("over", plan)}`;
  return built ? t`${lost}; as built ${format.number(built.summary.losses_kwh)} kWh.` : `${lost}.`;
}

// How much is traded in an hour, and who sells most to whom.
/**
 * @param {Payload} payload
 * @param {number} hour
 * @returns {[string, string]}
 */
function tradesSaid({ trades, prosumers, ...payload }, hour) {
  const { power_kw: power, seller, buyer, price_eur_per_kwh: price } = trades[hour];
  const when = format.at(payload, hour);
  const sum = power.reduce((all, kw) => all + kw, 0);
  if (sum < 0.005) return [t`At ${when} nobody trades.`, ""];
  const most = power.indexOf(Math.max(...power));
  const [from, to] = [seller, buyer].map((side) => prosumers.id[side[most]]);
  return [
    t`At ${when} neighbours trade ${format.kw(sum)}.`,
    t`The largest trade: ${from} \u2192 ${to}, ${format.kw(power[most])} for ${format.cents(price[most])}.`,
  ];
}

/**
 * @param {Payload} payload
 * @param {number} hour
 */
function rankSaid(payload, hour) {
  const values = [payload.series.rank[hour], payload.summary.topologies].map((value) => format.number(value));
  return t("At {0} this topology has rank {1} of {2}, by this hour alone.", format.at(payload, hour), ...values);
}

/** @param {Payload} plan */
function daySaid(plan) {
  const [count, pairs] = [plan.summary.operations, swaps(plan)].map((value) => format.number(value));
  if (!plan.summary.operations) return t`Nothing is switched ${horizon("over", plan)}.`;
  return t("{0} operations {1}; swaps of one line for another among them: {2}.", count, horizon("over", plan), pairs);
}

// Every thing that is shown in a talk; `said(hour)` gives its sentence and a smaller line below. What a day has not got
// is left out.
/**
 * @param {Record<string, Payload>} results
 * @returns {Slide[]}
 */
export function slides(results) {
  const plan = results.hourly || results.static || results.fixed;
  if (!plan) return [];
  const { mode } = plan;
  const built = mode === "fixed" ? null : results.fixed || null;
  const chart = (tab, said) => ({ key: tab, mode, tab, arcs: "largest", said });
  const ranked = plan.summary.topologies && plan.series.rank.some((rank) => rank !== null);
  const [first, traded] = [built || plan, plan.trades.some(({ power_kw: kw }) => kw.length > 0)];
  return [
    { key: "grid", mode: first.mode, arcs: "none", said: () => [gridSaid(first), t("The grid as built.")] },
    built && { key: "built", mode: "fixed", arcs: "none", said: (hour) => [trouble(built, hour), ""] },
    built && {
      key: "switched",
      mode,
      arcs: "none",
      said: (hour) => [sinceWhen(plan, hour), contrast(plan, built, hour)],
    },
    chart("voltages", () => [voltagesSaid(plan), ""]),
    chart("losses", () => [lossesSaid(plan, built), ""]),
    traded && { key: "trades", mode, arcs: "largest", said: (hour) => tradesSaid(plan, hour) },
    chart("costs", () => costsCaption(plan, /** @type {any} */ ({ results }))),
    ranked && chart("why", (hour) => [rankSaid(plan, hour), ""]),
    chart("checks", () => [checksCaption(plan)[0], ""]),
    { key: "day", mode, arcs: "largest", plays: true, said: () => [daySaid(plan), ""] },
  ].filter(Boolean);
}
