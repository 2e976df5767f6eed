// The one-line diagram: an SVG built once per network and width, of which only attributes change from hour to hour.

import { svg } from "../page/elements.js";
import { t } from "../page/language.js";
import { obstacles } from "./arcs.js";
import { leverLabels, updateLevers } from "./lever_labels.js";
import { fitPlaces, middleOf, pathData, placeNumbers, standOff } from "./routes.js";

// Shape of a network for drawing: zero-based ends, initial state, prosumers by bus.
/** @param {Payload} payload */
function shape(payload) {
  const open = new Set(payload.network.initially_open);
  const lines = payload.network.from.map((from, i) => ({
    from: from - 1,
    to: payload.network.to[i] - 1,
    closed: !open.has(i + 1),
  }));
  const at = {};
  payload.prosumers.bus.forEach((bus, k) => {
    (at[bus - 1] = at[bus - 1] || []).push(k);
  });
  return { lines, at, sources: new Set(payload.network.substations.map((bus) => bus - 1)) };
}

function busMark(prosumer, scale) {
  const half = (prosumer ? 7 : 5.5) * scale;
  return prosumer
    ? svg("rect", { class: "mark", x: -half, y: -half, width: 2 * half, height: 2 * half, rx: 4 * scale })
    : svg("circle", { class: "mark", r: half });
}

// Where the bar of a substation stands, and whether upright: away from where the feeder leaves.
function sourceSpot(place, neighbours) {
  const [mx, my] = neighbours.reduce(([x, y], p) => [x + p[0] - place[0], y + p[1] - place[1]], [0, 0]);
  const upright = Math.abs(mx) >= Math.abs(my);
  const away = upright ? [-24 * Math.sign(mx || 1), 0] : [0, -24 * Math.sign(my || 1)];
  return { x: place[0] + away[0], y: place[1] + away[1], upright };
}

function sourceMark(place, { x, y, upright }) {
  const [w, h] = upright ? [7, 28] : [28, 7];
  return [
    svg("line", { class: "feed", x1: x, y1: y, x2: place[0], y2: place[1] }),
    svg("rect", { class: "source", x: x - w / 2, y: y - h / 2, width: w, height: h, rx: 2 }),
  ];
}

function openSign() {
  return svg(
    "g",
    { class: "sign" },
    svg("rect", { class: "back", x: -9, y: -9, width: 18, height: 13, rx: 4 }),
    svg("circle", { class: "post", cx: -7, r: 2.25 }),
    svg("circle", { class: "post", cx: 7, r: 2.25 }),
    svg("line", { class: "blade", x1: -7, y1: 0, x2: 5, y2: -7 }),
  );
}

function layers(root) {
  const names = ["wires", "arcs", "leads", "arrows", "hits", "signs", "sources", "buses", "numbers", "levers"];
  return Object.fromEntries(names.map((name) => [name, root.appendChild(svg("g", { class: name }))]));
}

function drawLine(group, route, number, { small, scale }) {
  const grow = Math.max(1, scale);
  const middle = middleOf(route);
  const data = pathData(route);
  const turn = Math.abs(middle.angle) > Math.PI / 2 ? middle.angle + Math.PI : middle.angle;
  const spot = `translate(${middle.x.toFixed(1)} ${middle.y.toFixed(1)})`;
  const degrees = (angle) => ((angle * 180) / Math.PI).toFixed(1);
  const parts = {
    wire: svg("path", { class: "wire", d: data }),
    hit: svg("path", { class: "hit", d: data, tabindex: -1, role: "button", "data-line": number }),
    arrow: svg("path", { class: "arrow", d: "M-4.2-4.2L5 0L-4.2 4.2Z" }),
    sign: openSign(),
    ring: svg("circle", { class: "ring", r: small ? 7 : 12 * grow }),
    angle: degrees(middle.angle),
    back: degrees(middle.angle + Math.PI),
    spot,
    grow,
  };
  parts.sign.setAttribute(
    "transform",
    `${spot} rotate(${degrees(turn)})${grow > 1 ? ` scale(${grow.toFixed(2)})` : ""}`,
  );
  parts.ring.setAttribute("transform", spot);
  group.wires.append(parts.wire);
  group.hits.append(parts.hit);
  group.signs.append(parts.ring);
  if (small) return parts;
  group.arrows.append(parts.arrow);
  group.signs.append(parts.sign);
  return parts;
}

function drawBus(group, place, number, prosumer, scale) {
  const node = svg(
    "g",
    {
      class: prosumer ? "bus prosumer" : "bus",
      transform: `translate(${place.map((v) => v.toFixed(1)).join(" ")})`,
      tabindex: -1,
      role: "button",
      "data-bus": number,
    },
    svg("circle", { class: "reach", r: Math.max(5, 14 * scale) }),
    busMark(prosumer, scale),
  );
  group.buses.append(node);
  return { node, mark: node.lastChild };
}

