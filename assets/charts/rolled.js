// The day as it was seen and as it came, hour by hour, with what was planned anew on the way.

import { html } from "../page/elements.js";
import { format } from "../page/format.js";
import { horizon } from "../page/horizon.js";
import { t } from "../page/language.js";
import { goTo } from "../page/store.js";
import { tryTopology } from "../whatif/manual_switching.js";
import { PARTS } from "./cost_bars.js";
import { letADayCome, planEvery, planMarket } from "./rolled_job.js";

const EVERY = [1, 3, 6, 12, 24];
const eur = (value) => `${format.number(value, 2)}\u00a0\u20ac`;

const cells = (row) => row.map(([text, number]) => html("td", { class: number ? "n" : null }, text));
const heads = (names) =>
  html(
    "thead",
    {},
    html("tr", {}, ...names.map(([name, number]) => html("th", { scope: "col", class: number ? "n" : null }, name))),
  );

// Lines that change state before an hour: "closes 7, opens 33".
/**
 * @param {RolledDay} day
 * @param {number} hour
 * @param {number[]} first lines that are open before the day
 */
export function switched({ hours }, hour, first) {
  const before = hour ? hours[hour - 1].open_lines : first;
  const now = hours[hour].open_lines;
  const closed = before.filter((line) => !now.includes(line)).join(", ");
  const opened = now.filter((line) => !before.includes(line)).join(", ");
  return [...(closed ? [t`closes ${closed}`] : []), ...(opened ? [t`opens ${opened}`] : [])].join("; ");
}

// What costs are of where the switching alone is planned anew: of the day, and of an hour.
/** @param {Payload} payload */
export const weighed = ({ summary }) =>
  summary.costs_eur.outages === undefined
    ? [
        t("Losses, violations, switching"),
        t("\u2022 planned anew. Costs of an hour are losses and violations; seen: when it was planned last."),
      ]
    : [
        t("Losses, violations, switching, energy not supplied"),
        t("\u2022 planned anew. Of an hour: losses, violations, energy not supplied; seen: when it was planned last."),
      ];

// What the three ways of switching cost.
/**
 * @param {RolledDay} day
 * @param {string} ofGrid
 */
function sums(day, ofGrid) {
  const rows = [
    [t("Planned anew on the way"), day.rolled_eur, day.regret_eur],
    [t("The plan made once"), day.once_eur, day.regret_of_once_eur],
    [t("All known from the start"), day.foresight_eur, 0],
  ];
  return html(
    "table",
    { class: "plain tight" },
    heads([
      [day.market ? t("Plan") : t("Switching")],
      [day.market ? t("All costs") : ofGrid, true],
      [t("Regret"), true],
    ]),
    html(
      "tbody",
      {},
      ...rows.map(([name, cost, regret]) => html("tr", {}, ...cells([[name], [eur(cost), 1], [eur(regret), 1]]))),
    ),
  );
}

// All costs by part, where the market was planned anew as well.
/** @param {RolledDay} day */
function parts({ market }) {
  if (!market) return null;
  const { rolled, once, foresight } = market.costs_eur;
  const ways = [rolled, once, foresight];
  const row = (part) => cells([[part[1]], ...ways.map((costs) => [format.number(costs[part[0]], 2), 1])]);
  const used = PARTS.filter(([key]) => ways.some((costs) => Math.abs(costs[key] || 0) > 0.005));
  return html(
    "table",
    { class: "plain tight" },
    heads([
      [t("Of it, \u20ac")],
      [t("Planned anew"), true],
      [t("The plan made once"), true],
      [t("All known from the start"), true],
    ]),
    html("tbody", {}, ...used.map((part) => html("tr", {}, ...row(part)))),
  );
}

/**
 * @param {Payload} payload
 * @param {State} state
 */
