// Buses moved by hand: dragged, or by keys. Their places stand in the draft, so that Undo takes them back and the
// scenario keeps them; nothing that is solved depends on them.

import { byId, html, svg } from "../page/elements.js";
import { say } from "../page/status.js";
import { store } from "../page/store.js";
import { view } from "../page/view.js";
import { t } from "../page/language.js";
import { layLine } from "../diagram/diagram.js";
import { placesOf, stretched } from "../diagram/moved.js";
import { paintedAgain } from "../diagram/painted.js";
import { changeDraft, currentDraft } from "./draft.js";

// A step by keys, in units of the drawing.
const STEP = 0.25;
const EDGE = 8;
const rounded = (value) => Math.round(1000 * value) / 1000;

// Places as they would be kept with a bus at (x, y) of the drawing's own px.
/**
 * @param {number} bus
 * @param {number} x
 * @param {number} y
 */
function kept(bus, x, y) {
  const { drawing, payload } = view;
  const [right, down] = drawing.fit.back(x, y);
  const before = placesOf(store.get(), payload) || {};
  return { ...before, [bus + 1]: [rounded(right), rounded(Math.max(...payload.diagram.y) - down)] };
}

function put(places) {
  changeDraft({ places });
  showTools();
}

// Whether places can be kept: the draft is that of what is drawn.
function owns() {
  const draft = currentDraft();
  return Boolean(draft) && (view.payload === store.get().sketch || !draft.imported);
}

// Everything that hangs on a bus follows it, until it is let go and drawn anew.
function follow(bus, [x, y]) {
  const { drawing, payload } = view;
  const from = drawing.places[bus];
  const shift = [x - from[0], y - from[1]];
  payload.network.from.forEach((start, line) => {
    const ends = [start - 1 === bus, payload.network.to[line] - 1 === bus];
    if (!ends[0] && !ends[1]) return;
    layLine(drawing.lines[line], stretched(drawing.routes[line], ends[0] ? shift : [0, 0], ends[1] ? shift : [0, 0]));
    if (drawing.painted) paintedAgain(drawing.painted, line, drawing.lines[line].data);
  });
  const spot = `translate(${x.toFixed(1)} ${y.toFixed(1)})`;
  [drawing.buses[bus].node, drawing.stations.get(bus)].forEach((node) => node && node.setAttribute("transform", spot));
}

// A pointer on a bus drags it while buses are moved; nothing else.
/** @param {any} event */
export function grabBus(event) {
  const node = event.target.closest("[data-bus]");
  const { moving } = store.get();
  if (!moving || !node || !view.drawing) return null;
  if (!owns()) {
    say(t("Open the case on show first; only its own places can be kept."), "bad");
    return null;
  }
  const bus = node.dataset.bus - 1;
  const { drawing } = view;
  const { k } = drawing.lens || { k: 1 };
  const [left, top] = /** @type {[number, number]} */ (drawing.places[bus]);
  let [x, y] = [left, top];
  const inside = (value, most) => Math.min(most - EDGE, Math.max(EDGE, value));
  return {
    move(dx, dy) {
      [x, y] = [inside(left + dx / k, drawing.width), inside(top + dy / k, drawing.fit.height)];
      follow(bus, [x, y]);
    },
    drop() {
      put(kept(bus, x, y));
    },
  };
}

// A key moves a bus by a step; whether it did.
/**
 * @param {number} bus
 * @param {number[]} way
 */
export function shiftBus(bus, [right, down]) {
  const { moving } = store.get();
  if (!moving || !owns()) return false;
  const { fit, places } = view.drawing;
  const [x, y] = fit.back(places[bus][0], places[bus][1]);
  const [across, below] = fit.put(x + STEP * right, y + STEP * down);
  put(kept(bus, across, below));
  const { node } = view.drawing.buses[bus];
  node.tabIndex = 0;
  node.focus({ preventScroll: true });
  return true;
}

function showTools() {
  const { moving } = store.get();
  const moved = view.payload && placesOf(store.get(), view.payload);
  const button = byId("move-buses");
  button.setAttribute("aria-pressed", String(moving));
  byId("unmove").hidden = !moving || !moved || !Object.keys(moved).length;
  byId("diagram").classList.toggle("moving", moving);
}

function toggle() {
  const moving = !store.get().moving;
  store.set({ moving });
  say(moving ? t("Drag a bus, or move it with Shift and the arrow keys; Undo takes it back.") : "");
}

function tool(id, title, path) {
  return html(
    "button",
    { type: "button", class: "icon", id, title, "aria-label": title },
    svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: path })),
  );
}

export function wirePlaces() {
  const group = byId("diagram").querySelector(".zoom");
  const move = tool(
    "move-buses",
    t("Move buses by hand"),
    "M8 1l2.500 3H9v3h3V5.500L15 8l-3 2.500V9H9v3h1.500L8 15l-2.500-3H7V9H4v1.500L1 8l3-2.500V7h3V4H5.500Z",
  );
  const back = tool("unmove", t("Put all buses back"), "M6 2v3h4a4 4 0 0 1 0 8H4v-2h6a2 2 0 0 0 0-4H6v3L1.500 6Z");
  move.addEventListener("click", toggle);
  back.addEventListener("click", () => put({}));
  group.prepend(move, back);
  store.on("moving draft results sketch", showTools);
  showTools();
}
