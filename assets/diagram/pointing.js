// Pointing at the diagram: panels by pointer or keyboard, a click keeps one open; prosumers chosen by click or Enter.

import { byId, html } from "../page/elements.js";
import { talking } from "../page/presenting.js";
import { store } from "../page/store.js";
import { seenDay, view } from "../page/view.js";
import { t } from "../page/language.js";
import { busDetails, lineDetails } from "./details.js";
import { arcPanel, busPanel, elementLabel, linePanel, placePanel } from "./panel.js";
import { bringIntoView, dragged, onScreen, wireZoom, zoomed } from "./zoom.js";

let pointed = null;
let pinned = null;
// The grid that `pinned` is of.
let pinnedIn = null;
let byHand = null;

const gridName = ({ network }) => `${network.name} ${network.buses} ${network.lines}`;

export function refreshPanel() {
  if (pinned) showDetails();
  if (pointed) openPanel(pointed);
}

function panelOf(kind, index) {
  if (kind === "arc") return arcPanel(seenDay(), view.drawing.traded, index);
  return (kind === "bus" ? busPanel : linePanel)(seenDay(), index, store.get().hour);
}

function openPanel(target) {
  const { drawing } = view;
  const [kind, index] = target;
  const panel =
    byId("panel") || byId("diagram").appendChild(html("div", { class: "panel", id: "panel", role: "status" }));
  panel.replaceChildren(...panelOf(kind, index));
  panel.hidden = !panel.firstChild;
  const at =
    kind === "arc"
      ? drawing.arcs.get(index).middle
      : kind === "bus"
        ? drawing.places[index]
        : spotOf(drawing.lines[index].hit);
  placePanel(panel, byId("diagram"), onScreen(at), drawing.places.map(onScreen));
}

function closing() {
  const button = html(
    "button",
    { type: "button", class: "plain icon close", "aria-label": t("Close the details") },
    "\u00d7",
  );
  button.addEventListener("click", () => unpin(true));
  return button;
}

// Beside the diagram where there is room, else below it: nothing stands over what it is about.
function emptyDetails() {
  const [title, tools, body] = ["title", "tools", "body"].map((name) => html("div", { class: name }));
  const found = html(
    "section",
    { class: "details", id: "details", "aria-label": t("Details"), tabindex: 0 },
    title,
    tools,
    body,
    closing(),
  );
  found.addEventListener("keydown", (event) => {
    if (event.key === "Escape") unpin(true);
  });
  return found;
}

// The tools are built once for what they are of, so that a hand on them is not shaken off.
function showDetails() {
  const [kind, index] = pinned;
  const { hour, chosen, trial } = store.get();
  const details = byId("details") || emptyDetails();
  const beside = window.matchMedia("(min-width: 1081px)").matches && !talking();
  if (beside && details.parentNode !== byId("charts")) byId("charts").append(details);
  if (!beside && details.previousSibling !== byId("diagram")) byId("diagram").after(details);
  const [title, ...rest] =
    kind === "bus" ? busDetails(seenDay(), index, hour, chosen) : lineDetails(seenDay(), index, hour);
  details.querySelector(".title").replaceChildren(title);
  details.querySelector(".body").replaceChildren(...rest);
  const state = kind === "line" && view.payload ? view.payload.lines.closed[hour][index] : "";
  const key = `${kind} ${index} ${state} ${chosen} ${Boolean(trial)}`;
  if (details.dataset.key === key) return;
  details.dataset.key = key;
  details.querySelector(".tools").replaceChildren(...[byHand.tool(pinned)].flat().filter(Boolean));
}

function spotOf(path) {
  const point = path.getPointAtLength(path.getTotalLength() / 2);
  return [point.x, point.y];
}

function closePanel() {
  pointed = null;
  if (byId("panel")) byId("panel").hidden = true;
}

function unpin(back) {
  if (!pinned) return;
  const [kind, index] = pinned;
  pinned = null;
  if (byId("details")) byId("details").remove();
  if (back)
    (kind === "bus" ? view.drawing.buses[index].node : view.drawing.lines[index].hit).focus({ preventScroll: true });
}

// Below the diagram, what is opened comes into sight.
/** @param {[string, number]} target */
export function openDetails(target) {
  pinned = target;
  pinnedIn = gridName(view.payload);
  closePanel();
  showDetails();
  const details = byId("details");
  if (details.parentNode !== byId("charts")) details.scrollIntoView({ block: "start" });
}

// What stands open in full needs no small panel.
const covered = (target) => Boolean(pinned && target && pinned.join() === target.join());