function film(payload, { rolled, hour: now }) {
  const day = rolled.found;
  const plans = new Set(day.turns.map(({ step }) => step));
  const row = (item) => {
    const when = format.clock(item.hour, payload.step_h);
    const button = html("button", { type: "button", class: "link" }, when);
    button.addEventListener("click", () => goTo(item.hour));
    return html(
      "tr",
      { class: item.hour === now ? "here" : null, "aria-current": item.hour === now ? "true" : null },
      html("td", {}, button, plans.has(item.hour) ? " \u2022" : ""),
      ...cells([
        [format.number(item.seen_kw), 1],
        [format.number(item.came_kw), 1],
        [format.number(item.seen_eur, 2), 1],
        [format.number(item.came_eur, 2), 1],
        [format.number(item.once_eur, 2), 1],
        [switched(day, item.hour, payload.network.initially_open)],
      ]),
    );
  };
  return html(
    "table",
    { class: "plain tight film" },
    heads([
      [t("Hour")],
      [t("Seen, kW"), true],
      [t("Came, kW"), true],
      [t("Seen, \u20ac"), true],
      [t("Came, \u20ac"), true],
      [t("Plan made once, \u20ac"), true],
      [t("Switched")],
    ]),
    html("tbody", {}, ...day.hours.map(row)),
  );
}

// The topology of the hour on show, as a trial: with the powers of the plan.
/** @param {State} state */
function tryButton({ rolled, hour, trial }) {
  const off = trial || !rolled.found.hours[hour];
  const button = html(
    "button",
    { type: "button", class: "small", disabled: off ? "" : null },
    t("Try the hour\u2019s topology"),
  );
  button.addEventListener("click", () => tryTopology(rolled.found.hours[hour].open_lines.map((line) => line - 1)));
  return button;
}

/** @param {State} state */
function controls(state) {
  const { rolled, stale, foreign } = state;
  const off = rolled.busy || stale || foreign;
  const select = html(
    "select",
    { id: "rolled-every", "aria-label": t("Hours between two plans") },
    ...EVERY.map((hours) => html("option", { value: hours }, hours === 1 ? t("every hour") : t`every ${hours} h`)),
  );
  select.value = rolled.every;
  select.addEventListener("change", () => planEvery(Number(select.value)));
  const what = html(
    "select",
    { id: "rolled-market", "aria-label": t("What is planned anew") },
    html("option", { value: "" }, t("switching alone")),
    html("option", { value: "market" }, t("market, batteries, switching")),
  );
  what.value = rolled.market ? "market" : "";
  what.addEventListener("change", () => planMarket(what.value === "market"));
  const seed = rolled.found ? rolled.seed + 1 : rolled.seed;
  const name = rolled.found ? t("Let another one come") : t`Let ${horizon("one")} come`;
  const button = html("button", { type: "button", id: "rolled-start", disabled: off ? "" : null }, name);
  button.addEventListener("click", () => letADayCome(seed));
  const idle = rolled.found
    ? ""
    : t("Sun and loads turn out otherwise; what is left is planned anew with what is known by then.");
  return html(
    "div",
    { class: "roles-controls" },
    html("label", {}, t("Planned"), " ", select),
    html("label", {}, what),
    button,
    html("p", { class: "quiet", role: "status" }, rolled.note || idle),
  );
}

/**
 * @param {Payload} payload
 * @param {State} state
 */
export function rolledTable(payload, state) {
  const { found } = state.rolled;
  const [ofDay, ofHour] = weighed(payload);
  const hours = found && [
    html("h3", {}, t("As it was seen and as it came")),
    tryButton(state),
    film(payload, state),
    html(
      "p",
      { class: "quiet" },
      found.market
        ? t("\u2022 planned anew. Costs of an hour are all but switching; seen: when it was planned last.")
        : ofHour,
    ),
  ];
  return html(
    "div",
    { class: "scroll security", tabindex: 0, role: "region", "aria-label": t("As it comes") },
    controls(state),
    ...(found ? [sums(found, ofDay), parts(found), ...hours] : []),
  );
}

/**
 * @param {Payload} _
 * @param {State} state
 */
export function rolledCaption(_, state) {
  const { found } = state.rolled;
  if (!found) {
    const stays = state.rolled.market
      ? t("Trades of hours that are over stay; all that is left is planned anew.")
      : t("Trades and batteries stay as agreed; switching may change.");
    return [t("What if it turns out otherwise? "), stays];
  }
  const better = found.once_eur - found.rolled_eur;
  const first =
    better >= 0
      ? t`Planning anew saves ${eur(better)} against the plan made once. `
      : t`Planning anew costs ${eur(-better)} more than the plan made once. `;
  const [known, balanced] = [eur(found.foresight_eur), eur(found.balancing_eur)];
  const second = found.foresight_proved
    ? t`Who knew it all would have paid ${known}; retailers balance it for ${balanced}.`
    : t`Who knew it all would have paid ${known}, as far as searched; retailers balance it for ${balanced}.`;
  return [first, second];
}
