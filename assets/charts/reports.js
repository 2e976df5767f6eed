// The tabs that are tables: the modes side by side, and what was checked.

import { html } from "../page/elements.js";
import { format } from "../page/format.js";
import { horizon } from "../page/horizon.js";
import { term } from "../page/terms.js";
import { marked, t } from "../page/language.js";
import { told } from "../page/told.js";

const MEANING = {
  radial: [t("Radial every hour"), t("each hour's closed lines are one spanning tree")],
  ac_voltage_pu: [t("Voltages"), t("largest difference to pandapower's Newton power flow, p.u.")],
  ac_loss_kw: [t("Losses"), t("largest difference to pandapower's Newton power flow, kW")],
  balance_kw: [t("Power balance"), t("largest imbalance of a prosumer, kW")],
  reciprocity_kw: [t("Reciprocity"), t("what one sells the other buys, kW")],
  primal_kw: [t("Primal residual"), t("largest disagreement when the negotiation stopped, kW")],
  dual: [t("Dual residual"), t("how far prices moved in the last turn, \u20ac/kWh")],
  gap_central: [t("Gap to central optimum"), t("same schedule, all prosumers and the operator as one problem")],
  cone_gap: [t("Cone gap"), t("how far the relaxed power flow is from a real one")],
  regret: [t("Regret"), t("what a prosumer could still gain at the final prices, \u20ac")],
  budget_eur: [t("Budget balance"), t("trade payments that do not sum to zero, \u20ac")],
  rationality_eur: [t("Individual rationality"), t("least a prosumer gains against the retailer alone, \u20ac")],
  rank: [t("Rank of topologies"), t("worst place of an hour's topology among all")],
  violations: [t("Voltage and loading limits"), t("sum of what lies outside")],
  reactive_kvar: [t("Reactive power"), t("largest part beyond an inverter's kVA, or off its Volt-VAR curve, kvar")],
  held_voltages_pu: [t("Held voltages"), t("largest miss of what a generator holds within its limits, p.u.")],
  secure: [t("Limits on other days"), t("share of unseen days on which a limit breaks")],
  refund_eur: [t("Refunds"), t("largest error of what the operator gives back, in all or to one prosumer, \u20ac")],
  charges: [
    t("Network charges"),
    t("largest difference to what one kWh more costs the operator there, share of the highest"),
  ],
};

function figure(value) {
  if (value === null || value === undefined) return "\u2013";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 0.001 || size >= 1e6) return marked(value.toExponential(1));
  return size < 10 ? format.number(value, 3).replace(/[.,]?0+$/, "") : format.number(value);
}

const VERDICT = { holds: "holds", "does not hold": "fails", "not shown": "unshown" };
const SAID = { holds: t("holds"), "does not hold": t("does not hold"), "not shown": t("not shown") };
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
      html("td", {}, title, html("br", {}), html("span", { class: "quiet" }, told(claim.reason) || text)),
      html("td", { class: "n" }, figure(value)),
      html("td", { class: "n" }, figure(limit)),
      html("td", { class: VERDICT[state] }, SAID[state]),
    );
  });
  const head = html(
    "tr",
    {},
    ...[t("What was checked"), t("Value"), t("Limit"), ""].map((text, i) =>
      html(
        "th",
        i === 1 || i === 2 ? { class: "n", scope: "col" } : { scope: "col" },
        text || html("span", { class: "visually-hidden" }, t("Verdict")),
      ),
    ),
  );
  return html(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": t("Certificates") },
    html("table", { class: "plain" }, html("thead", {}, head), html("tbody", {}, ...rows)),
  );
}

/** @param {Payload} payload */
export function checksCaption(payload) {
  const all = Object.values(payload.summary.certificates || {});
  const count = (wanted) => all.filter((claim) => stateOf(claim) === wanted).length;
  const open = count("not shown");
  return [
    t`${count("holds")} of ${all.length} checks hold${open ? t`, ${open} not shown` : ""}. `,
    [
      t("Recomputed from scenario, network and tables alone. Protection coordination is not checked."),
      ...(payload.summary.remarks || []).map((remark) => t`Note: ${told(remark)}.`),
    ].join(" "),
  ];
}

