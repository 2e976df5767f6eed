// Axes of a figure as the server describes it: from values to pixels, and the ticks. Pure.

import { marked } from "../page/language.js";

const STEPS = [1, 2, 5, 10];

// Round values from low to high, at most `most` of them.
export function ticksBetween(low, high, most) {
  const rough = (high - low) / Math.max(1, most);
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * STEPS.find((one) => one * power >= rough * (1 - 1e-9));
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}

// Values of a logarithmic axis: a power of ten every `decades`.
function decadesBetween(low, high, decades) {
  const first = Math.ceil(low / decades - 1e-9) * decades;
  const found = [];
  for (let at = first; at <= high + 1e-9; at += decades) found.push(10 ** at);
  return found;
}

// A number as the figure's own format asks (".1f", ".2g", "~g"), else as short as it can be.
export function written(value, form) {
  const [, digits, kind] = /\.?(\d*)(~?[fg]?)$/.exec(form || "") || [];
  const text =
    kind === "f"
      ? value.toFixed(Number(digits))
      : String(Number(value.toPrecision(kind === "g" && digits ? Number(digits) : 6)));
  return marked(text);
}

// The least and the largest value that an axis has to show.
function spanOf(traces, log) {
  const shown = traces.flatMap(({ y }) => (y || []).filter((value) => value !== null && (!log || value > 0)));
  const [low, high] = [Math.min(...shown), Math.max(...shown)].map((value) => (log ? Math.log10(value) : value));
  return shown.length ? [low, high] : [0, 1];
}

function rangeOf(axis, traces) {
  if (axis.range) return axis.range;
  const [low, high] = spanOf(traces, axis.type === "log");
  const room = 0.06 * (high - low || 1);
  return [axis.rangemode === "tozero" ? Math.min(0, low) : low - room, high + room];
}

// An upright axis between two pixels; `at` gives the pixel of a value.
export function uprightAxis(axis, traces, { top, height }) {
  const log = axis.type === "log";
  const [from, to] = axis.domain || [0, 1];
  const [bottom, ceiling] = [top + height * (1 - from), top + height * (1 - to)];
  const [low, high] = rangeOf(axis, traces);
  const place = (value) => bottom + ((value - low) / (high - low)) * (ceiling - bottom);
  const values =
    axis.tickvals ||
    (log
      ? decadesBetween(low, high, axis.dtick || 1)
      : ticksBetween(Math.min(low, high), Math.max(low, high), axis.nticks || 6));
  const text = (value, i) => (axis.ticktext ? axis.ticktext[i] : written(value, axis.tickformat));
  const at = (value) => place(log ? Math.log10(value) : value);
  return {
    at,
    top: ceiling,
    bottom,
    low: log ? 10 ** low : Math.min(low, high),
    ticks: values.map((value, i) => ({ at: at(value), text: text(value, i) })),
  };
}

// The level axis; `value` is the way back.
export function levelAxis(axis, traces, { left, width }) {
  const longest = Math.max(1, ...traces.map(({ y, z }) => (z && z[0] ? z[0].length : (y || []).length)));
  const [low, high] = axis.range || [-0.5, longest - 0.5];
  const at = (value) => left + ((value - low) / (high - low)) * width;
  const values = axis.tickvals || ticksBetween(low, high, Math.min(8, Math.floor(width / 60)));
  return {
    at,
    one: width / (high - low),
    value: (pixel) => low + ((pixel - left) / width) * (high - low),
    ticks: values.map((value, i) => ({ at: at(value), text: axis.ticktext ? axis.ticktext[i] : written(value) })),
  };
}
