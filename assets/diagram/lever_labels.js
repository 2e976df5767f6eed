// Labels of tap changers and capacitors in the diagram: where they have room, and what they say in an hour.

import { svg } from "../page/elements.js";
import { obstacles } from "./arcs.js";
import { leverLabel, leverTitle } from "./lever_words.js";
import { middleOf, standOff } from "./routes.js";

const [LETTER, TALL, MARK] = [3.2, 7, 8];
const RADII = [16, 20, 25, 31, 38, 46];
const TURNS = Array.from({ length: 16 }, (_, i) => (i * Math.PI) / 8);

const overlap = (a, b) =>
  Math.max(0, a.wide + b.wide - Math.abs(a.x - b.x)) * Math.max(0, a.tall + b.tall - Math.abs(a.y - b.y));

// The box of a text whose middle is at a place, px.
/** @param {number[]} middle */
export const textBox = ([x, y], letters) => ({ x, y, wide: LETTER * letters + 2, tall: TALL });

// How far a box is from a point.
const gap = (own, /** @type {number[]} */ [x, y]) =>
  Math.hypot(Math.max(0, Math.abs(x - own.x) - own.wide), Math.max(0, Math.abs(y - own.y) - own.tall));

// Boxes around an anchor, to the sides further away than above and below, as the text is wide.
const boxesAround = (/** @type {number[]} */ [x, y], letters) =>
  RADII.flatMap((radius) =>
    TURNS.map((angle) =>
      textBox([x + Math.cos(angle) * (radius + LETTER * letters - 4), y + Math.sin(angle) * radius], letters),
    ),
  );

// A box for each label, as near its anchor and as clear as can be of bus numbers (`taken`, boxes), buses, signs, lines
// and other labels. Labels are {anchor, letters}; everything is in px of the screen.
export function placeLabels(labels, { places, signs, routes, taken, box }) {
  const points = obstacles(routes, []);
  const marks = [...places, ...signs].map(([x, y]) => ({ x, y, wide: MARK, tall: MARK }));
  const set = [...taken];
  const price = (own, anchor) => {
    const hidden = [...set, ...marks].reduce((sum, other) => sum + overlap(own, other), 0);
    const crossed = points.filter(([x, y]) => Math.abs(x - own.x) < own.wide + 1 && Math.abs(y - own.y) < TALL);
    const out =
      own.x - own.wide < box[0] || own.x + own.wide > box[2] || own.y - TALL < box[1] || own.y + TALL > box[3];
    const away = gap(own, anchor);
    const strange = Math.min(...places.filter((place) => gap(textBox(anchor, 0), place) > 0).map((at) => gap(own, at)));
    return 4 * hidden + 9 * crossed.length + away + Math.max(0, away - strange) + (out ? 1e4 : 0);
  };
  return labels.map(({ anchor, letters }) => {
    const priced = boxesAround(anchor, letters).map((own) => ({ own, cost: price(own, anchor) }));
    const { own } = priced.reduce((one, other) => (other.cost < one.cost ? other : one));
    set.push(own);
    return own;
  });
}

// Room for the longest that a label says over the day.
/** @param {Levers} levers */
const lettersOf = (levers, i) => Math.max(...levers.position.map((_, hour) => leverLabel(levers, i, hour).length));

// The bus, or the middle of the line.
const anchorOf = ({ places, routes }, { kind, number }, i) => {
  if (kind[i] !== "line tap") return places[number[i] - 1];
  const { x, y } = middleOf(routes[number[i] - 1]);
  return [x, y];
};

// Where the line from an element to its label ends: at the nearest point of the label's box; null where a bus stands
// so near that none is needed.
function leadEnd(own, /** @type {number[]} */ [x, y], kind) {
  if (gap(own, [x, y]) < (kind === "line tap" ? 2 : 9)) return null;
  const within = (value, middle, half) => Math.min(middle + half, Math.max(middle - half, value));
  return [within(x, own.x, own.wide), within(y, own.y, own.tall)];
}

function drawLabel(group, anchor, spot, sizes) {
  const title = svg("title", {});
  const text = svg("tspan", {});
  const node = svg("text", { class: "lever" }, title, text);
  group.levers.append(node);
  return { node, title, text, ...standOff(anchor, spot, sizes) };
}

function drawLead(group, anchor, end, sizes) {
  const [x1, y1] = anchor.map((value) => value.toFixed(1));
  const node = svg("line", { class: "lead", x1, y1 });
  group.leads.append(node);
  return { node, names: ["x2", "y2"], ...standOff(anchor, end, sizes) };
}

// Labels and the lines to them at a zoom, placed as bus numbers are: `k` screen px for one of the drawing, `numbers` as
// they stand, `bars` of substations.
export function leverLabels(group, drawn, { k, zoom, scale }) {
  const { levers, places, routes, bars, box, numbers } = drawn;
  [group.levers, group.leads].forEach((layer) => layer.replaceChildren());
  if (!levers) return { labels: [], leads: [] };
  const large = ([x, y]) => [k * x, k * y];
  const small = (spot) => spot.map((value) => value / k);
  const anchors = levers.kind.map((_, i) => anchorOf(drawn, levers, i));
  const wanted = anchors.map((anchor, i) => ({ anchor: large(anchor), letters: lettersOf(levers, i) }));
  const found = placeLabels(wanted, {
    places: places.map(large),
    signs: [...routes.map(middleOf).map(({ x, y }) => [x, y]), ...bars].map(large),
    routes: routes.map((path) => path.map(large)),
    taken: numbers.map(({ spot, letters }) => textBox(large(spot), letters)),
    box: box.map((value) => k * value),
  });
  const sizes = { radius: 7 * scale, zoom };
  const ends = found.map((own, i) => leadEnd(own, large(anchors[i]), levers.kind[i]));
  return {
    labels: found.map(({ x, y }, i) => drawLabel(group, anchors[i], small([x, y]), sizes)),
    leads: ends.flatMap((end, i) => (end ? [drawLead(group, anchors[i], small(end), sizes)] : [])),
  };
}

// What the labels say in an hour; those that move at its start stand out.
/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function updateLevers(labels, payload, hour) {
  labels.forEach(({ node, title, text }, i) => {
    text.textContent = leverLabel(payload.levers, i, hour);
    title.textContent = leverTitle(payload, i, hour);
    node.classList.toggle("moved", payload.levers.steps[hour][i] > 0);
  });
}