function targetOf(node) {
  if (node.dataset && node.dataset.arc) return ["arc", node.dataset.arc];
  const found = node.closest && node.closest("[data-bus], [data-line]");
  if (!found) return null;
  return found.dataset.bus ? ["bus", found.dataset.bus - 1] : ["line", found.dataset.line - 1];
}

function choose(bus) {
  const here = view.drawing.at[bus] || [];
  const { chosen } = store.get();
  const next = here.length ? here[here.indexOf(chosen) + 1] : undefined;
  store.set({ chosen: next === undefined ? null : next });
}

// A click or Enter: in a trial lines switch; else a bus chooses its prosumers in turn, and the panel stays open.
function act(target) {
  const { trial } = store.get();
  if (trial && target[0] === "line") {
    byHand.toggle(target[1]);
    return;
  }
  if (target[0] === "bus") choose(target[1]);
  const again = pinned && pinned.join() === target.join();
  if (again && (target[0] === "line" || store.get().chosen === null)) unpin(false);
  else openDetails(target);
}

// One tab stop for the whole drawing; arrow keys go to the nearest bus or line in that direction.
export function roam() {
  const { drawing, payload } = view;
  // A new answer for the same grid leaves open what was open.
  if (!pinned || pinnedIn !== gridName(payload)) unpin(false);
  closePanel();
  const nodes = [...drawing.buses.map(({ node }) => node), ...drawing.lines.map(({ hit }) => hit)];
  nodes.forEach((node, i) => {
    node.tabIndex = i === 0 ? 0 : -1;
    const [kind, index] = targetOf(node);
    // Of thousands each is told when it is reached.
    if (!drawing.painted || i === 0)
      node.setAttribute("aria-label", elementLabel(seenDay(), kind, index, store.get().hour));
  });
}

function step(event, node) {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!way) return;
  event.preventDefault();
  event.stopPropagation();
  const { drawing } = view;
  const spots = [
    ...drawing.buses.map(({ node: n }, i) => [n, drawing.places[i]]),
    ...drawing.lines.map(({ hit }) => [hit, spotOf(hit)]),
  ];
  const here = spots.find(([n]) => n === node)[1];
  const best = spots
    .map(([n, [x, y]]) => {
      const [dx, dy] = [x - here[0], y - here[1]];
      const ahead = dx * way[0] + dy * way[1];
      return { n, at: [x, y], cost: ahead > 4 ? ahead + 2.5 * Math.abs(dx * way[1] - dy * way[0]) : Infinity };
    })
    .sort((a, b) => a.cost - b.cost)[0];
  if (best.cost === Infinity) return;
  node.tabIndex = -1;
  best.n.tabIndex = 0;
  bringIntoView(best.at);
  best.n.focus({ preventScroll: zoomed() });
}

function keyed(event) {
  if (event.key === "Escape") {
    store.set({ chosen: null });
    unpin(true);
    closePanel();
  }
  const target = targetOf(event.target);
  if (!target) return;
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (way && event.shiftKey && target[0] === "bus" && byHand.shift && byHand.shift(target[1], way)) {
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  const pv = event.shiftKey && { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (pv && store.get().trial && target[0] === "bus") {
    event.preventDefault();
    event.stopPropagation();
    byHand.nudge(target[1], pv);
    return;
  }
  if (event.key === "Enter" || (event.key === " " && store.get().trial)) {
    event.preventDefault();
    event.stopPropagation();
    act(target);
  }
  step(event, event.target);
}

// `hands` is what a trial makes of pointing: {grab, tool, toggle, nudge} (whatif/manual_switching.js); `shift` moves a
// bus by keys where that is on (drawer/places.js).
export function wirePointing(hands) {
  byHand = hands;
  const holder = byId("diagram");
  const inside = (event) => event.target.closest(".details, .zoom");
  holder.addEventListener("pointerover", (event) => {
    if (inside(event)) return;
    pointed = targetOf(event.target);
    if (pointed && !covered(pointed)) openPanel(pointed);
    else closePanel();
  });
  holder.addEventListener("pointerleave", closePanel);
  holder.addEventListener("focusin", (event) => {
    const target = targetOf(event.target);
    if (!target) return;
    event.target.setAttribute("aria-label", elementLabel(seenDay(), target[0], target[1], store.get().hour));
    if (covered(target)) return;
    pointed = target;
    openPanel(target);
  });
  holder.addEventListener("focusout", closePanel);
  holder.addEventListener("click", (event) => {
    if (inside(event) || dragged()) return;
    const target = targetOf(event.target);
    if (target && target[0] === "arc") openPanel(target);
    else if (target) act(target);
    else {
      unpin(false);
      store.set({ chosen: null });
    }
  });
  holder.addEventListener("keydown", keyed);
  wireZoom(hands.grab, refreshPanel);
}