const typeSize = () => parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--small")) / 12;

// Places on the screen; where they are wide apart, marks and lines grow with the type.
function fitted({ x, y, routes }, width) {
  const { present, embed } = document.documentElement.dataset;
  const besides = present ? 690 : embed ? 330 : 420; // what stands above and below it in the window
  const fit = fitPlaces(x, y, width, Math.max(280, window.innerHeight - besides), routes);
  return fit.unit > 40 ? { ...fit, scale: fit.scale * typeSize() } : fit;
}

// Builds the drawing for one width; returns what the updates need.
/** @param {Payload} payload */
export function buildDiagram(holder, payload) {
  const width = Math.max(280, holder.clientWidth);
  const fit = fitted(payload.diagram, width);
  const { lines, at, sources } = shape(payload);
  const small = fit.scale < 0.8;
  const routes = payload.diagram.routes.map((route) => route.map(([x, y]) => fit.put(x, y)));
  const root = svg("svg", {
    viewBox: `0 0 ${width} ${fit.height}`,
    height: fit.height,
    role: "group",
    "aria-label": t("Buses and lines"),
  });
  const group = layers(root);
  const drawn = routes.map((route, i) => drawLine(group, route, i + 1, { small, scale: fit.scale }));
  const spots = new Map(
    [...sources].map((bus) => [
      bus,
      sourceSpot(
        fit.places[bus],
        lines
          .filter(({ from, to }) => from === bus || to === bus)
          .map(({ from, to }) => fit.places[from === bus ? to : from]),
      ),
    ]),
  );
  spots.forEach((spot, bus) => group.sources.append(...sourceMark(fit.places[bus], spot)));
  const buses = fit.places.map((place, i) => drawBus(group, place, i + 1, Boolean(at[i]), fit.scale));
  const feeds = [...spots].map(([bus, { x, y }]) => [fit.places[bus], [x, y]]);
  const all = [...routes, ...feeds];
  const written =
    small && fit.unit < 12
      ? { texts: [], spots: [] }
      : numbers(group, fit, all, 1, small ? (bus) => Boolean(at[bus]) : null);
  const bars = feeds.map(([, bar]) => bar);
  const levers = leversFor(group, { payload, fit, routes: all, bars, texts: written.texts }, 1);
  const spotsOf = (labels) => labels.map(({ near, rest }) => near.map((value, axis) => value + rest[axis]));
  root.style.setProperty("--scale", fit.scale);
  root.classList.toggle("large", lines.length > 150);
  root.classList.toggle("dense", small);
  holder.querySelectorAll(":scope > svg, .empty").forEach((old) => old.remove());
  holder.prepend(root);
  return {
    root,
    group,
    lines: drawn,
    buses,
    places: fit.places,
    at,
    sources,
    fit,
    payload,
    small,
    width,
    routes: all,
    bars,
    numbered: small ? 0 : 1,
    texts: written.texts,
    levers,
    obstacles: obstacles(routes, [...written.spots, ...spotsOf(levers.labels)]),
    arcs: new Map(),
    lit: new Set(),
    chosen: null,
  };
}

// A number beside its bus.
function number(name, place, spot, sizes) {
  const node = svg("text", { class: "number" });
  node.textContent = name;
  return { node, spot, letters: String(name).length, ...standOff(place, spot, sizes) };
}

// Labels of levers at a zoom, clear of the numbers that stand; nothing where none moves.
function leversFor(group, { payload, fit, routes, texts, bars }, zoom) {
  const { levers } = payload;
  const found = leverLabels(
    group,
    { levers, places: fit.places, routes, bars, box: fit.box, numbers: texts },
    { k: zoom / typeSize(), zoom, scale: fit.scale },
  );
  setNumbers([...found.labels, ...found.leads], 1 / zoom);
  return found;
}

const setNumbers = (texts, shrink) =>
  texts.forEach(({ node, near, rest, names = ["x", "y"] }) =>
    names.forEach((name, axis) => node.setAttribute(name, (near[axis] + shrink * rest[axis]).toFixed(1))),
  );

// Bus numbers as they fit at a zoom; places are of the drawing, sizes of the screen.
function numbers(group, fit, routes, zoom, only) {
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

// A drawing too dense for all numbers has those of prosumers, and the others where it is zoomed in far enough; their
// size stays that of text.
export function numbersFor(drawing, k) {
  if (drawing.small) {
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
  drawing.root.style.setProperty("--thin", 1 / Math.sqrt(k));
  const shrink = 1 / (drawing.small ? k : Math.sqrt(k));
  drawing.root.style.setProperty("--shrink", shrink);
  setNumbers([...drawing.texts, ...drawing.levers.labels, ...drawing.levers.leads], shrink);
}
