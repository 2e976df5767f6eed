// The tabs that are tables: the modes side by side, what was checked, and the bills.

import { html } from "../page/elements.js";
import { format } from "../page/format.js";
import { store } from "../page/store.js";
import { term } from "../page/terms.js";

const MEANING = {
  radial: ["Radial every hour", "each hour's closed lines are one spanning tree"],
  ac_voltage_pu: ["Voltages", "largest difference to pandapower's Newton power flow, p.u."],
  ac_loss_kw: ["Losses", "largest difference to pandapower's Newton power flow, kW"],
  balance_kw: ["Power balance", "largest imbalance of a prosumer, kW"],
  reciprocity_kw: ["Reciprocity", "what one sells the other buys, kW"],
  primal_kw: ["Primal residual", "largest disagreement when the negotiation stopped, kW"],
  dual: ["Dual residual", "how far prices moved in the last turn, \u20ac/kWh"],
  gap_central: ["Gap to central optimum", "same schedule, all prosumers and the operator as one problem"],
  cone_gap: ["Cone gap", "how far the relaxed power flow is from a real one"],
  regret: ["Regret", "what a prosumer could still gain at the final prices, \u20ac"],
  budget_eur: ["Budget balance", "trade payments that do not sum to zero, \u20ac"],
  rationality_eur: ["Individual rationality", "least a prosumer gains against the retailer alone, \u20ac"],
  rank: ["Rank of topologies", "worst place of an hour's topology among all"],
  violations: ["Voltage and loading limits", "sum of what lies outside"],
  charges: [
    "Network charges",
    "largest difference to what one kWh more costs the operator there, share of the highest",
  ],
};

function figure(value) {
  if (value === null || value === undefined) return "\u2013";
  if (value === 0) return "0";
  return Math.abs(value) < 0.001 || Math.abs(value) >= 1e6
    ? value.toExponential(1).replace("-", "\u2212")
    : format.number(value, Math.abs(value) < 10 ? 3 : 0).replace(/\.?0+$/, "");
}

const VERDICT = { holds: "holds", "does not hold": "fails", "not shown": "unshown" };
// Results of before there were three states say "holds" alone.
/** @param {Claim} claim */
const stateOf = ({ state, holds }) => state || (holds ? "holds" : "does not hold");

/** @param {Payload} payload */
export function checksTable(payload) {
  const rows = Object.entries(payload.summary.certificates || {}).map(([name, claim]) => {
    const [title, text] = MEANING[name] || [name, ""];
    const state = stateOf(claim),
      { value, limit } = claim;
    return html(
      "tr",
      {},
      html("td", {}, title, html("br", {}), html("span", { class: "quiet" }, claim.reason || text)),
      html("td", { class: "n" }, figure(value)),
      html("td", { class: "n" }, figure(limit)),
      html("td", { class: VERDICT[state] }, state),
    );
  });
  const head = html(
    "tr",
    {},
    ...["What was checked", "Value", "Limit", ""].map((text, i) =>
      html(
        "th",
        i === 1 || i === 2 ? { class: "n", scope: "col" } : { scope: "col" },
        text || html("span", { class: "visually-hidden" }, "Verdict"),
      ),
    ),
  );
  return html(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": "Certificates" },
    html("table", { class: "plain" }, html("thead", {}, head), html("tbody", {}, ...rows)),
  );
}

/** @param {Payload} payload */
export function checksCaption(payload) {
  const all = Object.values(payload.summary.certificates || {});
  const count = (wanted) => all.filter((claim) => stateOf(claim) === wanted).length;
  const open = count("not shown");
  return [
    `${count("holds")} of ${all.length} checks hold${open ? `, ${open} not shown` : ""}. `,
    [
      "Recomputed from scenario, network and tables alone. Protection coordination is not checked.",
      ...(payload.summary.remarks || []).map((remark) => `Note: ${remark}.`),
    ].join(" "),
  ];
}

const BILL = [
  ["total_eur", "Total", "total"],
  ["retail_eur", "Retailer", "retailer"],
  ["trades_eur", "Trades", "trades"],
  ["fees_eur", "Fees", "fees"],
  ["network_eur", "Network", "network"],
  ["own_costs_eur", "Own", "own"],
];

function billButton(name, k) {
  const button = html("button", { type: "button", class: "link" }, name);
  button.addEventListener("click", () => store.set({ chosen: store.get().chosen === k ? null : k }));
  return button;
}

// How one bill comes about, in words.
/**
 * @param {Payload} payload
 * @param {any} k
 */
