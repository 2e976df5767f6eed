// What the page says, in its language. The sentences of the code are English; those of another language stand in the
// page by the English ones (p2pdnr/languages.py), so that a page in English carries none.

/** @typedef {Record<string, string>} Plural a sentence by plural category of its first value */
/** @type {{key: string, locale: string, capitals: boolean, script: Record<string, string | Plural>,
 *   server: Record<string, string>, told?: Record<string, string>}} */
const ENGLISH = { key: "en", locale: "en-GB", capitals: false, script: {}, server: {} };

function book() {
  const block = typeof document === "undefined" ? null : document.getElementById("words");
  return block ? JSON.parse(block.textContent) : ENGLISH;
}

const spoken = book();
const plural = new Intl.PluralRules(spoken.locale);

// The language as the address has it, and the locale of its dates and numbers.
export const language = spoken.key;
export const locale = spoken.locale;

// What the server says in English, by its patterns (told.js).
export const patterns = spoken.told || {};

const [, decimal] = new Intl.NumberFormat(locale).format(1.5);

// A number as JavaScript writes it, "-1.2e-5", with the marks that people read.
/** @param {string} text */
export const marked = (text) => text.replace(".", decimal).replaceAll("-", "\u2212");

// A number of the server, "50,751" or "0.26", as it is written here; other texts stay.
/** @param {string} text */
export const numeral = (text) =>
  /^-?\d{1,3}(,\d{3})*(\.\d+)?$|^-?\d+\.\d+$/.test(text)
    ? new Intl.NumberFormat(locale, { maximumFractionDigits: 12 }).format(Number(text.replaceAll(",", "")))
    : text;

// What stands in a field, where decimals follow a comma: a number that is written with a point is shown with the comma,
// and one that is typed with a comma is meant so. Any other text is shown, and kept, as it is.
/** @param {string} text */
export const inField = (text) =>
  decimal === "," && /^[-+]?\d*\.\d+( ?%)?$/.test(text || "") ? text.replace(".", decimal) : text;
/** @param {string} text */
export const fromField = (text) =>
  decimal === "," && /^\s*[-+\u2212]?\d*,\d+( ?%)?\s*$/.test(text) ? text.replace(",", ".") : text;

// The same of several numbers, with blanks between them.
const each = (change) => (text) => text.split(/(\s+)/).map(change).join("");
export const inFields = each(inField);
export const fromFields = each(fromField);

// A label within a sentence: in lower case, but for a language whose nouns keep their capital.
/** @param {string} text */
export const inside = (text) => (spoken.capitals ? text : text.toLowerCase());

/** @param {string | Plural} told */
const chosen = (told, values) =>
  typeof told === "string" ? told : told[plural.select(Number(values[0]))] || told.other;

/** @param {TemplateStringsArray} parts */
const sentence = (parts) => parts.reduce((before, part, i) => `${before}{${i - 1}}${part}`);

// A sentence of the page: t("Solve"), or with values in its places: t`line ${n} opens`, t("line {0} opens", n). What
// stands behind a "|" is for translators: it tells two meanings of one English word apart.
/**
 * @param {string | TemplateStringsArray} text
 * @param {...any} values
 * @returns {string}
 */
export function t(text, ...values) {
  const key = typeof text === "string" ? text : sentence(text);
  const told = chosen(spoken.script[key] || key, values).split("|")[0];
  return values.length ? told.replace(/\{(\d+)\}/g, (_, place) => values[place]) : told;
}

// A name that the page has, told by its English one: what texts from elsewhere call it.
/** @param {string} name */
export function named(name) {
  const curly = name.replaceAll("'", "\u2019");
  const told = spoken.script[curly] || spoken.server[curly];
  return typeof told === "string" ? told : name;
}
