// Zoom and pan of the diagram: wheel with Ctrl or a pinch, buttons, keys, drag while zoomed; double click shows all
// again.

import { byId, html, svg } from "../page/elements.js";
import { view } from "../page/view.js";
import { t } from "../page/language.js";
import { numbersFor } from "./numbers.js";

const MOST = 12;
const pointers = new Map();
let drag = null;
let grab = null;
let moved = null;

// The part of the drawing in view; `k` times as large as drawn.
const whole = { k: 1, x: 0, y: 0 };
const lens = () => view.drawing.lens || whole;
export const onScreen = ([x, y]) => [(x - lens().x) * lens().k, (y - lens().y) * lens().k];
export const zoomed = () => Boolean(view.drawing) && lens().k > 1.001;
// Whether a drag just ended, so that the click that follows means nothing.
export const dragged = () => Boolean(drag && drag.far);

// Keeps the lens inside the drawing.
export function lensInside({ k, x, y }, width, height) {
  const at = Math.min(MOST, Math.max(1, k));
  const inside = (value, length) => Math.min(length - length / at, Math.max(0, value));
  return { k: at, x: inside(x, width), y: inside(y, height) };
}

function look(next) {
  const { drawing, width } = view;
  const { height } = drawing.fit;
  drawing.lens = lensInside(next, drawing.width, height);
  const { k, x, y } = drawing.lens;
  drawing.root.setAttribute("viewBox", `${x} ${y} ${drawing.width / k} ${height / k}`);
  drawing.root.style.touchAction = k > 1.001 ? "none" : "";
  drawing.root.classList.toggle("zoomed", k > 1.001);
  byId("zoom-fit").disabled = byId("zoom-out").disabled = k <= 1.001;
  byId("zoom-in").disabled = k >= MOST - 0.001;
  numbersFor(drawing, k);
  moved();
  return width;
}

// Zooms so that the point at (x, y) px of the figure stays where it is.
function zoomAt(factor, x, y) {
  const { k, x: left, y: top } = lens();
  const next = Math.min(MOST, Math.max(1, k * factor));
  look({ k: next, x: left + x / k - x / next, y: top + y / k - y / next });
}

function zoomHere(factor) {
  const { drawing } = view;
  const focused = document.activeElement && document.activeElement.closest("#diagram [data-bus]");
  const [x, y] = focused
    ? onScreen(drawing.places[Number(focused.dataset.bus) - 1])
    : [drawing.width / 2, drawing.fit.height / 2];
  zoomAt(factor, x, y);
}

export const showAll = () => look(whole);

// A drawing that was built anew is seen as the one before.
/** @param {{k: number, x: number, y: number} | undefined} before */
export function lookAgain(before) {
  if (before && before.k > 1.001) look(before);
}

// Brings a place of the drawing into view, as for an element that a key has reached.
/** @param {number[]} place */
export function bringIntoView([x, y]) {
  if (!zoomed()) return;
  const { drawing } = view;
  const { k, x: left, y: top } = lens();
  const [w, h] = [drawing.width / k, drawing.fit.height / k];
  const into = (value, start, length) =>
    value < start + 0.08 * length || value > start + 0.92 * length ? value - length / 2 : start;
  look({ k, x: into(x, left, w), y: into(y, top, h) });
}

const spot = (event) => {
  const box = byId("diagram").getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
};

function pinch(event) {
  const before = [...pointers.values()];
  pointers.set(event.pointerId, spot(event));
  const [a, b] = [...pointers.values()];
  const [c, d] = before;
  const length = (one, other) => Math.hypot(one[0] - other[0], one[1] - other[1]) || 1;
  zoomAt(length(a, b) / length(c, d), (a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
  if (drag) drag.far = true;
}

function down(event) {
  if (event.target.closest(".details, .zoom")) return;
  pointers.set(event.pointerId, spot(event));
  drag = { start: spot(event), lens: lens(), far: pointers.size > 1, held: grab(event) };
}

function move(event) {
  if (!pointers.has(event.pointerId) || !drag) return;
  if (pointers.size > 1) {
    pinch(event);
    return;
  }
  const [x, y] = spot(event);
  const [dx, dy] = [x - drag.start[0], y - drag.start[1]];
  if (Math.hypot(dx, dy) > 4) drag.far = drag.far || Boolean(drag.held) || zoomed();
  if (drag.held) {
    if (drag.far) drag.held.move(dx, dy);
    return;
  }
  if (drag.far && zoomed()) pan(dx, dy, event.pointerType);
}

// Moves what is seen by (dx, dy) px from where the drag began. A finger that goes on at the edge scrolls the page, so
// that a drawing as large as the screen does not hold it.
function pan(dx, dy, pointer) {
  const { k, x, y } = drag.lens;
  look({ k, x: x - dx / k, y: y - dy / k });
  const past = (y - dy / k - lens().y) * k;
  if (pointer === "touch" && Math.abs(past) > 1) window.scrollBy(0, past);
}

function up(event) {
  pointers.delete(event.pointerId);
  const [left] = pointers.values();
  if (drag && drag.held && drag.far && !left) drag.held.drop();
  if (drag && left) drag = { ...drag, start: left, lens: lens() };
  if (!pointers.size)
    window.setTimeout(() => {
      drag = null;
    }, 0);
}

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !view.drawing) return;
  const act = { "+": () => zoomHere(1.5), "=": () => zoomHere(1.5), "-": () => zoomHere(1 / 1.5), 0: showAll }[
    event.key
  ];
  if (!act || event.target.closest("input, select")) return;
  event.preventDefault();
  act();
}

/** @type {Record<string, [title: string, path: string]>} */
const ICONS = {
  "zoom-in": [t("Zoom in (+)"), "M7 3h2v4h4v2H9v4H7V9H3V7h4z"],
  "zoom-out": [t("Zoom out (\u2212)"), "M3 7h10v2H3z"],
  "zoom-fit": [t("Show all (0)"), "M2 2h5v2H4v3H2zM9 2h5v5h-2V4H9zM2 9h2v3h3v2H2zM12 9h2v5H9v-2h3z"],
};

function buttons() {
  const make = ([id, [title, path]]) =>
    html(
      "button",
      { type: "button", class: "icon", id, title, "aria-label": title.replace(/ \(.*/, "") },
      svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: path })),
    );
  return html("div", { class: "zoom", role: "group", "aria-label": t("Zoom") }, ...Object.entries(ICONS).map(make));
}

// `grabbed` makes of a pointer that goes down what a drag then does, {move(dx, dy), drop()} in px, or
// null; `looked` hears of every other view.
export function wireZoom(grabbed, looked) {
  [grab, moved] = [grabbed, looked];
  const holder = byId("diagram");
  holder.append(buttons());
  byId("zoom-in").addEventListener("click", () => zoomHere(1.5));
  byId("zoom-out").addEventListener("click", () => zoomHere(1 / 1.5));
  byId("zoom-fit").addEventListener("click", showAll);
  holder.addEventListener(
    "wheel",
    (event) => {
      if (!(event.ctrlKey || event.metaKey) || !view.drawing) return;
      event.preventDefault();
      zoomAt(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0035)), ...spot(event));
    },
    { passive: false },
  );
  holder.addEventListener("dblclick", (event) => {
    if (!event.target.closest(".details, .zoom, [data-line], [data-bus]")) showAll();
  });
  holder.addEventListener("pointerdown", down);
  window.addEventListener("pointermove", move);
  ["pointerup", "pointercancel"].forEach((name) => window.addEventListener(name, up));
  holder.addEventListener("keydown", key);
}
