// Lines and buses of large grids: a few paths, one for each look, instead of an element for each, so that an hour
// changes tens of elements and not thousands.

import { svg } from "../page/elements.js";

// Grids with more lines are painted.
export const LARGE = 600;

// Makes the layers below `group.wires` and `group.buses`; `data` is the path of every line, `places` those of the buses
// that have no mark of their own.
export function paintedLayers(group, data, places, own, scale) {
  const dots = places.map(([x, y], bus) => (own(bus) ? "" : `M${x.toFixed(1)} ${y.toFixed(1)}h0`));
  const ground = svg("path", { class: "dot ground", d: dots.join("") });
  const lines = svg("g", { class: "painted" });
  const beyond = svg("path", { class: "dot violated" });
  const buses = svg("g", { class: "painted" }, ground, beyond);
  group.wires.prepend(lines);
  group.dots.prepend(buses);
  const radius = 5.5 * scale;
  const wide = (node, more) => {
    node.style.strokeWidth = `calc(${(2 * radius + more).toFixed(2)}px * var(--thin, 1))`;
  };
  wide(ground, 2.5 * scale);
  wide(beyond, 5);
  return { lines, buses, beyond, data, dots, radius, pools: { lines: [], buses: [] } };
}

// One path for each look: `looks` gives the key of every piece (null: not drawn), `dress` what a key looks like.
function paint(holder, pool, pieces, looks, dress) {
  const found = new Map();
  looks.forEach((key, i) => {
    if (key === null || !pieces[i]) return;
    const parts = found.get(key);
    if (parts) parts.push(pieces[i]);
    else found.set(key, [pieces[i]]);
  });
  let at = 0;
  found.forEach((parts, key) => {
    if (!pool[at]) pool.push(holder.appendChild(svg("path", {})));
    const node = pool[at];
    node.setAttribute("d", parts.join(""));
    if (node.dataset.key !== key) {
      node.dataset.key = key;
      dress(node, key);
    }
    at += 1;
  });
  pool.slice(at).forEach((node) => node.setAttribute("d", ""));
}

// A line that runs otherwise, in the look it has.
export function paintedAgain(painted, line, data) {
  painted.data[line] = data;
  if (painted.looks) paintLines(painted, painted.looks);
}

function dressLine(node, key) {
  const [colour, width] = key.split("|");
  node.setAttribute("class", width ? "wire" : "wire open");
  node.style.stroke = width ? colour : "";
  node.style.strokeWidth = width ? `calc(${width}px * var(--thin, 1))` : "";
}

// `looks`: "colour|width" of each closed line, "open" of the others.
export function paintLines(painted, looks) {
  painted.looks = looks;
  paint(painted.lines, painted.pools.lines, painted.data, looks, dressLine);
}

// `looks`: class and colour of each bus as "class|colour"; one beyond a limit stands on red.
export function paintBuses(painted, looks) {
  const dress = (node, key) => {
    const [kind, colour] = key.split("|");
    node.setAttribute("class", kind.includes("dark") ? "dot dark" : "dot");
    node.style.stroke = colour;
    node.style.strokeWidth = `calc(${(2 * painted.radius).toFixed(2)}px * var(--thin, 1))`;
  };
  const beyond = painted.dots.filter((_, bus) => looks[bus] && looks[bus].includes("violated"));
  painted.beyond.setAttribute("d", beyond.join(""));
  paint(painted.buses, painted.pools.buses, painted.dots, looks, dress);
}