export function billText({ bills, prosumers, trades, step_h: step }, k) {
  const eur = (value) => `${format.number(value, 1)} \u20ac`;
  const own = (side) =>
    trades
      .flatMap((hour) => hour.power_kw.map((kw, i) => [hour[side][i], kw, kw * hour.price_eur_per_kwh[i]]))
      .filter(([who]) => who === k);
  const told = (side, verb) => {
    const [kwh, paid] = own(side).reduce(([a, b], [, kw, price]) => [a + step * kw, b + step * price], [0, 0]);
    return kwh > 0.5 && `${verb} ${format.number(kwh)} kWh at ${format.number((100 * paid) / kwh, 1)} ct`;
  };
  const traded = [told("seller", "sold"), told("buyer", "bought")].filter(Boolean).join(", ");
  const parts = BILL.slice(1)
    .map(([key, name]) => ({ name: name.toLowerCase(), value: bills[key][k] }))
    .filter(({ value }) => Math.abs(value) > 0.05)
    .map(({ name, value }) => `${name} ${eur(value)}${name === "trades" && traded ? ` (${traded})` : ""}`);
  return [
    `${prosumers.id[k]} ${bills.total_eur[k] < 0 ? "earns" : "pays"} ${eur(Math.abs(bills.total_eur[k]))}. `,
    `Of that: ${parts.join(", ")}. With the retailer alone: ${eur(bills.retail_only_eur[k])}.`,
  ];
}

/**
 * @param {Payload} payload
 * @param {State} state
 */
export function billsTable(payload, { chosen }) {
  const { bills, prosumers } = payload;
  const saving = prosumers.id.map((_, k) => bills.retail_only_eur[k] - bills.total_eur[k]);
  const order = saving.map((_, k) => k).sort((a, b) => saving[b] - saving[a]);
  const row = (k) =>
    html(
      "tr",
      { class: k === chosen ? "shown" : null },
      html("td", {}, billButton(prosumers.id[k], k)),
      html("td", { class: `n ${saving[k] < -0.05 ? "fails" : "holds"}` }, format.signed(saving[k], 1)),
      ...BILL.map(([key]) => html("td", { class: "n" }, format.number(bills[key][k], 1))),
    );
  const head = html(
    "tr",
    {},
    ...["Prosumer, \u20ac", term("Saves", "saves"), ...BILL.map(([, name, key]) => term(name, key))].map((text, i) =>
      html("th", { class: i ? "n" : null, scope: "col" }, text),
    ),
  );
  return html(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": "Bills" },
    html("table", { class: "plain tight bills" }, html("thead", {}, head), html("tbody", {}, ...order.map(row))),
  );
}

// -- the modes side by side -----------------------------------------------------------------------------------------

const MODES = [
  ["fixed-no-p2p", "Initial, no trading"],
  ["fixed", "Initial"],
  ["static", "Best fixed"],
  ["hourly", "Hourly"],
];
const amounts = (name, read, digits, minor) => ({
  name,
  minor,
  text: (payload) => format.number(read(payload.summary), digits || 0),
});
const cost = (name, key) => ({
  ...amounts(name, ({ costs_eur: costs }) => costs[key], 0, true),
  rare: key === "unserved",
  read: ({ costs_eur: costs }) => costs[key],
});
const volts = (name, key, beyond) => ({
  name,
  text: ({ summary }) => format.number(summary[key], 4),
  bad: ({ summary, network }) => beyond(summary[key], network),
});
const ROWS = [
  { ...amounts("All costs, \u20ac", (summary) => summary.objective_eur), strong: true, term: "costs" },
  cost("retailer", "retail"),
  cost("prosumers\u2019 own", "own"),
  cost("trade fees", "fees"),
  cost("losses", "losses"),
  cost("limits broken", "violations"),
  cost("switching", "switching"),
  cost("unserved load", "unserved"),
  { ...amounts("PV curtailed, kWh", (summary) => summary.curtailed_kwh), term: "curtailed" },
  { ...amounts("Losses, kWh", (summary) => summary.losses_kwh), term: "losses" },
  volts("Lowest voltage, p.u.", "vm_min_pu", (value, { vm_min_pu: limit }) => value < limit - 1e-5),
  volts("Highest voltage, p.u.", "vm_max_pu", (value, { vm_max_pu: limit }) => value > limit + 1e-5),
  amounts("Switching operations", (summary) => summary.operations),
  {
    name: "Community saves, \u20ac",
    text: (payload) => (payload.p2p ? format.number(payload.summary.community_saving_eur) : "\u2013"),
  },
];

