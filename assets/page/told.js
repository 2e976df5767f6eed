// Problems, remarks and reasons in the page's language. They are made in many places of the server, with values in
// them, and arrive in English; the book has their patterns ("bus {0} does not exist"), which are looked for here
// (scripts/problem_sentences.py). A text may be several sentences, or a pattern with others as its values.

import { numeral, patterns } from "./language.js";

const DEEPEST = 6;
const PLACE = /\{(\d+)\}/;
// Letters below which a pattern is taken only where its values can be told, too.
const WEAK = 8;
// "prosumer P1 battery.capacity_kwh: is missing": the place, then what is wrong with it.
const NAMED = "prosumer|profile|preference|bus|line|file|sheet|network|scenario|document|tariff|market|dso";
const PLACED = new RegExp(`^((?:${NAMED})\\b[^:]{0,90}): ([^]+)$`);

/**
 * @typedef {{english: string, local: string, literals: string[], form: RegExp, places: number[],
 *   before: boolean, after: boolean, closes: boolean}} Pattern
 */

/** @param {string} text */
const escaped = (text) => text.replace(/[.*+?^$()|[\]{}\\]/g, "\\$&");

const bare = (text) => text.replace(/([^.])\.$/, "$1");
const capital = (text) => text[0].toUpperCase() + text.slice(1);
const letters = (text) => text.replace(/[^a-z]/gi, "").length;
const isWords = (text) => /[a-z]{2,} [a-z]{2,}/.test(text);

// Values side by side cannot be told apart: the first stands for all of them.
const merged = (text) => bare(text).replace(/(\{\d+\})(\{\d+\})+/g, "$1");

/** @returns {Pattern} */
function pattern([english, local]) {
  const parts = merged(english).split(PLACE);
  // What begins like the end of a sentence stands after others, what ends in a blank before them.
  const [before, after] = [/^[ ;,]/.test(english), english.endsWith(" ")];
  const source = parts
    .map((part, i) => (i % 2 ? "([^]*?)" : escaped(part)))
    .join("")
    .replace(/^\(\[\^\]\*\?\) (?=[A-Z])/, "(?:([^]*?) )?"); // a hint in front of a sentence may be missing
  return {
    english,
    local: bare(local),
    literals: parts.filter((part, i) => i % 2 === 0 && part.trim()).map((part) => part.trim()),
    form: new RegExp(`^${before ? "([^]*?)" : ""}${source}${after ? "([^]*)" : ""}$`),
    places: parts.filter((_, i) => i % 2).map(Number),
    before,
    after,
    closes: english.endsWith(")"),
  };
}

const weight = ({ literals }) => letters(literals.join(""));

/** @param {Record<string, string>} book @param {(text: string) => string} number */
function teller(book, number) {
  const known = new Map(Object.entries(book).map(([english, local]) => [bare(english), bare(local)]));
  const all = Object.entries(book)
    .map(pattern)
    .sort((a, b) => weight(b) - weight(a) || b.english.length - a.english.length);
  const [long, short] = [true, false].map((several) =>
    all.filter(({ english, before, places, after }) =>
      before ? after && !several : places.length && /\. \S/.test(english) === several,
    ),
  );
  const strong = short.filter((one) => weight(one) >= WEAK);
  const weak = short.filter((one) => weight(one) < WEAK);
  const tails = all.filter(({ before, after }) => before && !after);

  // The text by a pattern; null where it does not fit, or where a pattern of little leaves much in English.
  function filled(one, text, deep) {
    const found = one.literals.every((part) => text.includes(part)) && one.form.exec(text);
    if (!found) return null;
    const values = found.slice(1).map((value) => [value || "", told(value || "", deep)]);
    const English = ([value, said]) => value === said && isWords(value);
    if (weight(one) < WEAK && values.some(English)) return null;
    if (one.before && !one.after && !one.closes && values.slice(1).some(([value]) => /\s/.test(value))) return null;
    const said = values.map(([, value]) => value);
    const first = one.before ? said.shift() : "";
    const last = one.after ? said.pop() : "";
    const inside = one.local.replace(/\{(\d+)\}/g, (_, place) => said[one.places.indexOf(Number(place))] || "");
    const whole = first + (first || one.before ? inside : inside.trimStart()) + last;
    return one.local.startsWith("{") && /^[A-Z]/.test(text) ? capital(whole) : whole;
  }

  function fitting(text, some, deep) {
    for (const one of some) {
      const found = filled(one, text, deep);
      if (found !== null) return found;
    }
    return null;
  }

  // Sentences begin with a capital where they stand alone, and with none as a part of others.
  function sentence(text, some, deep) {
    const found = known.get(text) || fitting(text, some, deep);
    if (found || !/^[A-Z]/.test(text)) return found;
    const small = text[0].toLowerCase() + text.slice(1);
    const other = known.get(small) || fitting(small, some, deep);
    return other && capital(other);
  }

  function told(text, deep = DEEPEST) {
    if (!deep || !/[a-z]{2}/i.test(text)) return number(text);
    const plain = bare(text);
    const end = text.slice(plain.length);
    const whole = sentence(plain, long, deep - 1);
    if (whole) return whole + end;
    const at = text.search(/\. (?=\S)/);
    if (at > 0) return `${told(text.slice(0, at + 1), deep)} ${told(text.slice(at + 2), deep)}`;
    const placed = PLACED.exec(text);
    if (placed) return `${told(placed[1], deep - 1)}: ${told(placed[2], deep - 1)}`;
    const found =
      known.get(plain) ||
      fitting(plain, tails, deep - 1) ||
      sentence(plain, strong, deep - 1) ||
      headed(plain, deep) ||
      sentence(plain, weak, deep - 1);
    return found ? found + end : inParts(text, deep);
  }

  // A quantity of a known name and, behind a colon, where it is.
  function headed(text, deep) {
    const at = text.indexOf(": ");
    const head = at > 0 ? known.get(text.slice(0, at)) : null;
    if (!head) return null;
    const rest = text.slice(at + 2);
    const said = told(rest, deep - 1);
    const parts = () => rest.split(", ").map((part) => told(part, deep - 1));
    return `${head}: ${said === rest ? parts().join(", ") : said}`;
  }

  function inParts(text, deep) {
    if (text.includes("; "))
      return text
        .split("; ")
        .map((part) => told(part, deep - 1))
        .join("; ");
    const at = text.indexOf(": ");
    return at < 0 ? text : `${told(text.slice(0, at), deep - 1)}: ${told(text.slice(at + 2), deep - 1)}`;
  }

  return told;
}

/** @param {Record<string, string>} book @param {(text: string) => string} [number] numbers in their marks */
export const tellingBy = (book, number = (text) => text) =>
  Object.keys(book).length ? teller(book, number) : (/** @type {string} */ text) => text;

let own = null;

/**
 * A text of the server in the page's language; as it is where no pattern fits, and always in English.
 * @param {string} text
 * @returns {string}
 */
export function told(text) {
  own = own || tellingBy(patterns, numeral);
  return text ? own(String(text)) : text;
}
