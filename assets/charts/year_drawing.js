// Drawings of a long horizon: savings against operations, and maps of days by hours and of lines by days.

import { mix, token } from "../page/colours.js";
import { html, svg } from "../page/elements.js";
import { format } from "../page/format.js";
import { t } from "../page/language.js";
import { called, rowsPerDay, saves } from "./year_plans.js";

const label = (x, y, text, side) => {
  const node = svg("text", { class: "live-label", x, y });
  node.classList.add(side);
  node.textContent = text;
  return node;
};

const niceTop = (most) => {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((times) => times * power).find((step) => step >= most);
};

// Positions in px of operations, on a scale of powers so that few and thousands are told apart, and of savings.
export function curveScales(points, width, height) {
  const [left, right, top, base] = [64, 20, 30, height - 40];
  const [count, eur] = [
    niceTop(Math.max(...points.map((point) => point.operations))),
    niceTop(Math.max(...points.map((point) => point.saved))),
  ];
  const x = (value) => left + ((width - left - right) * Math.log1p(Math.max(0, value))) / Math.log1p(count);
  const y = (value) => base - ((base - top) * Math.max(0, value)) / eur;
  return { left, top, base, count, eur, x, y };
}

function frame({ left, base, count, eur, x, y }, width) {
  const rows = [0, 0.5, 1].map((part) => [
    svg("line", { class: "live-grid", x1: left, x2: width - 12, y1: y(part * eur), y2: y(part * eur) }),
    label(left - 8, y(part * eur) + 4, format.number(part * eur), "end"),
  ]);
  const powers = [0, 1, 10, 100, 1000, 10000, 100000].filter((value) => value <= count);
  const ticks = powers.map((value) => label(x(value), base + 18, format.number(value), "middle"));
  return [...rows.flat(), ...ticks];
}

// Plans that come to the same stand at one dot, under all their names.
export function together(points) {
  const found = [];
  points.forEach(({ name, operations, saved }) => {
    const same = found.find((one) => one.operations === operations && Math.abs(one.saved - saved) < 0.005);
    if (same) same.names.push(name);
    else found.push({ names: [name], operations, saved });
  });
  return found;
}

// Which side of its dot a plan is named on: below where the one before it would be touched.
function dots(points, { x, y, left }, width, chosen) {
  let before = null;
  return together(points).map(({ names, operations, saved }) => {
    const [at, up] = [x(operations), y(saved)];
    const words = names.map(called).join(", ");
    const near = before && at - before.at < 4 * (words.length + before.length) && Math.abs(before.up - up) < 30;
    const low = Boolean(near && !before.low);
    before = { at, up, low, length: words.length };
    const end = at + 3.5 * words.length > width;
    const side = end ? "end" : at - 3.5 * words.length < left ? "first" : "middle";
    return svg(
      "g",
      { class: names.includes(chosen) ? "year-dot chosen" : "year-dot" },
      svg("circle", { cx: at, cy: up, r: names.includes(chosen) ? 7 : 5 }),
      label(end ? Math.min(width, at + 8) : at, low ? up + 24 : up - 12, words, side),
    );
  });
}

/**
 * @param {YearOfPlans} year
 * @param {{ width: number, height: number, chosen: string }} room
 */
export function drawSavings(year, { width, height, chosen }) {
  const points = year.plans
    .map((plan) => ({ name: plan.name, operations: plan.operations, saved: saves(year, plan) }))
    .filter(({ saved }) => saved !== null)
    .sort((one, other) => one.operations - other.operations);
  if (!points.length) return html("p", { class: "quiet" }, t("The initial topology has no power flow in some hour."));
  const scales = curveScales(points, width, height);
  const told = points.map(
    (point) => `${called(point.name)}: ${format.number(point.saved)}\u00a0\u20ac, ${format.number(point.operations)}`,
  );
  const path = points.map((point, i) => `${i ? "L" : "M"}${scales.x(point.operations)} ${scales.y(point.saved)}`);
  return svg(
    "svg",
    {
      class: "year-curve",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      "aria-label": t`Savings in \u20ac and operations. ${told.join("; ")}.`,
    },
    ...frame(scales, width),
    label(4, 14, t("\u20ac saved against the initial topology"), "first"),
    label((width + scales.left) / 2, height - 4, t("operations"), "middle"),
    svg("path", { class: "through", d: path.join("") }),
    ...dots(points, scales, width, chosen),
  );
}

// The least and the most of values, told without the rarest hundredth at either end, so that one hour does not take all
// colours.
export function range(values) {
  const sorted = Float64Array.from(values).sort();
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  return {
    low: at(0.01),
    high: Math.max(at(0.99), at(0.01) + 1e-9),
    least: sorted[0],
    most: sorted[sorted.length - 1],
  };
}

// The colour of a value: from the page to the accent; below zero, from the page to the colour of what is over.
export function shade({ low, high }, { none, more, less }) {
  const most = Math.max(Math.abs(low), Math.abs(high), 1e-9);
  return low < 0
    ? (value) => (value < 0 ? mix(none, less, -value / most) : mix(none, more, value / most))
    : (value) => mix(none, more, (value - low) / (high - low));
}

const inks = () => ({ none: token("mid"), more: token("accent"), less: token("over") });

// A grid of cells on a canvas, one pixel each, stretched by the style sheet.
function cells(columns, rows, colour, name, told) {
  const canvas = /** @type {HTMLCanvasElement} */ (
    html("canvas", { class: name, width: columns, height: rows, role: "img", "aria-label": told })
  );
  const pen = canvas.getContext("2d");
  for (let column = 0; column < columns; column += 1)
    for (let row = 0; row < rows; row += 1) {
      const paint = colour(column, row);
      if (paint === null) continue;
      pen.fillStyle = paint;
      pen.fillRect(column, row, 1, 1);
    }
  return canvas;
}

// Days from left to right, the hours of a day from top to bottom.
/**
 * @param {YearOfPlans} year
 * @param {number[]} values by row
 * @param {string} told what it shows
 */
export function drawMap(year, values, told) {
  const [per, scale] = [rowsPerDay(year), range(values)];
  const paint = shade(scale, inks());
  const days = Math.ceil(values.length / per);
  const colour = (day, hour) => (day * per + hour < values.length ? paint(values[day * per + hour]) : null);
  return { canvas: cells(days, per, colour, "year-map", told), scale, days };
}

// A row for each line, days from left to right, the darker the longer it is open.
/** @param {{ line: number, days: number[] }[]} lines */
export function drawLines(lines, told) {
  const { none, more } = inks();
  const days = lines.length ? lines[0].days.length : 0;
  return cells(days, lines.length, (day, row) => mix(none, more, lines[row].days[day]), "year-lines", told);
}
