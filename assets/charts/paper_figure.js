// What stands below a figure for a paper: what the diagram's colours mean, and a sentence that says what is shown.

import { svg } from "../page/elements.js";
import { token } from "../page/colours.js";
import { format } from "../page/format.js";
import { t } from "../page/language.js";
import { priceText } from "../diagram/scales.js";
import { modeName } from "./sentences.js";

const [TYPE, ROW, LETTER] = [10, 15, 5.2];
const text = (x, y, words) => {
  const node = svg("text", { x, y, "font-size": TYPE, fill: token("ink") });
  node.textContent = words;
  return node;
};

// Words in lines of at most `width` px.
/** @param {string} words */
export function lines(words, width) {
  const most = Math.max(12, Math.floor(width / LETTER));
  const found = [""];
  words.split(" ").forEach((word) => {
    const last = found[found.length - 1];
    if (last && last.length + 1 + word.length > most) found.push(word);
    else found[found.length - 1] = last ? `${last} ${word}` : word;
  });
  return found;
}

function ramp(x, y, stops) {
  const wide = 28 / (stops.length - 1);
  const pieces = Array.from({ length: 28 }, (_, i) => {
    const [at, rest] = [Math.floor(i / wide), (i % wide) / wide];
    const fill = `color-mix(in srgb, ${stops[at + 1]} ${Math.round(100 * rest)}%, ${stops[at]})`;
    return svg("rect", { x: x + i, y: y - 8, width: 1.1, height: 7, fill });
  });
  return svg("g", {}, ...pieces);
}

// The legend in as many rows as the width needs.
export function paperLegend(scales, width) {
  const volts = `${format.number(1 - scales.span, 2)}\u2013${format.number(1 + scales.span, 2)} p.u.`;
  const square = (x, y) =>
    svg("rect", { x: x + 9, y: y - 9.5, width: 10, height: 10, rx: 3, fill: "none", stroke: token("ink") });
  const items = /** @type {[(x: number, y: number) => Element, string][]} */ ([
    [(x, y) => ramp(x, y, ["load-low", "load-high", "over"].map(token)), `${t("loading")}${t(", red over limit")}`],
    [(x, y) => ramp(x, y, ["low", "mid", "high"].map(token)), t`voltage ${volts}`],
    [square, t("prosumer")],
    [(x, y) => ramp(x, y, ["trade-low", "trade-high"].map(token)), priceText(scales)],
  ]);
  let [x, y] = [0, ROW];
  const node = svg("svg", {});
  items.forEach(([mark, words]) => {
    const wide = 36 + LETTER * words.length + 10;
    if (x && x + wide > width) [x, y] = [0, y + ROW];
    node.append(mark(x, y), text(x + 34, y, words));
    x += wide;
  });
  node.setAttribute("viewBox", `0 0 ${width} ${y + 4}`);
  return { node, width, height: y + 4 };
}

/**
 * @param {Payload} payload
 * @param {number} hour
 * @param {string} said
 */
export function paperCaption(payload, hour, said, width) {
  const { vm_min_pu: low, vm_max_pu: high } = payload.network;
  const limits = t`limits ${format.number(low, 2)}\u2013${format.number(high, 2)} p.u.`;
  const when = [format.day(payload, hour), format.at(payload, hour)].filter(Boolean).join(", ");
  const rows = lines(`${payload.name}, ${when}, ${modeName(payload)}, ${limits} ${said}`, width);
  const node = svg("svg", { viewBox: `0 0 ${width} ${ROW * rows.length + 6}` });
  rows.forEach((row, i) => node.append(text(0, ROW * (i + 1) - 2, row)));
  return { node, width, height: ROW * rows.length + 6 };
}
