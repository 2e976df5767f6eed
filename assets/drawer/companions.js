// Cells that a typed cell makes necessary: a first PV needs a profile, a capacity a power, a price its counterpart.
// They are filled in the table, where everybody sees them, and only where nothing stands. Pure.

import { readNumber, readSeries } from "./series.js";

/** @typedef {(row: Texts, draft: Draft) => string} Make */

const text = (row, key) => String(row[key] || "").trim();
const above0 = (row, key) => readNumber(text(row, key)) > 0;
const rounded = (value, digits) => String(Number(value.toFixed(digits)));

// What stands in a column most often, of the rows that have it; null where none has.
function usual(rows, key, fits) {
  const counts = new Map();
  rows.filter(fits).forEach((row) => counts.set(text(row, key), (counts.get(text(row, key)) || 0) + 1));
  return [...counts].reduce((best, one) => (best && best[1] >= one[1] ? best : one), null)?.[0] ?? null;
}

// Whether a profile rests at night: some of its values are zero and some are not.
function rests(values, hours) {
  const series = readSeries(values, hours) || [];
  return series.includes(0) && series.some((value) => value > 0);
}

// The profile that the others have; else one that is as sun or as load is.
/**
 * @param {Draft} draft
 * @param {"pv" | "load"} kind
 */
export function usualProfile({ rows, profiles, hours }, kind) {
  const key = `${kind}_profile`;
  const known = Object.keys(profiles);
  const others = usual(rows, key, (row) => above0(row, `${kind}_kw`) && known.includes(text(row, key)));
  if (others) return others;
  const sun = known.filter((name) => rests(profiles[name], hours));
  const [first] = kind === "pv" ? sun : known.filter((name) => !sun.includes(name));
  return first || known[0] || "";
}

// A profile that is not named is the document's own one, "pv" or "load", where there is one of that name.
function profileOf(kind) {
  return (row, draft) => {
    const named = text(row, `${kind}_profile`) || Object.hasOwn(draft.profiles, kind);
    return named || !above0(row, `${kind}_kw`) ? {} : { [`${kind}_profile`]: usualProfile(draft, kind) };
  };
}

// The mean of the retailer's price, EUR/kWh; what is worth or costs as much is neither always nor never used.
function price({ settings, hours }) {
  const series = readSeries(settings.buy || "", hours);
  return series ? rounded(series.reduce((sum, value) => sum + value, 0) / series.length, 3) : "";
}

const others = (draft, row, key) => usual(draft.rows, key, (other) => other.row !== row.row && text(other, key) !== "");

const scaled = (key, factor) => (row) => {
  const value = readNumber(text(row, key));
  return value >= 0 ? rounded(factor * value, 1) : "";
};
const most = (key) => (row, draft) => others(draft, row, key) || "10";
const worth = (key) => (row, draft) => others(draft, row, key) || price(draft);
const capacity = (row, draft) =>
  above0(row, "battery_initial") ? scaled("battery_initial", 2)(row) : others(draft, row, "battery_capacity") || "10";

// Two cells that are there together, and lesser ones of the same part: what each of the two is where the other one was
// typed, and what both are where a lesser one was.
/** @type {{needed: [string, string], lesser: string[], fill: [Make, Make], begin: Make | null}[]} */
const PARTS = [
  {
    needed: ["battery_capacity", "battery_power"],
    lesser: ["battery_efficiency", "battery_initial", "battery_min", "battery_cycle", "battery_wear"],
    fill: [scaled("battery_power", 3), scaled("battery_capacity", 1 / 3)],
    begin: capacity,
  },
  ...["elastic", "generator"].map((kind) => {
    /** @type {[string, string]} */
    const needed = [`${kind}_max`, kind === "elastic" ? "elastic_utility" : "generator_cost"];
    /** @type {[Make, Make]} */
    const fill = [most(needed[0]), worth(needed[1])];
    return { needed, lesser: [`${kind}_slope`], fill, begin: fill[0] };
  }),
  {
    needed: ["own_buy", "own_sell"],
    lesser: [],
    fill: [(_, { settings }) => settings.buy || "", (_, { settings }) => settings.sell || ""],
    begin: null,
  },
];

/** @param {(typeof PARTS)[number]} part */
function partOf({ needed: [first, second], lesser, fill: [makeFirst, makeSecond], begin }) {
  return (row, draft, typed) => {
    const [one, other] = [text(row, first), text(row, second)];
    if (typed === first && !other) return { [second]: makeSecond(row, draft) };
    if (typed === second && !one) return { [first]: makeFirst(row, draft) };
    if (!lesser.includes(typed) || one || other) return {};
    const begun = { ...row, [first]: begin(row, draft) };
    return { [first]: begun[first], [second]: makeSecond(begun, draft) };
  };
}

const RULES = [
  { keys: ["pv_kw"], rule: profileOf("pv") },
  { keys: ["load_kw", "flexible_share"], rule: profileOf("load") },
  ...PARTS.map((part) => ({ keys: [...part.needed, ...part.lesser], rule: partOf(part) })),
];

// What one typed cell makes necessary in its row, as cells to fill; a cell that was emptied asks for nothing.
/**
 * @param {Draft} draft
 * @param {Texts} row
 * @param {string} typed  the column that was typed into
 * @returns {Texts}
 */
export function companions(draft, row, typed) {
  if (!text(row, typed)) return {};
  return RULES.filter(({ keys }) => keys.includes(typed)).reduce(
    (cells, { rule }) => ({ ...cells, ...rule(row, draft, typed) }),
    {},
  );
}

// Rows with what the cells typed in them make necessary; `typed` names the columns by row.
/**
 * @param {Draft} draft
 * @param {Texts[]} rows
 * @param {Record<string, string[]>} typed
 */
export const withCompanions = (draft, rows, typed) =>
  rows.map((row) =>
    (typed[row.row] || []).reduce((own, key) => ({ ...own, ...companions({ ...draft, rows }, own, key) }), row),
  );
