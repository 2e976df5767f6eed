// The bills beside what everybody would pay otherwise: who is worse off stands first, by name.

import { html } from "../page/elements.js";
import { format } from "../page/format.js";
import { store } from "../page/store.js";
import { term } from "../page/terms.js";
import { inside, t } from "../page/language.js";

const PARTS = [
  ["retail_eur", t("Retailer"), "retailer"],
  ["trades_eur", t("Trades"), "trades"],
  ["fees_eur", t("Fees"), "fees"],
  ["network_eur", t("Network"), "network"],
  ["own_costs_eur", t("Own"), "own"],
  ["compensation_eur", t("Compensation"), "compensation"],
  ["refund_eur", t("Refund"), "refund"],
];
const REFERENCES = [
  ["retail_only_uncharged_eur", t("tariff"), "tariff"],
  ["retail_only_eur", t("same charges"), "saves"],
  ["free_market_eur", t("market alone"), "free"],
];
// What is too little to count, in euro, where the result does not say who is worse off.
const LITTLE = 0.01;
const MOST_NAMED = 5;

// The bills of a result; those of the market without an operator are computed once for all modes of a day, after the
// answer, and come with one of them.
/**
 * @param {Payload} payload
 * @param {Record<string, Payload>} results
 * @returns {Record<string, number[]>}
 */
export function billsBeside(payload, results) {
  const { bills, prosumers } = payload;
  if (bills.free_market_eur) return bills;
  const same = ({ prosumers: { id }, bills: other }) =>
    Boolean(other.free_market_eur) && id.join("\n") === prosumers.id.join("\n");
  const other = Object.values(results).find((item) => item && same(item));
  return other && payload.p2p ? { ...bills, free_market_eur: other.bills.free_market_eur } : bills;
}

// What each prosumer pays less than with a reference; negative: it pays more.
const saved = (bills, reference) => bills.total_eur.map((value, k) => bills[reference][k] - value);

// Who pays more than by the retailer's tariff alone, the worst off first: [index, EUR].
/** @param {Payload} payload */
export function worseOff({ bills, prosumers, summary }) {
  const excess = saved(bills, "retail_only_uncharged_eur").map((value) => -value);
  const ids = summary.above_tariff_ids;
  const who = ids
    ? ids.map((id) => prosumers.id.indexOf(id))
    : excess.map((_, k) => k).filter((k) => excess[k] > LITTLE);
  return who.map((k) => [k, excess[k]]).sort(([, a], [, b]) => b - a);
}

function billButton(name, k) {
  const button = html("button", { type: "button", class: "link" }, name);
  button.addEventListener("click", () => store.set({ chosen: store.get().chosen === k ? null : k }));
  return button;
}

const euro = (value) => `${format.number(value, 1)}\u00a0\u20ac`;

// How one bill comes about, in words.
/**
 * @param {Payload} payload
 * @param {number} k
 */
export function billText({ bills, prosumers, trades, step_h: step }, k) {
  const own = (side) =>
    trades
      .flatMap((hour) => hour.power_kw.map((kw, i) => [hour[side][i], kw, kw * hour.price_eur_per_kwh[i]]))
      .filter(([who]) => who === k);
  const told = (side, verb) => {
    const [kwh, paid] = own(side).reduce(([a, b], [, kw, price]) => [a + step * kw, b + step * price], [0, 0]);
    return kwh > 0.5 && t`${verb} ${format.number(kwh)} kWh at ${format.number((100 * paid) / kwh, 1)} ct`;
  };
  const traded = [told("seller", t("sold")), told("buyer", t("bought"))].filter(Boolean).join(", ");
  const parts = PARTS.filter(([key]) => bills[key] && Math.abs(bills[key][k]) > 0.05).map(
    ([key, name]) => `${inside(name)} ${euro(bills[key][k])}${key === "trades_eur" && traded ? ` (${traded})` : ""}`,
  );
  return [
    bills.total_eur[k] < 0
      ? t`${prosumers.id[k]} earns ${euro(-bills.total_eur[k])}. `
      : t`${prosumers.id[k]} pays ${euro(bills.total_eur[k])}. `,
    t`Of that: ${parts.join(", ")}. ${otherwise(bills, k)}`,
  ];
}

