// Another number of steps, or another length of a step: every curve of the draft follows, as one edit.

import { readNumber, readSeries, writeSeries } from "./series.js";

const MOST = 672;
const OWN = ["own_buy", "own_sell"];

// Values for another number of steps: a longer day repeats them, a shorter one leaves out the last.
export const repeated = (values, hours) => Array.from({ length: hours }, (_, hour) => values[hour % values.length]);

// Values of steps of another length over the same time: the mean of what each step covers.
export function resampled(values, hours) {
  const share = values.length / hours;
  const over = (from, to) =>
    values.reduce((sum, value, at) => sum + value * Math.max(0, Math.min(to, at + 1) - Math.max(from, at)), 0);
  return Array.from({ length: hours }, (_, hour) =>
    Number((over(hour * share, (hour + 1) * share) / share).toFixed(9)),
  );
}

// Texts that hold one value per step, made to fit; what cannot be read stays as it was typed.
function fitted(text, before, fit) {
  const values = text && readSeries(text, before);
  return values ? writeSeries(fit(values)) : text;
}

const whole = (text) => (/^\d{1,3}$/.test(text.trim()) ? Number(text) : 0);

// Fields of a draft with another text for "hours" or "step_h", curves included; null where the text says no number.
/** @param {Draft} draft */
export function withTime(draft, name, text) {
  const length = readNumber(text);
  const hours = name === "hours" ? whole(text) : Math.round((draft.hours * draft.step_h) / length);
  const sameTime = name === "step_h";
  const even = !sameTime || (length > 0 && Math.abs(hours * length - draft.hours * draft.step_h) < 1e-9);
  if (!(length > 0) || !even || hours < 1 || hours > MOST)
    return { settings: { ...draft.settings, [name]: text }, ...(sameTime && length > 0 ? { step_h: length } : {}) };
  const fit = (values) => (sameTime ? resampled(values, hours) : repeated(values, hours));
  const each = (texts, keys) =>
    Object.fromEntries(
      Object.entries(texts).map(([key, value]) => [key, keys.includes(key) ? fitted(value, draft.hours, fit) : value]),
    );
  const settings = { ...each(draft.settings, ["buy", "sell"]), hours: String(hours), [name]: text };
  const change = {
    settings,
    profiles: each(draft.profiles, Object.keys(draft.profiles)),
    rows: draft.rows.map((row) => each(row, OWN)),
    hours,
  };
  return sameTime ? { ...change, step_h: length } : change;
}
