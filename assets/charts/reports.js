// The tabs that are tables: the modes side by side, and what was checked.

import { html } from "../page/elements.js";
import { format } from "../page/format.js";
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
  reactive_kvar: ["Reactive power", "largest part beyond an inverter's kVA, or off its Volt-VAR curve, kvar"],
  secure: ["Limits on other days", "share of unseen days on which a limit breaks"],
  refund_eur: ["Refunds", "largest error of what the operator gives back, in all or to one prosumer, \u20ac"],
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

// -- the modes side by side -----------------------------------------------------------------------------------------

const MODES = [
  ["fixed-no-p2p", "As built, no trading"],
  ["fixed", "As built"],
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
    name: "Trading saves them, \u20ac",
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
  const beside = initial && hourly ? ` and ${than(initial)} the grid as built` : "";
  const first =
    hourly && fixed
      ? `Hourly switching costs ${than(fixed)} the best fixed topology${beside}. `
      : `${MODES.find(([mode]) => mode === shown.mode)[1]} costs ${format.number(costs(shown))} \u20ac over the day. `;
  const rest =
    initial && alone
      ? `In the grid as built, trading is worth ${format.number(costs(alone) - costs(initial))}\u00a0\u20ac.`
      : "The day without trading is stored for unedited cases only.";
  return [first, rest];
}
