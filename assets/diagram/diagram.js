// The one-line diagram: an SVG built once per network and width, of which only attributes change from hour to hour.

import { byId, svg } from "../page/elements.js";
import { talking } from "../page/presenting.js";
import { t } from "../page/language.js";
import { obstacles } from "./arcs.js";
import { withPlaces } from "./moved.js";
import { leversFor, numbers, setNumbers, typeSize } from "./numbers.js";
import { LARGE, paintedLayers } from "./painted.js";
import { writeNames } from "./prosumer_names.js";
import { fitPlaces, middleOf, pathData } from "./routes.js";

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

const atPlace = (place) => `translate(${place.map((v) => v.toFixed(1)).join(" ")})`;

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

function sourceMark(place, spot) {
  const [x, y] = [spot.x - place[0], spot.y - place[1]];
  const [w, h] = spot.upright ? [7, 28] : [28, 7];
  return svg(
    "g",
    { transform: atPlace(place) },
    svg(
      "g",
      { class: "station" },
      svg("line", { class: "feed", x1: x, y1: y, x2: 0, y2: 0 }),
      svg("rect", { class: "source", x: x - w / 2, y: y - h / 2, width: w, height: h, rx: 2 }),
    ),
  );
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
  const names = ["wires", "arcs", "leads", "arrows", "dots", "hits", "signs", "sources", "buses", "numbers", "levers"];
  return Object.fromEntries(names.map((name) => [name, root.appendChild(svg("g", { class: name }))]));
}

const degrees = (angle) => ((angle * 180) / Math.PI).toFixed(1);

// Puts a line and its signs on its way; again when a hand moves one of its ends.
export function layLine(parts, route) {
  const middle = middleOf(route);
  const data = pathData(route);
  const turn = Math.abs(middle.angle) > Math.PI / 2 ? middle.angle + Math.PI : middle.angle;
  Object.assign(parts, {
    data,
    angle: degrees(middle.angle),
    back: degrees(middle.angle + Math.PI),
    spot: `translate(${middle.x.toFixed(1)} ${middle.y.toFixed(1)})`,
    turned: null,
  });
  const sized = parts.grow > 1 ? ` scale(${parts.grow.toFixed(2)})` : "";
  [parts.wire, parts.hit].forEach((node) => node && node.setAttribute("d", data));
  if (parts.sign) parts.sign.setAttribute("transform", `${parts.spot} rotate(${degrees(turn)})${sized}`);
  if (parts.ring) parts.ring.setAttribute("transform", parts.spot);
  if (parts.arrow) parts.arrow.setAttribute("transform", parts.spot);
}

// A line is a wire, its sign where it is open, an arrow and what a pointer hits; a large grid's is painted with others.
function drawLine(group, route, number, { small, large, scale }) {
  const parts = {
    hit: svg("path", { class: "hit", tabindex: -1, role: "button", "data-line": number }),
    wire: large ? null : svg("path", { class: "wire" }),
    arrow: small ? null : svg("path", { class: "arrow", d: "M-4.2-4.2L5 0L-4.2 4.2Z" }),
    sign: small ? null : openSign(),
    grow: Math.max(1, scale),
    group,
    reach: small ? 7 : 12 * Math.max(1, scale),
  };
  layLine(parts, route);
  if (!large) group.wires.append(parts.wire);
  group.hits.append(parts.hit);
  if (small) return parts;
  group.arrows.append(parts.arrow);
  group.signs.append(parts.sign);
  return parts;
}

// The ring of a line that switches; few ever do.
export function ringOf(parts) {
  if (!parts.ring) {
    parts.ring = svg("circle", { class: "ring", r: parts.reach, transform: parts.spot });
    parts.group.signs.prepend(parts.ring);
  }
  return parts.ring;
}

