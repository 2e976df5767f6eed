// A long horizon on the page: what switching saves by how often, losses by day and hour, and which lines are open.

import { showDialog } from "../page/dialog.js";
import { html } from "../page/elements.js";
import { format } from "../page/format.js";
import { t } from "../page/language.js";
import { showFileProblems } from "../drawer/imports.js";
import { drawLines, drawMap, drawSavings } from "./year_drawing.js";
import { KIND, called, lossesOf, openByDay, readYear, rowsPerDay, saves, yearWords } from "./year_plans.js";

const LARGEST = 3e7;
const HEAD = 400;

const eur = (value) => (value === null ? "\u2013" : format.number(value));

function sums(year, chosen) {
  const [most] = year.plans;
  const best = saves(year, most);
  const all = year.initial ? [year.initial, ...year.plans] : year.plans;
  const row = (plan) => {
    const saved = saves(year, plan);
    const part = saved === null || !(best > 0) ? "\u2013" : `${format.number((100 * saved) / best, 1)} %`;
    const numbers = [
      eur(plan.cost_eur),
      eur(saved),
      part,
      format.number(plan.operations),
      format.number(plan.losses_kwh),
    ];
    return html(
      "tr",
      { class: plan.name === chosen ? "here" : null },
      html("th", { scope: "row" }, called(plan.name)),
      ...numbers.map((text) => html("td", { class: "n" }, text)),
      html("td", {}, plan.name === "initial" ? "" : plan.proved ? t("yes") : t("no")),
    );
  };
  const heads = [
    t("Switched"),
    t("Cost, \u20ac"),
    t("Saves, \u20ac"),
    t("Of the most"),
    t("Operations"),
    t("Losses, kWh"),
    t("Proved"),
  ];
  return html(
    "table",
    { class: "plain tight" },
    html(
      "thead",
      {},
      html("tr", {}, ...heads.map((text, at) => html("th", { scope: "col", class: at && at < 6 ? "n" : null }, text))),
    ),
    html("tbody", {}, ...all.map(row)),
  );
}

const days = (count) =>
  [1, 0.25, 0.5, 0.75].map((part) => (part === 1 ? 1 : Math.round(part * count))).sort((a, b) => a - b);

// Days below a map.
const dayTicks = (count) =>
  html(
    "div",
    { class: "year-ticks", "aria-hidden": "true" },
    ...days(count).map((day) => html("span", { style: `left:${(100 * (day - 1)) / count}%` }, t`day ${day}`)),
  );

// What stands under the pointer, in words below the map.
function follow(canvas, columns, rows, tell) {
  const note = html("p", { class: "quiet year-note" }, "\u00a0");
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const column = Math.min(columns - 1, Math.max(0, Math.floor((columns * (event.clientX - box.left)) / box.width)));
    const row = Math.min(rows - 1, Math.max(0, Math.floor((rows * (event.clientY - box.top)) / box.height)));
    note.textContent = tell(column, row);
  });
  canvas.addEventListener("pointerleave", () => (note.textContent = "\u00a0"));
  return note;
}

function legend({ low, high }) {
  const ends = [format.number(low, 1), `${format.number(high, 1)} kW`];
  return html(
    "div",
    { class: low < 0 ? "year-legend both" : "year-legend" },
    html("span", {}, ends[0]),
    html("i", {}),
    html("span", {}, ends[1]),
  );
}

// Losses of a plan by day and hour, or what they are below those of the initial topology.
function lossMap(year, plan, saved) {
  const [values, per] = [lossesOf(year, plan, saved), rowsPerDay(year)];
  const told = saved ? t("Losses saved by day and hour") : t("Losses by day and hour");
  const { canvas, scale, days: count } = drawMap(year, values, told);
  const tell = (day, hour) => {
    const row = day * per + hour;
    if (row >= values.length) return "";
    const [when, kw] = [format.clock(row, year.step), format.kw(values[row])];
    const opened = plan.open[row].map((line) => year.names.get(line) || line).join(", ");
    return t`${when}: ${kw}, open ${opened}`;
  };
  return html(
    "div",
    { class: "year-part" },
    html("div", { class: "year-head" }, html("h3", {}, told), legend(scale)),
    html(
      "div",
      { class: "year-frame" },
      html(
        "div",
        { class: "year-hours", "aria-hidden": "true" },
        html("span", {}, "00"),
        html("span", {}, "12"),
        html("span", {}, "24"),
      ),
      canvas,
    ),
    dayTicks(count),
    follow(canvas, count, per, tell),
  );
}

