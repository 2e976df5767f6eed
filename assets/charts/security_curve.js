// What secure plans cost by the share of days on which limits hold: one dot a solved plan, a line where the slider is.

import { svg } from "../page/elements.js";
import { format } from "../page/format.js";
import { t } from "../page/language.js";
import { percent } from "./security_words.js";

const [LEAST, MOST] = [50, 99];
const LOOKS = { holds: "kept", "does not hold": "broken", "not shown": "open" };
const TICKS = [50, 60, 70, 80, 90, 99];

function niceTop(most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  return [1, 2, 5, 10].map((times) => times * power).find((step) => step >= most);
}

// Positions in px of a share in percent and of a price in EUR.
export function scalesOf(found, width, height) {
  const [left, right, top, base] = [46, 18, 26, height - 34];
  const high = niceTop(Math.max(...found.map(({ price }) => price), 1));
  return {
    left,
    top,
    base,
    high,
    x: (share) => left + ((width - left - right) * (share - LEAST)) / (MOST - LEAST),
    y: (price) => base - ((base - top) * Math.max(0, price)) / high,
  };
}

const label = (x, y, text, name = "live-label middle") => svg("text", { class: name, x, y }, text);

// What the axis is, in words that have room; a letter of small type takes six pixels.
function named(width) {
  const whole = t("share of days on which all limits are to hold");
  return 6 * whole.length < width ? whole : t("share of days");
}

function frame({ x, y, left, base, high }, width) {
  const rows = [0, high / 2, high].map((price) => [
    svg("line", { class: "live-grid", x1: left, x2: width - 8, y1: y(price), y2: y(price) }),
    label(left - 8, y(price) + 4, format.number(price, high < 4 ? 1 : 0), "live-label"),
  ]);
  return [...rows.flat(), ...TICKS.map((share) => label(x(share), base + 18, `${share} %`))];
}

function dots(found, { x, y }) {
  return found.map(({ share, price, state }, i) => {
    const [left, up] = [x(Math.min(MOST, 100 * share)), y(price)];
    const text = format.number(price, price < 100 ? 1 : 0);
    // Neighbours that would touch stand above and below by turns.
    const close = i > 0 && left - x(100 * found[i - 1].share) < 44 && Math.abs(up - y(found[i - 1].price)) < 16;
    return svg(
      "g",
      { class: `secure-dot ${LOOKS[state]}` },
      svg("circle", { cx: left, cy: up, r: 5 }),
      label(left, close ? up - 26 : up - 11, text, "live-label middle price"),
    );
  });
}

/**
 * @param {SecurePoint[]} found
 * @param {{ width: number, height: number, asked: number }} room `asked` is where the slider stands, in percent
 */
export function drawCurve(found, { width, height, asked }) {
  const scales = scalesOf(found, width, height);
  const { x, y, top, base } = scales;
  const path = found.map(({ share, price }, i) => `${i ? "L" : "M"}${x(Math.min(MOST, 100 * share))} ${y(price)}`);
  const told = found.map(({ share, price }) => `${percent(share)}: ${format.number(price, 2)} \u20ac`);
  return svg(
    "svg",
    {
      class: "security-curve",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      "aria-label": found.length ? t`Price of security. ${told.join("; ")}.` : t("No secure plan has been solved yet."),
    },
    ...frame(scales, width),
    label(scales.left, 14, t("\u20ac above the plan for the forecast"), "live-label first"),
    label((width + scales.left) / 2, height - 2, named(width - scales.left)),
    svg("line", { class: "asked", x1: x(asked), x2: x(asked), y1: top, y2: base, "data-asked": "" }),
    svg("path", { class: "through", d: path.join("") }),
    ...dots(found, scales),
  );
}

// The slider moved: its line goes along.
export function moveAsked(drawn, found, { width, height, asked }) {
  const line = drawn.querySelector("[data-asked]");
  const { x } = scalesOf(found, width, height);
  ["x1", "x2"].forEach((end) => line.setAttribute(end, x(asked)));
}
