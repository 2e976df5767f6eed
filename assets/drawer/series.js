// Numbers that people write, one or one per hour, read as the server reads them (dashboard/cells.py).

const PLAIN = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;
const COMMA = /^[+-]?\d*,\d+$/;
const THOUSANDS = /^[+-]?[1-9]\d{0,2},\d{3}$/;

// A number as the server reads it: a comma counts where it can only stand before decimals (or all of them do); else
// NaN.
export function readNumber(text, all) {
  const word = text.trim().replace("\u2212", "-");
  if (COMMA.test(word) && (all || !THOUSANDS.test(word))) return Number(word.replace(",", "."));
  return PLAIN.test(word) ? Number(word) : NaN;
}

function wordsOf(text) {
  const words = text
    .trim()
    .split(/[;\s]+|,(?=\s)/)
    .filter(Boolean);
  if (words.length !== 1 || !text.includes(",")) return words;
  return text.includes(".") ? words[0].split(",") : ["?"];
}

// Numbers of a text such as "0 0.5 1", "0,5 1" or "24 x 0.3", one per hour; null when it says anything else.
export function readSeries(text, hours) {
  const repeated = text.match(/^\s*(\d{1,3})\s*[x\u00d7*]\s*(\S+)\s*$/);
  const words = repeated ? Array(Number(repeated[1])).fill(repeated[2]) : wordsOf(text);
  const commas = !repeated && !text.includes(".") && words.some((word) => COMMA.test(word) && !THOUSANDS.test(word));
  const values = words.map((word) => readNumber(word, commas));
  const all = values.length === 1 ? Array(hours).fill(values[0]) : values;
  return all.length === hours && all.every(Number.isFinite) ? all : null;
}
export const writeSeries = (values) =>
  values.length > 1 && values.every((value) => value === values[0])
    ? `${values.length} x ${values[0]}`
    : values.join(" ");
