// Numbers beside buses, as many as can be told apart at a zoom; their size stays that of text.

import { svg } from "../page/elements.js";
import { smallPx } from "../page/type_size.js";
import { leverLabels, updateLevers } from "./lever_labels.js";
import { middleOf, placeNumbers, standOff } from "./routes.js";

export const typeSize = () => smallPx() / 12;

// A number beside its bus.
function number(name, place, spot, sizes) {
  const node = svg("text", { class: "number" });
  node.textContent = name;
  return { node, spot, letters: String(name).length, ...standOff(place, spot, sizes) };
}

// Labels of levers at a zoom, clear of the numbers that stand; nothing where none moves.
export function leversFor(group, { payload, fit, routes, texts, bars }, zoom) {
  const { levers } = payload;
  const found = leverLabels(
    group,
    { levers, places: fit.places, routes, bars, box: fit.box, numbers: texts },
    { k: zoom / typeSize(), zoom, scale: fit.scale },
  );
  setNumbers([...found.labels, ...found.leads], 1 / zoom);
  return found;
}

export const setNumbers = (texts, shrink) =>
  texts.forEach(({ node, near, rest, names = ["x", "y"] }) =>
    names.forEach((name, axis) => node.setAttribute(name, (near[axis] + shrink * rest[axis]).toFixed(1))),
  );

// Bus numbers as they fit at a zoom; places are of the drawing, sizes of the screen.
export function numbers(group, fit, routes, zoom, only) {
  const k = zoom / typeSize();
  const large = (path) => path.map(([x, y]) => [k * x, k * y]);
  const middles = routes.map(middleOf).map(({ x, y }) => [k * x, k * y]);
  const found = placeNumbers(
    large(fit.places),
    routes.map(large),
    middles,
    fit.box.map((value) => k * value),
    { only, mark: Math.max(6, 5.5 * fit.scale * k) },
  );
  const spots = found.map((spot) => spot && spot.map((value) => value / k));
  const written = spots
    .map((spot, i) => spot && number(i + 1, fit.places[i], spot, { radius: 7 * fit.scale, zoom }))
    .filter(Boolean);
  group.numbers.replaceChildren(...written.map(({ node }) => node));
  setNumbers(written, 1 / zoom);
  return { texts: written, spots: spots.filter(Boolean) };
}

// Of a large grid those in view have numbers, once they are few enough to be told apart.
const MOST_IN_VIEW = 200;

// Which places stand in a lens, with `margin` of its size around it.
function seen(drawing, { k, x, y }, margin) {
  const [w, h] = [drawing.width / k, drawing.fit.height / k];
  return (bus) => {
    const [px, py] = drawing.places[bus];
    return px > x - margin * w && px < x + (1 + margin) * w && py > y - margin * h && py < y + (1 + margin) * h;
  };
}

function windowNumbers(drawing, k) {
  const { lens, places, window: before } = drawing;
  const inView = lens ? places.filter((_, bus) => seen(drawing, lens, 0)(bus)).length : places.length;
  const shown = inView <= MOST_IN_VIEW;
  drawing.group.numbers.style.display = shown ? "" : "none";
  if (!shown) return;
  const far = ({ x, y, k: old }) =>
    k / old > 1.3 ||
    old / k > 1.3 ||
    Math.abs(x - lens.x) * k > 0.4 * drawing.width ||
    Math.abs(y - lens.y) * k > 0.4 * drawing.fit.height;
  if (before && !far(before)) return;
  drawing.window = lens;
  drawing.texts = numbers(drawing.group, drawing.fit, drawing.routes, k, seen(drawing, lens, 0.4)).texts;
}

// Levers stand clear of the numbers that come and go.
function denseNumbers(drawing, k) {
  const [room, { unit }] = [drawing.fit.unit * k > 24, drawing.fit];
  if (room !== drawing.numbered > 0) {
    const zoom = room ? 25 / unit : 1;
    const only = room ? null : (bus) => Boolean(drawing.at[bus]);
    drawing.texts = numbers(drawing.group, drawing.fit, drawing.routes, zoom, only).texts;
    drawing.levers = leversFor(drawing.group, drawing, zoom);
    updateLevers(drawing.levers.labels, drawing.payload, drawing.leversAt);
  }
  drawing.numbered = room ? 1 : 0;
  drawing.group.numbers.style.display = room || unit >= 12 ? "" : "none";
}

// A drawing too dense for all numbers has those of prosumers, and the others where it is zoomed in far enough; their
// size stays that of text.
export function numbersFor(drawing, k) {
  if (drawing.painted) windowNumbers(drawing, k);
  else if (drawing.small) denseNumbers(drawing, k);
  drawing.root.style.setProperty("--thin", 1 / Math.sqrt(k));
  const shrink = 1 / (drawing.small ? k : Math.sqrt(k));
  drawing.root.style.setProperty("--shrink", shrink);
  setNumbers([...drawing.texts, ...drawing.levers.labels, ...drawing.levers.leads], shrink);
}
