// What breaks on the unseen days of a secure plan: limits by the days on which they break, and the days to look at.

import { html } from "../page/elements.js";
import { format } from "../page/format.js";
import { goTo } from "../page/store.js";
import { t } from "../page/language.js";
import { openDetails } from "../diagram/pointing.js";
import { limitsBroken, percent, worstText } from "./security_words.js";

const heads = (...names) =>
  html(
    "thead",
    {},
    html("tr", {}, ...names.map(([name, number]) => html("th", { scope: "col", class: number ? "n" : null }, name))),
  );

function limitTable(test) {
  const rows = limitsBroken(test).map(([what, days]) =>
    html(
      "tr",
      {},
      html("td", {}, what[0].toUpperCase() + what.slice(1)),
      html("td", { class: "n" }, format.number(days)),
      html("td", { class: "n" }, percent(days / test.days)),
    ),
  );
  if (!rows.length) return html("p", {}, t`No limit breaks on any of ${format.number(test.days)} unseen days.`);
  return html(
    "table",
    { class: "plain tight" },
    heads([t("Limit that breaks")], [t("Days"), true], [t("Share"), true]),
    html("tbody", {}, ...rows),
  );
}

/**
 * A day to look at: its hour and place on the diagram, by a button.
 * @param {Payload} payload
 * @param {WorstDay} day
 */
function worstRow(payload, day) {
  const when = format.clock(day.hour, payload.step_h);
  const button = html("button", { type: "button", class: "link" }, when);
  const place = day.at === null ? null : [day.limit === "line" ? "line" : "bus", day.at - 1];
  button.setAttribute(
    "aria-label",
    place ? t`Show ${when}, ${day.limit === "line" ? t`line ${day.at}` : t`bus ${day.at}`}` : t`Show ${when}`,
  );
  button.addEventListener("click", () => {
    goTo(day.hour);
    if (place) openDetails(/** @type {[string, number]} */ (place));
  });
  return html(
    "tr",
    {},
    html("td", { class: "n" }, format.number(day.day)),
    html("td", {}, button),
    html("td", {}, worstText(day, payload)),
    html("td", { class: "n" }, format.number(day.hours)),
  );
}

function worstTable(payload, test) {
  if (!test.worst)
    return html(
      "p",
      {},
      t`The worst days are number ${test.worst_days.join(", ")}; solve again to see when and where.`,
    );
  return html(
    "table",
    { class: "plain tight" },
    heads([t("Day no."), true], [t("At")], [t("What happens there")], [t("Hours broken"), true]),
    html("tbody", {}, ...test.worst.map((day) => worstRow(payload, day))),
  );
}

/** @param {Payload} payload */
export function breakingTable(payload) {
  const { secure } = payload.summary;
  const { test, limits } = secure;
  const { network } = payload;
  const drawn = t`Days are drawn with seed ${test.seed}; the numbers name them again. `;
  const [least, most] = [network.vm_min_pu, network.vm_max_pu].map((volts) => format.number(volts, 4));
  const [low, high] = [limits.vm_min_pu, limits.vm_max_pu].map((volts) => format.number(volts, 3));
  const held = t(
    "To keep them, the planner held voltages within {0} to {1} p.u.; the limits are {2} to {3}. " +
      "The diagram measures against what the planner held.",
    least,
    most,
    low,
    high,
  );
  return html(
    "div",
    { class: "scroll security", tabindex: 0, role: "region", "aria-label": t("What breaks on other days") },
    html("h3", {}, t("Limits")),
    limitTable(test),
    html("h3", {}, t("The three worst days")),
    worstTable(payload, test),
    html("p", { class: "quiet" }, drawn, held),
  );
}

/** @param {Payload} payload */
export function breakingCaption(payload) {
  const { test, price_eur: price, plan, nominal } = payload.summary.secure;
  const [broken, days, planned] = [test.violated, test.days, plan.days].map((value) => format.number(value));
  const before = t`The plan for the forecast breaks one on ${format.number(nominal.violated)} of ${planned}. `;
  const cost = t`Security costs ${format.number(price, 2)}\u00a0\u20ac if all comes as forecast`;
  const sun = t`${format.number(test.forgone_kwh)} kWh of sun above the forecast are kept back on a mean day`;
  const worth = t`worth ${format.number(test.forgone_eur)}\u00a0\u20ac`;
  return [t`Limits break on ${broken} of ${days} unseen days. `, `${before}${cost}; ${sun}, ${worth}.`];
}