// What somebody would pay otherwise, by all references that there are.
function otherwise(bills, k) {
  const free = bills.free_market_eur ? t`, in the market without an operator ${euro(bills.free_market_eur[k])}` : "";
  const [tariff, charged] = [euro(bills.retail_only_uncharged_eur[k]), euro(bills.retail_only_eur[k])];
  return t(
    "By the retailer\u2019s tariff alone: {0}; with the retailer alone at the same network charges {1}{2}.",
    tariff,
    charged,
    free,
  );
}

/**
 * @param {Payload} payload
 * @param {State} state
 */
export function billsTable(payload, { chosen, results }) {
  const { prosumers } = payload;
  const bills = billsBeside(payload, results);
  const references = REFERENCES.filter(([key]) => bills[key]).map(([key, name, word]) => ({
    name,
    word,
    saving: saved(bills, key),
  }));
  const parts = PARTS.filter(([key]) => bills[key]);
  const worse = new Set(worseOff(payload).map(([k]) => k));
  const order = prosumers.id.map((_, k) => k).sort((a, b) => references[0].saving[a] - references[0].saving[b]);
  const saving = (value, bad) => html("td", { class: `n ${bad ? "fails" : "holds"}` }, format.signed(value, 1));
  const row = (k) =>
    html(
      "tr",
      { class: k === chosen ? "shown" : null },
      html("td", {}, billButton(prosumers.id[k], k)),
      ...references.map(({ saving: of }, i) => saving(of[k], i ? of[k] < -0.05 : worse.has(k))),
      html("td", { class: "n" }, format.number(bills.total_eur[k], 1)),
      ...parts.map(([key]) => html("td", { class: "n" }, format.number(bills[key][k], 1))),
    );
  return html(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": t("Bills") },
    html(
      "table",
      { class: "plain tight bills" },
      html("thead", {}, ...heads(references, parts)),
      html("tbody", {}, ...order.map(row)),
    ),
  );
}

// Two rows: what the columns are about, and each of them.
function heads(references, parts) {
  const words = [...references.map(({ name, word }) => [name, word]), [t("Total"), "total"]];
  return [
    html(
      "tr",
      { class: "groups" },
      html("th", { rowspan: 2, scope: "col" }, t("Prosumer, \u20ac")),
      html("th", { colspan: references.length, scope: "colgroup" }, t("Saves against")),
      html("th", { colspan: parts.length + 1, scope: "colgroup" }, t("Bill")),
    ),
    html(
      "tr",
      {},
      ...[...words, ...parts.map(([, name, word]) => [name, word])].map(([name, word]) =>
        html("th", { class: "n", scope: "col" }, term(name, word)),
      ),
    ),
  ];
}

// Who is worse off than by the tariff alone, as a sentence.
/** @param {Payload} payload */
export function worseOffText(payload) {
  const worse = worseOff(payload);
  const all = payload.prosumers.id.length;
  if (!worse.length) return t("Nobody is worse off than by the retailer\u2019s tariff alone. ");
  const named = worse.slice(0, MOST_NAMED).map(([k, eur]) => t`${payload.prosumers.id[k]} by ${euro(eur)}`);
  const rest = worse.length > MOST_NAMED ? t` and ${worse.length - MOST_NAMED} more` : "";
  return t`Worse off than by the retailer\u2019s tariff alone, ${worse.length} of ${all}: ${named.join(", ")}${rest}. `;
}

// What the operator collects, and what of it goes back.
function operatorText({ bills, summary }) {
  const collected = format.number(bills.network_eur.reduce((sum, value) => sum + value, 0));
  const back = summary.refunded_eur;
  const refund =
    back === undefined
      ? ""
      : t` and gives ${format.number(back)}\u00a0\u20ac back, beyond what losses and switching cost`;
  return t`The operator collects ${collected}\u00a0\u20ac of charges${refund}.`;
}

/**
 * @param {Payload} payload
 * @param {State} state
 */
export function billsCaption(payload, { chosen, results }) {
  const bills = billsBeside(payload, results);
  if (chosen !== null) return billText({ ...payload, bills }, chosen);
  const free = bills.free_market_eur
    ? ""
    : t(" What they would pay in the market without an operator is not computed.");
  return [
    worseOffText(payload),
    t`${operatorText(payload)} A positive amount is paid. Choose a prosumer to see how a bill comes about.${free}`,
  ];
}
