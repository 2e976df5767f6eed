// If a line fails: the worst single faults of the hour, and those of the plan's topology beside the cheapest other's.

import { html } from "../page/elements.js";
import { format } from "../page/format.js";
import { shownPayload } from "../page/store.js";
import { t } from "../page/language.js";
import { openDetails } from "../diagram/pointing.js";
import { generatorsKept } from "../whatif/if_it_fails.js";
import { lookAtFaults } from "./faults_job.js";

const MOST = 12;

// Faults that leave somebody unsupplied, the worst first.
/** @param {Outage[]} faults */
export const worstFirst = (faults) =>
  faults
    .filter(({ not_supplied_kwh: kwh }) => kwh > 0.05)
    .sort((a, b) => b.not_supplied_kwh - a.not_supplied_kwh || a.line - b.line);

// What a topology's faults come to: the worst, and the mean over the lines in use.
/** @param {Outage[]} faults */
export function scoreOf(faults) {
  const [worst] = worstFirst(faults);
  const sum = faults.reduce((total, { not_supplied_kwh: kwh }) => total + kwh, 0);
  return { worst: worst || null, mean: faults.length ? sum / faults.length : 0 };
}

const head = (...names) =>
  html(
    "thead",
    {},
    html("tr", {}, ...names.map((name, i) => html("th", { scope: "col", class: i ? "n" : null }, name))),
  );
const number = (value, digits = 0) => html("td", { class: "n" }, format.number(value, digits));

// The topologies beside each other: what they lose, and what their worst fault leaves unsupplied.
function scores(found) {
  const row = ({ name, loss, faults }) => {
    const { worst, mean } = scoreOf(faults);
    return html(
      "tr",
      {},
      html("td", {}, name[0].toUpperCase() + name.slice(1)),
      number(loss, 1),
      html("td", { class: "n" }, worst ? t`line ${worst.line}` : t("none")),
      number(worst ? worst.not_supplied_kwh : 0),
      number(mean),
    );
  };
  return html(
    "table",
    { class: "plain tight" },
    head(t("Topology"), t("Losses, kW"), t("Worst fault"), t("Its energy, kWh"), t("Mean fault, kWh")),
    html("tbody", {}, ...found.map(row)),
  );
}

function ranking(faults) {
  const worst = worstFirst(faults);
  if (!faults.length) return html("p", {}, t("No line is in use in this hour: nothing can fail."));
  if (!worst.length) return html("p", {}, t("No single fault leaves anybody without supply in this hour."));
  const row = (fault) => {
    const button = html("button", { type: "button", class: "link" }, t`Line ${fault.line}`);
    button.addEventListener("click", () => openDetails(["line", fault.line - 1]));
    return html(
      "tr",
      {},
      html("td", {}, button),
      number(fault.lost_kw),
      number(fault.operations),
      number(fault.shed_kw),
      number(fault.not_supplied_kwh),
    );
  };
  const more = worst.length > MOST ? [html("p", { class: "quiet" }, t`${worst.length - MOST} lines more.`)] : [];
  return html(
    "div",
    {},
    html(
      "table",
      { class: "plain tight" },
      head(t("Fault"), t("Lost, kW"), t("Oper\u00adations"), t("Stays dark, kW"), t("Not sup\u00adplied, kWh")),
      html("tbody", {}, ...worst.slice(0, MOST).map(row)),
    ),
    ...more,
  );
}

/** @param {State} state */
function controls({ faults, stale, foreign }) {
  const off = faults.busy || stale || foreign;
  const button = html(
    "button",
    { type: "button", id: "faults-start", disabled: off ? "" : null },
    t("Let every line fail once"),
  );
  button.addEventListener("click", lookAtFaults);
  const idle = faults.found ? "" : t("The best way back is looked for after every single fault of this hour.");
  return html(
    "div",
    { class: "roles-controls" },
    button,
    html("p", { class: "quiet", role: "status" }, faults.note || idle),
  );
}

/**
 * @param {Payload} _
 * @param {State} state
 */
export function faultsTable(_, state) {
  const { found } = state.faults;
  return html(
    "div",
    { class: "scroll security", tabindex: 0, role: "region", "aria-label": t("If a line fails") },
    controls(state),
    ...(found && found.length ? [scores(found), html("h3", {}, t("The worst faults")), ranking(found[0].faults)] : []),
  );
}

/**
 * @param {Payload} _
 * @param {State} state
 */
export function faultsCaption(_, state) {
  const { found } = state.faults;
  const { step_h: step, summary } = shownPayload(state);
  const when = format.clock(state.hour, step);
  if (!found || !found.length) return [t`What if a line fails at ${when}? `, t("Click a line to see one fault alone.")];
  const [own, next] = found.map(({ faults }) => scoreOf(faults));
  if (!own.worst) return [t("No single fault leaves anybody without supply. "), ""];
  const kwh = format.number(own.worst.not_supplied_kwh);
  const beside =
    next && next.worst
      ? t`In the cheapest other topology the worst leaves ${format.number(next.worst.not_supplied_kwh)} kWh. `
      : "";
  const model = t("Repair 4 h, 15 min an operation; the loads of this hour last until the repair.");
  const after = [`${beside}${model}`, ...generatorsKept(summary)].join(" ");
  return [t`The worst fault at ${when}, line ${own.worst.line}, leaves ${kwh} kWh unsupplied. `, after];
}