function drawBus(group, place, number, { prosumer, scale, large }) {
  const given = { transform: atPlace(place), tabindex: -1, role: "button", "data-bus": number };
  const reach = Math.max(5, 14 * scale);
  if (large && !prosumer) {
    const node = svg("circle", { ...given, class: "bus reach", r: Math.min(reach, 11 * scale) });
    group.buses.append(node);
    return { node, mark: null };
  }
  const node = svg(
    "g",
    { ...given, class: prosumer ? "bus prosumer" : "bus" },
    svg("circle", { class: "reach", r: reach }),
    busMark(prosumer, scale),
  );
  group.buses.append(node);
  return { node, mark: node.lastChild };
}

// What stands above and below the drawing in the window, in px; on low projectors the story goes below
// (styles/explore.css).
const BESIDES = { present: 690, low: 440, embed: 330, page: 420 };

// On a phone the diagram leaves room for the figures above it and the time below it.
const PHONE = { width: 520, share: 0.55 };

function seat() {
  const { present, embed } = document.documentElement.dataset;
  if (present) return window.matchMedia("(min-width: 1081px) and (max-height: 860px)").matches ? "low" : "present";
  return embed ? "embed" : "page";
}

function roomFor(width) {
  if (talking()) return byId("diagram").clientHeight;
  const at = seat();
  return width < PHONE.width && at !== "embed" ? PHONE.share * window.innerHeight : window.innerHeight - BESIDES[at];
}

// Places on the screen; where they are wide apart, marks and lines grow with the type.
/** @param {Diagram} diagram */
function fitted({ x, y, routes, plan }, width) {
  const fit = fitPlaces(x, y, width, { most: Math.max(280, roomFor(width)), routes, plan });
  return fit.unit > 40 ? { ...fit, scale: fit.scale * typeSize() } : fit;
}

// Builds the drawing for one width; returns what the updates need.
/**
 * @param {any} holder
 * @param {Payload} payload
 * @param {Places} [moved] places that buses have been given by hand
 */
export function buildDiagram(holder, payload, moved) {
  const width = Math.max(280, holder.clientWidth);
  const diagram = withPlaces(payload, moved);
  const fit = fitted(diagram, width);
  const { lines, at, sources } = shape(payload);
  const small = fit.scale < 0.75;
  const large = lines.length > LARGE;
  const routes = diagram.routes.map((route) => route.map(([x, y]) => fit.put(x, y)));
  const root = svg("svg", {
    viewBox: `0 0 ${width} ${fit.height}`,
    height: fit.height,
    role: "group",
    "aria-label": t("Buses and lines"),
  });
  const group = layers(root);
  const drawn = routes.map((route, i) => drawLine(group, route, i + 1, { small, large, scale: fit.scale }));
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
  const stations = new Map([...spots].map(([bus, spot]) => [bus, sourceMark(fit.places[bus], spot)]));
  group.sources.append(...stations.values());
  const buses = fit.places.map((place, i) =>
    drawBus(group, place, i + 1, { prosumer: Boolean(at[i]), scale: fit.scale, large }),
  );
  const feeds = [...spots].map(([bus, { x, y }]) => [fit.places[bus], [x, y]]);
  const all = [...routes, ...feeds];
  const written =
    large || (small && fit.unit < 12)
      ? { texts: [], spots: [] }
      : numbers(group, fit, all, 1, small ? (bus) => Boolean(at[bus]) : null);
  const named = small || large ? [] : writeNames(group, payload, { at, fit, routes: all, texts: written.texts });
  written.texts.push(...named);
  setNumbers(named, 1);
  const bars = feeds.map(([, bar]) => bar);
  const levers = leversFor(group, { payload, fit, routes: all, bars, texts: written.texts }, 1);
  const spotsOf = (labels) => labels.map(({ near, rest }) => near.map((value, axis) => value + rest[axis]));
  root.style.setProperty("--scale", fit.scale);
  root.classList.toggle("large", lines.length > 150);
  root.classList.toggle("dense", small);
  const painted = large
    ? paintedLayers(
        group,
        drawn.map(({ data }) => data),
        fit.places,
        (bus) => Boolean(at[bus]),
        fit.scale,
      )
    : null;
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
    stations,
    fit,
    payload,
    moved,
    painted,
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
