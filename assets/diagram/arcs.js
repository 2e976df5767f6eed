// Trades as violet arcs over the diagram: from the seller's bus to the buyer's, width = power, the smallest only on
// request.

import { svg } from "../page/elements.js";
import { along, bow } from "./routes.js";
import { strongTrades } from "./scales.js";

// Trades drawn at most; the smallest of many would only be a haze.
const MOST = 80;

// Points every 9 px along the lines and at the bus numbers: what an arc had better not run along.
export function obstacles(routes, spots) {
  const points = routes.flatMap((route) => {
    const length = route.slice(1).reduce((sum, [x, y], i) => sum + Math.hypot(x - route[i][0], y - route[i][1]), 0);
    const count = Math.max(1, Math.round(length / 9));
    return Array.from({ length: count }, (_, i) => along(route, (i + 0.5) / count)).map(({ x, y }) => [x, y]);
  });
  return points.concat(spots);
}

// The bow that runs along the fewest lines, inside the drawing: on its usual side, flatter, rounder, or on the other
// side.
export function clearBow(a, b, bulge, box, obstacles) {
  const reach = Math.abs(bulge) * 2.4 + 12;
  const [left, right] = [Math.min(a[0], b[0]) - reach, Math.max(a[0], b[0]) + reach];
  const [top, bottom] = [Math.min(a[1], b[1]) - reach, Math.max(a[1], b[1]) + reach];
  const near = obstacles.filter(([x, y]) => x > left && x < right && y > top && y < bottom);
  const price = (share) => {
    const path = bow(a, b, share * bulge);
    const touched = path
      .slice(2, -2)
      .filter(([x, y]) => near.some(([u, v]) => (x - u) ** 2 + (y - v) ** 2 < 64)).length;
    const outside = path.filter(([x, y]) => x < box[0] || y < box[1] || x > box[2] || y > box[3]).length;
    return { path, cost: touched + 3 * outside + 0.8 * Math.abs(share - 1) + (share < 0 ? 0.4 : 0) };
  };
  return [1, 1.5, 2.2, 0.6, -1, -1.5, -2.2, -0.6].map(price).sort((one, other) => one.cost - other.cost)[0].path;
}

// A bow as one curve: its control point follows from its middle.
function smooth(path) {
  const [a, middle, b] = [path[0], path[(path.length - 1) / 2], path[path.length - 1]];
  const text = (point) => point.map((value) => value.toFixed(1)).join(" ");
  return `M${text(a)}Q${text(middle.map((value, i) => 2 * value - (a[i] + b[i]) / 2))} ${text(b)}`;
}

function arcFor(drawing, from, to) {
  const key = `${from}-${to}`;
  if (!drawing.arcs.has(key)) {
    const [a, b] = [drawing.places[from], drawing.places[to]];
    const length = Math.hypot(a[0] - b[0], a[1] - b[1]);
    const path = clearBow(
      a,
      b,
      (a[0] + a[1] < b[0] + b[1] ? -1 : 1) * (0.1 * length + 9),
      drawing.fit.box,
      drawing.obstacles,
    );
    const end = along(path, 1 - Math.min(0.4, 10 / length));
    const degrees = ((end.angle * 180) / Math.PI).toFixed(1);
    const turn = `translate(${end.x.toFixed(1)} ${end.y.toFixed(1)}) rotate(${degrees})`;
    const arc = {
      line: svg("path", { class: "arc", d: smooth(path) }),
      reach: svg("path", { class: "arc-reach", d: smooth(path), "data-arc": key }),
      middle: path[(path.length - 1) / 2],
      head: svg("path", { class: "arc-head", d: "M-5-3.2L3 0L-5 3.2Z", transform: turn }),
    };
    drawing.group.arcs.append(arc.line, arc.head, arc.reach);
    drawing.arcs.set(key, arc);
  }
  return drawing.arcs.get(key);
}

// Trades of an hour between buses, those of one bus pair summed: Map "from-to" -> {from, to, kw, eur} (eur per hour),
// largest first.
export function busTrades(trades, buses, chosen) {
  const sums = new Map();
  trades.power_kw.forEach((kw, i) => {
    const [seller, buyer] = [trades.seller[i], trades.buyer[i]];
    const [from, to] = [buses[seller] - 1, buses[buyer] - 1];
    if (from === to || (chosen !== null && chosen !== seller && chosen !== buyer)) return;
    const key = `${from}-${to}`;
    const before = sums.get(key) || { kw: 0, eur: 0 };
    sums.set(key, { from, to, kw: kw + before.kw, eur: kw * trades.price_eur_per_kwh[i] + before.eur });
  });
  return [...sums.values()].sort((a, b) => b.kw - a.kw);
}

// How one arc looks; the document is only touched where that changes.
function dress(arc, width, opacity, headed, colour) {
  const look = `${width} ${opacity} ${headed} ${colour}`;
  if (arc.look === look) return;
  arc.look = look;
  arc.line.style.strokeWidth = `calc(${width}px * var(--thin, 1))`;
  arc.line.style.opacity = opacity;
  arc.head.style.opacity = headed ? 0.9 : 0;
  arc.reach.style.display = opacity ? "" : "none";
  if (colour) arc.line.style.stroke = arc.head.style.fill = colour;
}

// The largest trades of the hour, all of them, none, or those of one prosumer.
/**
 * @param {any} drawing
 * @param {Payload} payload
 * @param {State} state
 * @param {any} scales
 * @param {any} colours
 */
export function updateArcs(drawing, payload, { hour, chosen, arcs }, scales, colours) {
  const rows =
    chosen === null && arcs === "none"
      ? []
      : busTrades(payload.trades[hour], payload.prosumers.bus, chosen).slice(0, MOST);
  const strong = strongTrades(
    rows.map(({ kw }) => kw),
    6,
  );
  const seen = new Set();
  rows.forEach(({ from, to, kw, eur }, i) => {
    const full = strong[i] || chosen !== null;
    if (!full && arcs !== "all") return;
    seen.add(`${from}-${to}`);
    dress(
      arcFor(drawing, from, to),
      full ? Math.round(10 * scales.arcWidth(kw) * Math.max(1, drawing.fit.scale)) / 10 : 1,
      full ? 0.8 : 0.35,
      full,
      scales.price(eur / kw, colours),
    );
  });
  drawing.lit.forEach((key) => {
    if (!seen.has(key)) dress(drawing.arcs.get(key), 1, 0, false);
  });
  drawing.lit = seen;
  drawing.traded = payload.trades[hour];
  if (drawing.chosen === chosen) return;
  drawing.chosen = chosen;
  drawing.buses.forEach(({ node }, i) =>
    node.classList.toggle("chosen", chosen !== null && (drawing.at[i] || []).includes(chosen)),
  );
}
