// The operator's roles side by side: what each costs, what the operator pays, who gains and who loses by name. Started
// by a button, as it takes several solves.

import { html } from "../page/elements.js";
import { format } from "../page/format.js";
import { horizon } from "../page/horizon.js";
import { term } from "../page/terms.js";
import { t } from "../page/language.js";
import { worseOffText } from "./bills.js";
import { costBars } from "./cost_bars.js";
import { cancelRoles, solveRoles } from "./roles_job.js";
import { ROLES, against, gapOf, named, operatorCost, refusal } from "./roles_words.js";

const percent = (value) => (value === null ? "\u2013" : `${format.number(100 * value, 2)} %`);

// The button, or how far it is.
/** @param {State} state */
function controls(state) {
  const { roles } = state;
  const why = refusal(state);
  const again = Object.keys(roles.results).length > 0;
  const button = roles.job
    ? html("button", { type: "button", id: "roles-cancel" }, t("Cancel"))
    : html(
        "button",
        { type: "button", id: "roles-start", disabled: why ? "" : null },
        again ? t("Compare again") : t("Compare the roles"),
      );
  button.addEventListener("click", roles.job ? cancelRoles : solveRoles);
  const names = Object.fromEntries(ROLES);
  const [next] = roles.pending.filter((role) => !roles.results[role]);
  const now = next ? t`Solving \u201c${names[next] || next}\u201d \u2026` : "";
  const said = roles.note || now || why || (again ? "" : t("Four solves, one for each role."));
  return html("div", { class: "roles-controls" }, button, html("p", { class: "quiet", role: "status" }, said));
}

const count = (people) => (people === null ? "\u2013" : format.number(people.length));
const ROWS = [
  { name: t("Operator pays, \u20ac"), word: "operator", text: ({ summary }) => format.number(operatorCost(summary)) },
  {
    name: t("Charges collected, \u20ac"),
    text: ({ bills }) => format.number(bills.network_eur.reduce((sum, eur) => sum + eur, 0)),
  },
  { name: t("PV curtailed, kWh"), word: "curtailed", text: ({ summary }) => format.number(summary.curtailed_kwh) },
  { name: t("Losses, kWh"), word: "losses", text: ({ summary }) => format.number(summary.losses_kwh) },
  { name: t("Gap"), word: "gap", text: ({ summary }) => percent(gapOf(summary)) },
  { name: t("Gain against the tariff"), text: (_, { tariff }) => count(tariff.gain) },
  { name: t("Lose against the tariff"), word: "tariff", bad: true, text: (_, { tariff }) => count(tariff.lose) },
  { name: t("Gain against one optimum"), text: (_, { welfare }) => count(welfare && welfare.gain) },
  { name: t("Lose against one optimum"), text: (_, { welfare }) => count(welfare && welfare.lose) },
];

function figures(found, welfare) {
  const people = found.map(({ payload }) => against(payload, welfare));
  const cell = (row) => (one, i) => {
    const text = row.text(one.payload, people[i]);
    return html("td", { class: `n${row.bad && people[i].tariff.lose.length ? " fails" : ""}` }, text);
  };
  const head = html(
    "tr",
    {},
    html("th", { scope: "col" }, horizon("title", found[0].payload)),
    ...found.map(({ name }) => html("th", { class: "n", scope: "col" }, name)),
  );
  const body = ROWS.map((row) =>
    html("tr", {}, html("th", { scope: "row" }, term(row.name, row.word)), ...found.map(cell(row))),
  );
  return html("table", { class: "plain modes" }, html("thead", {}, head), html("tbody", {}, ...body));
}

// Who gains and who loses, by name.
function names(found, welfare) {
  const line = (said, ids, people) => html("p", {}, html("span", { class: "quiet" }, `${said}: `), named(ids, people));
  return html(
    "dl",
    { class: "roles-names" },
    ...found.flatMap(({ role, name, what, payload }) => {
      const { tariff, welfare: other } = against(payload, welfare);
      const { id } = payload.prosumers;
      const beside =
        role === "welfare" || !other
          ? []
          : [
              line(t("pay more than with one optimum"), id, other.lose),
              line(t("pay less than with one optimum"), id, other.gain),
            ];
      return [
        html("dt", {}, html("strong", {}, name), html("span", { class: "quiet" }, ` ${what}`)),
        html(
          "dd",
          {},
          line(t("pay more than the tariff alone"), id, tariff.lose),
          line(t("pay less"), id, tariff.gain),
          ...beside,
        ),
      ];
    }),
  );
}

// What is missing, and why.
function missing({ roles }) {
  const told = ROLES.filter(([role]) => roles.missing[role]);
  return told.map(([role, name]) => html("p", { class: "quiet" }, t`${name} is missing: ${roles.missing[role]}`));
}

/** @param {State} state */
const solved = ({ roles }) =>
  ROLES.filter(([role]) => roles.results[role]).map(([role, name, what]) => ({
    role,
    name,
    what,
    payload: roles.results[role],
  }));

/**
 * @param {Payload} _
 * @param {State} state
 */
export function rolesTable(_, state) {
  const found = solved(state);
  const { welfare } = state.roles.results;
  const what = ROLES.flatMap(([, name, said]) => [html("dt", {}, html("strong", {}, name)), html("dd", {}, said)]);
  const content = found.length
    ? [costBars(found), figures(found, welfare), names(found, welfare)]
    : [html("dl", { class: "roles-names" }, ...what)];
  return html(
    "div",
    { class: "scroll roles", tabindex: 0, role: "region", "aria-label": t("Roles") },
    controls(state),
    ...content,
    ...missing(state),
  );
}

// What the operator's role changes, in words: who is worse off than by the tariff alone comes first.
/**
 * @param {Payload} _
 * @param {State} state
 */
export function rolesCaption(_, state) {
  const found = solved(state);
  if (!found.length)
    return [t("What the operator may do decides who pays. "), t("Compare its roles for the plan on show.")];
  const worst = found.reduce((most, one) => (lost(one) > lost(most) ? one : most));
  const cheapest = found.reduce((least, one) => (costOf(one) < costOf(least) ? one : least));
  const dearest = found.reduce((most, one) => (costOf(one) > costOf(most) ? one : most));
  const range =
    found.length > 1
      ? t`All costs come to ${eur(costOf(cheapest))} (${cheapest.name}) to ${eur(costOf(dearest))} (${dearest.name}).`
      : "";
  return [`${worst.name}: ${worseOffText(worst.payload)}`, range];
}

const eur = (value) => `${format.number(value)}\u00a0\u20ac`;
const costOf = ({ payload }) => payload.summary.objective_eur;
const lost = ({ payload }) => against(payload, undefined).tariff.lose.reduce((sum, [, eur]) => sum + eur, 0);