function lineMap(year, plan) {
  const lines = openByDay(year, plan);
  const told = t("Lines that are open, day by day");
  const canvas = drawLines(lines, told);
  canvas.style.height = `${Math.max(5, 15 * lines.length)}px`;
  const count = lines[0].days.length;
  const name = ({ line }) => year.names.get(line) || String(line);
  const tell = (day, row) =>
    t`day ${day + 1}: line ${name(lines[row])} is open ${format.number(100 * lines[row].days[day])} % of the time`;
  const names = html("div", { class: "year-names" }, ...lines.map((item) => html("span", {}, name(item))));
  return html(
    "div",
    { class: "year-part" },
    html("h3", {}, told),
    html("div", { class: "year-frame" }, names, canvas),
    dayTicks(count),
    follow(canvas, count, lines.length, tell),
  );
}

function choice(label, options, value, change) {
  const select = /** @type {HTMLSelectElement} */ (
    html("select", { "aria-label": label }, ...options.map(([key, text]) => html("option", { value: key }, text)))
  );
  select.value = value;
  select.addEventListener("change", () => change(select.value));
  return html("label", {}, label, " ", select);
}

const beside = (table) =>
  html("div", { class: "year-sums", tabindex: 0, role: "region", "aria-label": t("Plans") }, table);

// All of it for one plan; a choice draws it anew.
function filled(body, year, shown) {
  const plan = year.plans.find(({ name }) => name === shown.plan);
  const width = Math.max(280, Math.min(body.clientWidth || 760, 900));
  const again = (more) => {
    filled(body, year, { ...shown, ...more });
    /** @type {HTMLElement} */ (body.querySelector(more.plan ? "select" : "label + label select")).focus();
  };
  const plans = year.plans.map(({ name }) => [name, called(name)]);
  const kinds = [
    ["", t("losses")],
    ["saved", t("losses saved")],
  ];
  body.replaceChildren(
    html("p", { class: "year-words" }, yearWords(year)),
    html(
      "div",
      { class: "year-top" },
      drawSavings(year, { width: Math.min(width, 620), height: 250, chosen: shown.plan }),
      beside(sums(year, shown.plan)),
    ),
    html(
      "div",
      { class: "roles-controls" },
      choice(t("Plan"), plans, shown.plan, (name) => again({ plan: name })),
      ...(year.initial
        ? [choice(t("Colours"), kinds, shown.saved ? "saved" : "", (kind) => again({ saved: Boolean(kind) }))]
        : []),
    ),
    lossMap(year, plan, shown.saved),
    lineMap(year, plan),
  );
}

// Opens a horizon in a dialog.
/**
 * @param {YearOfPlans} year
 * @param {string} name of its file
 */
export function showYear(year, name) {
  const body = html("div", { class: "year" });
  const dialog = showDialog(year.network ? t`${year.network}: plans by how often lines are switched` : name, body);
  dialog.classList.add("wide-dialog", "year-dialog");
  filled(body, year, { plan: year.plans[0].name, saved: false });
}

// A file of plans opens, whatever the page has; false for any other file.
/** @param {File} file */
export async function openYear(file) {
  if (!/\.json$/i.test(file.name) || file.size > LARGEST) return false;
  if (!(await file.slice(0, HEAD).text()).includes(KIND)) return false;
  try {
    showYear(readYear(await file.text()), file.name);
  } catch (error) {
    showFileProblems(file.name, [error instanceof SyntaxError ? t("It is no JSON.") : error.message]);
  }
  return true;
}
