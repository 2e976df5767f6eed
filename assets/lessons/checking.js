// Whether an answer is right: numbers as people write them, names, choices. Pure.

import { format } from "../page/format.js";

// Both ways of writing: 1,919.31 and 1.919,31; where a text can be read both ways, both are meant.
/** @returns {number[]} */
export function readings(text) {
  const bare = text
    .replace(/[\u2212\u2013]/g, "-")
    .replace(/[\s\u00a0\u202f'\u2019]/g, "")
    .replace(/(?:[a-z%\u20ac]|\/|p\.u\.)+.*$/i, "");
  const read = (group, point) =>
    new RegExp(`^[+-]?(\\d+|[1-9]\\d{0,2}(\\${group}\\d{3})+|(?=\\${point}))(\\${point}\\d+)?$`).test(bare)
      ? Number(bare.split(group).join("").replace(point, "."))
      : NaN;
  return [...new Set([read(",", "."), read(".", ",")])].filter(Number.isFinite);
}

const within = (value, right, most) => Math.abs(value - right) <= most + 1e-9;

// "right"; or why not: "empty", "none" (no number), "unit" (a thousand times off), "sign", "high", "low".
/**
 * @param {string} text
 * @param {number} right
 * @param {number} [most] how far from it is still right, in the unit of the figure
 */
export function numberVerdict(text, right, most = 0) {
  if (!text.trim()) return "empty";
  const read = readings(text);
  if (!read.length) return "none";
  const near = (factor) => read.some((value) => within(value * factor, right, most));
  if (near(1)) return "right";
  if (Math.abs(right) > most && near(-1)) return "sign";
  if (Math.abs(right) > most && (near(1000) || near(0.001) || near(100) || near(0.01))) return "unit";
  return read[0] > right ? "high" : "low";
}

// Of a name or of the place of a choice.
export function choiceVerdict(given, right) {
  if (given === null || given === "") return "empty";
  return given === right ? "right" : "other";
}

// A figure as the answer shows it, as exact as it was asked for.
export function shownFigure(value, most, unit) {
  if (typeof value === "string") return value;
  const digits = most >= 0.5 || Number.isInteger(value) ? 0 : Math.max(0, Math.ceil(-Math.log10(most || 1e-3)));
  return `${format.number(value, digits)}${unit ? `\u00a0${unit}` : ""}`;
}

// Words with values in them: "{now} of {all}".
export const worded = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
