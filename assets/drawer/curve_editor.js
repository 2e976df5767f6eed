// A curve to draw: points to drag or to move by arrow keys.

import { byId, svg } from "../page/elements.js";
import { format } from "../page/format.js";
import { t } from "../page/language.js";
import { curveScale } from "./curve_scale.js";
import { commitCurve, textNow } from "./curves.js";
import { currentDraft } from "./draft.js";
import { readSeries, writeSeries } from "./series.js";

const SIZE = { width: 760, height: 260, left: 36, right: 4, top: 14, bottom: 28 };

// While points move: the values as they are drawn; null when none do.
let held = null;

export const movingPoints = () => held !== null;

const across = (hours) => (hour) => SIZE.left + ((SIZE.width - SIZE.left - SIZE.right) * (hour + 0.5)) / hours;

const up =
  ({ top, low }) =>
  (value) =>
    SIZE.top + ((SIZE.height - SIZE.top - SIZE.bottom) * (top - value)) / (top - low);

const rounded = (value, step) => Number((Math.round(value / step) * step).toFixed(6));

/** @param {number} hour */
export const clockOf = (hour) => format.clock(hour, currentDraft().step_h);

/** @param {number} hour */
const told = (curve, values, hour) => `${clockOf(hour)}, ${values[hour]}${curve.unit ? ` ${curve.unit}` : ""}`;

function axes(scale, hours) {
  const [x, y] = [across(hours), up(scale)];
  const text = (attributes, content) => {
    const node = svg("text", { class: "live-label", ...attributes });
    node.textContent = content;
    return node;
  };
  const levels = [scale.low, (scale.low + scale.top) / 2, scale.top];
  const least = (hours * 44) / (SIZE.width - SIZE.left);
  const every = [1, 2, 3, 4, 6, 12, 24].find((step) => step >= least) || 24;
  return [
    ...levels.flatMap((value) => [
      svg("line", { class: "live-grid", x1: SIZE.left, x2: SIZE.width - SIZE.right, y1: y(value), y2: y(value) }),
      text({ x: SIZE.left - 8, y: y(value) + 4 }, Number(value.toPrecision(3))),
    ]),
    ...Array.from({ length: Math.ceil(hours / every) }, (_, i) =>
      text(
        { x: x(i * every), y: SIZE.height - 8, style: "text-anchor:middle" },
        format.clock(i * every, currentDraft().step_h).slice(-5, -3),
      ),
    ),
  ];
}

export function curveEditor(curve, values) {
  const room = byId("profiles").clientWidth;
  if (room) SIZE.width = Math.min(980, room > 700 ? room - 252 : room);
  const scale = curveScale(values);
  const [x, y] = [across(values.length), up(scale)];
  const before = curve.before && curve.before !== curve.text ? readSeries(curve.before, values.length) : null;
  const line = (numbers) =>
    numbers.map((value, hour) => `${x(hour).toFixed(1)},${y(Math.min(value, scale.top)).toFixed(1)}`).join(" ");
  const points = values.map((value, hour) =>
    svg("circle", {
      class: "point",
      cx: x(hour),
      cy: y(value),
      r: values.length > 60 ? 3 : 5.5,
      role: "slider",
      tabindex: hour ? -1 : 0,
      "data-hour": hour,
      "aria-label": t`${curve.label} at ${clockOf(hour)}`,
      "aria-valuemin": scale.low,
      "aria-valuemax": scale.top,
      "aria-valuenow": value,
      "aria-valuetext": told(curve, values, hour),
      "aria-orientation": "vertical",
    }),
  );
  const drawing = svg(
    "svg",
    {
      viewBox: `0 0 ${SIZE.width} ${SIZE.height}`,
      class: "curve",
      role: "group",
      "aria-label": t`${curve.label}: drag the points, or use the arrow keys`,
    },
    ...axes(scale, values.length),
    before ? svg("polyline", { class: "before", points: line(before) }) : "",
    svg("polyline", { class: "line", points: line(values) }),
    ...points,
  );
  const shape = { curve, drawing, scale, x, y, values, line, points };
  drawing.addEventListener("pointerdown", (event) => press(event, shape));
  drawing.addEventListener("keydown", (event) => key(event, shape));
  drawing.addEventListener("focusin", (event) => reached(event, shape));
  return drawing;
}

/** @param {number} hour */
function redraw(shape, values, hour) {
  shape.drawing.querySelector(".line").setAttribute("points", shape.line(values));
  const point = shape.points[hour];
  point.setAttribute("cy", shape.y(values[hour]));
  point.setAttribute("aria-valuenow", values[hour]);
  point.setAttribute("aria-valuetext", told(shape.curve, values, hour));
  byId("curve-value").textContent = told(shape.curve, values, hour);
}

function press(event, shape) {
  event.preventDefault();
  const { drawing, scale, values } = shape;
  const box = drawing.getBoundingClientRect();
  let last = null;
  held = [...values];
  drawing.setPointerCapture(event.pointerId);
  // A stroke across hours sets each of them, those between two events too.
  const move = ({ clientX, clientY }) => {
    const [px, py] = [
      ((clientX - box.left) * SIZE.width) / box.width,
      ((clientY - box.top) * SIZE.height) / box.height,
    ];
    const hour = Math.min(
      values.length - 1,
      Math.max(0, Math.floor(((px - SIZE.left) * values.length) / (SIZE.width - SIZE.left - SIZE.right))),
    );
    const share = (py - SIZE.top) / (SIZE.height - SIZE.top - SIZE.bottom);
    const value = rounded(
      Math.min(scale.top, Math.max(scale.low, scale.top - share * (scale.top - scale.low))),
      scale.step,
    );
    const from = last === null ? hour : last;
    for (let at = Math.min(from, hour); at <= Math.max(from, hour); at += 1)
      if (at !== from || at === hour) {
        held[at] = value;
        redraw(shape, held, at);
      }
    last = hour;
  };
  const done = () => {
    drawing.removeEventListener("pointermove", move);
    const text = writeSeries(held);
    held = null;
    commitCurve(shape.curve, text);
  };
  drawing.addEventListener("pointermove", move);
  drawing.addEventListener("lostpointercapture", done, { once: true });
  move(event);
}

// The point in focus is the one that Tab comes back to, and its value is told.
function reached({ target }, { curve, values, points }) {
  const hour = points.indexOf(target);
  if (hour < 0) return;
  points.forEach((point, at) => point.setAttribute("tabindex", at === hour ? 0 : -1));
  byId("curve-value").textContent = told(curve, values, hour);
}

function key(event, shape) {
  const hour = Number(event.target.dataset.hour);
  const { scale } = shape;
  const values = readSeries(textNow(shape.curve), shape.values.length) || shape.values;
  const to = { ArrowRight: hour + 1, ArrowLeft: hour - 1, Home: 0, End: values.length - 1 }[event.key];
  const by = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
  if (Number.isNaN(hour) || (to === undefined && !by)) return;
  event.preventDefault();
  event.stopPropagation();
  if (to !== undefined) {
    shape.points[Math.min(values.length - 1, Math.max(0, to))].focus();
    return;
  }
  const changed = [...values];
  changed[hour] = Math.max(scale.low, rounded(values[hour] + by * scale.step, scale.step));
  redraw(shape, changed, hour);
  commitCurve(shape.curve, writeSeries(changed));
}
