// The operator's roles in words and figures: what each is, who gains and who loses in it. Pure.

import { format } from "../page/format.js";
import { t } from "../page/language.js";

export const ROLES = [
  ["welfare", t("One optimum"), t("The operator and the market agree on one optimum with common prices.")],
  ["validate", t("Curtail"), t("The market clears by itself; the operator curtails where limits would break.")],
  ["envelopes", t("Envelopes"), t("The operator publishes limits of every injection; the market clears within them.")],
  ["leader", t("Leader"), t("The operator sets charges for its own cost, the market answers.")],
];
// Smaller differences of a bill are none, in euro; the server counts what 0.04 kWh are worth (results/role_rows.py).
const LITTLE = 0.02;
const MOST_NAMED = 6;
const ROLES_FIRST = t("Solve your changes first: roles are compared on a solved plan.");

// Why the roles cannot be compared now, as a sentence; empty where they can.
/** @param {State} state */
export function refusal({ verdict, stale, foreign }, first = ROLES_FIRST) {
  if (!verdict) return t("The table is being read.");
  if (verdict.problems.length) return t("Correct the marked cells first.");
  if (stale || foreign || verdict.changes > 0) return first;
  return "";
}

// Losses, broken limits, switching, and what the operator pays those whom it curtails.
export function operatorCost({ costs_eur: costs, role }) {
  return costs.losses + costs.violations + costs.switching + ((role && role.compensation_eur) || 0);
}

// How far a role is shown to be from its own optimum at most; null where nothing is shown.
export function gapOf({ role, certificates }) {
  if (role) return role.gap === undefined ? null : role.gap;
  const claim = (certificates || {}).gap_central;
  return claim && claim.holds ? claim.value : null;
}

// What everybody pays more than a reference, the largest first: {gain: [[index, EUR]], lose: [[index, EUR]]}.
export function gainsAndLosses(total, reference) {
  const more = total.map((value, k) => [k, value - reference[k]]);
  const sorted = (sign) =>
    more
      .map(([k, eur]) => [k, sign * eur])
      .filter(([, eur]) => eur > LITTLE)
      .sort(([, a], [, b]) => b - a);
  return { gain: sorted(-1), lose: sorted(1) };
}

// The names of some people with their amounts, the first few.
export function named(ids, people) {
  if (!people.length) return t("nobody");
  const told = people.slice(0, MOST_NAMED).map(([k, eur]) => `${ids[k]} ${format.number(eur, 1)}\u00a0\u20ac`);
  return told.join(", ") + (people.length > MOST_NAMED ? t` and ${people.length - MOST_NAMED} more` : "");
}

/**
 * Against the retailer's tariff alone, and against the role welfare where that is there.
 * @param {Payload} payload
 * @param {Payload | undefined} welfare
 */
export function against(payload, welfare) {
  const { total_eur: total, retail_only_uncharged_eur: tariff } = payload.bills;
  return {
    tariff: gainsAndLosses(total, tariff),
    welfare: welfare ? gainsAndLosses(total, welfare.bills.total_eur) : null,
  };
}
