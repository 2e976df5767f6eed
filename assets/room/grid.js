// The grid of a round: drawn at a topology, and switched by hand with the exact power flow.

import { colours } from "../page/colours.js";
import { html } from "../page/elements.js";
import { buildDiagram } from "../diagram/diagram.js";
import { updateDiagram } from "../diagram/hour.js";
import { scales } from "../diagram/scales.js";
import { gridFor } from "../powerflow/payload_grid.js";
import { sketchDay } from "../whatif/sketch.js";
import { suppliers, trialDay } from "../whatif/whatif.js";
import { asked } from "./line.js";
import { t } from "./speech.js";

const grids = new Map();

// The grid of a round as a day that is drawn; null where it cannot be had now.
export async function gridOf(address, secret) {
  if (!grids.has(address)) {
    const { status, body } = await asked(address, secret);
    if (status !== 200) return null;
    grids.set(address, sketchDay(body));
  }
  return grids.get(address);
}

export const closedFrom = (payload, open) =>
  Uint8Array.from(payload.network.from, (_, line) => (open.includes(line + 1) ? 0 : 1));

export const openOf = (closed) =>
  Array.from(closed.keys())
    .filter((line) => !closed[line])
    .map((line) => line + 1);

// The hour at a topology: {whole, cost, loss, vm, loops, dark, day}.
export function hourAt(payload, closed, hour = 0) {
  const day = trialDay(payload, { closed, pv: {} });
  return {
    day,
    whole: day.whole && day.solvedAt[hour],
    loops: day.state.loops.flat(),
    dark: day.state.dark,
    cost: day.costs[hour],
    loss: day.series.loss_kw[hour],
    breach: day.breach[hour],
    vm: [day.series.vm_min_pu[hour], day.series.vm_max_pu[hour]],
  };
}

// Draws the grid into a holder; `toggle(line)` where lines may be switched. Returns what shows another topology.
export function drawGrid(holder, payload, toggle) {
  holder.classList.add("diagram");
  const drawing = buildDiagram(holder, payload);
  const shades = scales(payload);
  drawing.root.setAttribute("aria-label", t("diagram"));
  drawing.buses.forEach(({ node }) => {
    node.removeAttribute("role");
    node.setAttribute("aria-hidden", "true");
  });
  if (toggle) wire(drawing, toggle);
  else {
    drawing.root.setAttribute("role", "img");
    drawing.lines.forEach(({ hit }) => hit.remove());
  }
  return (closed, hour = 0) => {
    const now = hourAt(payload, closed, hour);
    updateDiagram(drawing, now.day, hour, shades, colours());
    if (toggle) mark(drawing, payload, closed, now);
    return now;
  };
}

// One stop of Tab; arrow keys go from line to line.
function wire(drawing, toggle) {
  const hits = drawing.lines.map(({ hit }) => hit);
  drawing.root.classList.add("trial");
  hits[0].tabIndex = 0;
  drawing.root.addEventListener("click", ({ target }) => {
    const hit = target.closest("[data-line]");
    if (hit) toggle(Number(hit.dataset.line) - 1);
  });
  drawing.root.addEventListener("keydown", (event) => {
    const at = hits.indexOf(event.target);
    if (at < 0) return;
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1 }[event.key];
    if (event.key === "Enter" || event.key === " ") toggle(at);
    else if (to === undefined) return;
    else {
      const next = hits[(to + hits.length) % hits.length];
      hits[at].tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    }
    event.preventDefault();
  });
}

function mark(drawing, payload, closed, { loops, dark }) {
  const supply = new Set(dark.length ? suppliers(gridFor(payload), closed, dark) : []);
  drawing.lines.forEach(({ hit }, line) => {
    hit.setAttribute("class", loops.includes(line) ? "hit inloop" : supply.has(line) ? "hit supplier" : "hit");
    const [from, to] = [payload.network.from[line], payload.network.to[line]];
    hit.setAttribute("aria-label", t("line", { n: line + 1, from, to, state: t(closed[line] ? "shut" : "open") }));
  });
  drawing.root.classList.toggle("looped", loops.length > 0);
}

// A grid with a name below it.
export function namedGrid(name, payload, open, hour = 0) {
  const holder = html("div", { class: "small-grid" });
  const figure = html("figure", { class: "named-grid" }, holder, html("figcaption", {}, name));
  return { figure, draw: () => drawGrid(holder, payload, null)(closedFrom(payload, open), hour) };
}