/**
 * @param {Payload} shown
 * @param {State} state
 */
export function modesTable(shown, { results, pending }) {
  const held = MODES.map(([mode, name]) => ({ mode, name, payload: results[mode] || null }));
  const least = Math.min(...held.filter(({ payload }) => payload).map(({ payload }) => payload.summary.objective_eur));
  const column = ({ payload }) => (payload === shown ? "n shown" : "n");
  const cell = (row) => (one) => {
    const empty = pending.includes(one.mode) ? "\u2026" : "\u2013";
    const best = row.strong && one.payload && one.payload.summary.objective_eur === least ? " holds" : "";
    return html(
      "td",
      { class: `${column(one)}${best}${one.payload && row.bad && row.bad(one.payload) ? " fails" : ""}` },
      one.payload ? row.text(one.payload) : empty,
    );
  };
  const rows = ROWS.filter(
    ({ rare, read }) => !rare || held.some(({ payload }) => payload && read(payload.summary) > 0.5),
  ).map((row) =>
    html(
      "tr",
      { class: row.minor ? "minor" : null },
      html("th", { scope: "row" }, term(row.name, row.term)),
      ...held.map(cell(row)),
    ),
  );
  const head = html(
    "tr",
    {},
    html("th", { scope: "col" }, "The day"),
    ...held.map((one) => html("th", { class: column(one), scope: "col" }, one.name)),
  );
  return html(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": "Modes" },
    html("table", { class: "plain modes" }, html("thead", {}, head), html("tbody", {}, ...rows)),
  );
}

function less(share) {
  const percent = format.number(100 * Math.abs(share), Math.abs(share) < 0.0995 ? 1 : 0);
  return Math.abs(share) < 0.0005 ? "as much as" : `${percent} % ${share < 0 ? "less" : "more"} than`;
}

/**
 * @param {Payload} shown
 * @param {State} state
 */
export function modesCaption(shown, { results }) {
  const { hourly, static: fixed, fixed: initial, "fixed-no-p2p": alone } = results;
  const costs = (payload) => payload.summary.objective_eur;
  const than = (other) => less(costs(hourly) / costs(other) - 1);
  const beside = initial && hourly ? ` and ${than(initial)} the initial one` : "";
  const first =
    hourly && fixed
      ? `Hourly switching costs ${than(fixed)} the best fixed topology${beside}. `
      : `${MODES.find(([mode]) => mode === shown.mode)[1]} costs ${format.number(costs(shown))} \u20ac over the day. `;
  const rest =
    initial && alone
      ? `With the initial topology, trading is worth ${format.number(costs(alone) - costs(initial))}\u00a0\u20ac.`
      : "The day without trading is stored for unedited cases only.";
  return [first, rest];
}

// Who pays more than the tariff, had there been neither trading nor network charges; and what the operator collects.
/** @param {Payload} payload */
function aboveTariff({ bills, prosumers, summary }) {
  const excess = bills.total_eur.map((value, k) => value - bills.retail_only_uncharged_eur[k]);
  const worst = excess.indexOf(Math.max(...excess));
  const count =
    summary.above_tariff === undefined ? excess.filter((value) => value > 0.01).length : summary.above_tariff;
  const collected = format.number(bills.network_eur.reduce((sum, value) => sum + value, 0));
  const most = `most of all ${prosumers.id[worst]} by ${format.number(excess[worst])}\u00a0\u20ac`;
  const pay = count === 1 ? "pays" : "pay";
  const who = count
    ? `${count} of ${excess.length} ${pay} more than the tariff without charges, ${most}`
    : "Nobody pays more than the tariff without charges";
  return `${who}; the operator collects ${collected}\u00a0\u20ac of charges.`;
}

/**
 * @param {Payload} payload
 * @param {State} state
 */
export function billsCaption(payload, { chosen }) {
  if (chosen !== null) return billText(payload, chosen);
  const { bills } = payload;
  const better = bills.total_eur.filter((value, k) => bills.retail_only_eur[k] - value > -0.005).length;
  const all = bills.total_eur.length;
  return [
    `${better === all ? `All ${all}` : `${better} of ${all}`} prosumers are at least as well off as with the ` +
      "retailer alone at the same network charges (\u201cSaves\u201d). ",
    `${aboveTariff(payload)} A positive amount is paid. Choose a prosumer to see how a bill comes about.`,
  ];
}