// -- the modes side by side -----------------------------------------------------------------------------------------

const MODES = [
  ["fixed-no-p2p", t("As built, no trading"), t("As built, no trading|column")],
  ["fixed", t("As built"), t("As built|column")],
  ["static", t("Best fixed"), t("Best fixed|column")],
  ["hourly", t("Hourly"), t("Hourly|column")],
];
const amounts = (name, read, digits, minor) => ({
  name,
  minor,
  text: (payload) => format.number(read(payload.summary), digits || 0),
});
const cost = (name, key) => ({
  ...amounts(name, ({ costs_eur: costs }) => costs[key] || 0, 0, true),
  rare: key === "unserved" || key === "outages",
  read: ({ costs_eur: costs }) => costs[key],
});
const volts = (name, key, beyond) => ({
  name,
  text: ({ summary }) => format.number(summary[key], 4),
  bad: ({ summary, network }) => beyond(summary[key], network),
});
const ROWS = [
  { ...amounts(t("All costs, \u20ac"), (summary) => summary.objective_eur), strong: true, term: "costs" },
  cost(t("retailer"), "retail"),
  cost(t("prosumers\u2019 own"), "own"),
  cost(t("trade fees"), "fees"),
  cost(t("losses"), "losses"),
  cost(t("limits broken"), "violations"),
  cost(t("switching"), "switching"),
  cost(t("energy not supplied"), "outages"),
  cost(t("unserved load"), "unserved"),
  { ...amounts(t("PV curtailed, kWh"), (summary) => summary.curtailed_kwh), term: "curtailed" },
  { ...amounts(t("Losses, kWh"), (summary) => summary.losses_kwh), term: "losses" },
  volts(t("Lowest voltage, p.u."), "vm_min_pu", (value, { vm_min_pu: limit }) => value < limit - 1e-5),
  volts(t("Highest voltage, p.u."), "vm_max_pu", (value, { vm_max_pu: limit }) => value > limit + 1e-5),
  amounts(t("Switching operations"), (summary) => summary.operations),
  {
    name: t("Trading saves them, \u20ac"),
    text: (payload) => (payload.p2p ? format.number(payload.summary.community_saving_eur) : "\u2013"),
  },
];

/**
 * @param {Payload} shown
 * @param {State} state
 */
export function modesTable(shown, { results, pending }) {
  const held = MODES.map(([mode, , head]) => ({ mode, head, payload: results[mode] || null }));
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
    html("th", { scope: "col" }, horizon("title", shown)),
    ...held.map((one) => html("th", { class: column(one), scope: "col" }, one.head)),
  );
  return html(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": t("Modes") },
    html("table", { class: "plain modes" }, html("thead", {}, head), html("tbody", {}, ...rows)),
  );
}

function less(share) {
  const percent = format.number(100 * Math.abs(share), Math.abs(share) < 0.0995 ? 1 : 0);
  if (Math.abs(share) < 0.0005) return t("as much as");
  return share < 0 ? t`${percent} % less than` : t`${percent} % more than`;
}

/**
 * @param {Payload} shown
 * @param {State} state
 */
export function modesCaption(shown, { results }) {
  const { hourly, static: fixed, fixed: initial, "fixed-no-p2p": alone } = results;
  const costs = (payload) => payload.summary.objective_eur;
  const than = (other) => less(costs(hourly) / costs(other) - 1);
  const beside = initial && hourly ? t` and ${than(initial)} the grid as built` : "";
  const name = MODES.find(([mode]) => mode === shown.mode)[1];
  const first =
    hourly && fixed
      ? t`Hourly switching costs ${than(fixed)} the best fixed topology${beside}. `
      : t`${name} costs ${format.number(costs(shown))} \u20ac ${horizon("over", shown)}. `;
  const rest =
    initial && alone
      ? t`In the grid as built, trading is worth ${format.number(costs(alone) - costs(initial))}\u00a0\u20ac.`
      : t("The plan without trading is stored for unedited cases only.");
  return [first, rest];
}
