// A home's day as a small chart: load, sun, what the battery does, and prices below.

import { html, svg } from "../page/elements.js";
import { format } from "../page/format.js";
import { t } from "./speech.js";

const [WIDTH, HEIGHT, LEFT, PRICES] = [360, 214, 46, 150];

const path = (values, x, y) => values.map((value, hour) => `${hour ? "L" : "M"}${x(hour)} ${y(value)}`).join("");

function label(text, x, y, anchor = "end") {
  const node = svg("text", { x, y, "text-anchor": anchor });
  node.textContent = text;
  return node;
}

const tick = (clock, at) => label(`${String(clock).padStart(2, "0")}:00`, at, 211, "middle");

// Curves that begin anew after hours without a value.
function broken(values, x, y) {
  return values
    .map((value, hour) =>
      value === null ? "" : `${hour && values[hour - 1] !== null ? "L" : "M"}${x(hour)} ${y(value)}`,
    )
    .join("");
}

function scale(low, high, top, bottom) {
  const span = high - low || 1;
  return (value) => Number((bottom - ((value - low) / span) * (bottom - top)).toFixed(1));
}

const key = (kind, text) => html("li", {}, html("i", { class: `curve-${kind}` }), text);

/**
 * @param {any} home
 * @param {any} about
 * @param {number[] | null} plan kW of the battery by the hour, + charges
 */
export function dayChart(home, about, plan) {
  const { load_kw: load, pv_kw: sun } = home;
  const hours = load.length;
  const x = (hour) => Number((LEFT + ((WIDTH - LEFT - 8) * hour) / (hours - 1)).toFixed(1));
  const net = load.map((kw, hour) => kw - sun[hour] + (plan ? plan[hour] : 0));
  const all = [...load, ...sun, ...net, 0];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const y = scale(low, high, 8, 128);
  const { buy_eur_per_kwh: buy, sell_eur_per_kwh: sell } = about.tariff;
  const before = about.prices_before;
  const cents = [...buy, ...sell, ...(before || []).filter((value) => value !== null)].map((value) => 100 * value);
  const p = scale(Math.min(0, ...cents), Math.max(...cents), PRICES, 196);
  const curve = (kind, data) => svg("path", { class: `curve curve-${kind}`, d: data });
  const clocks = [0, 6, 12, 18].filter((clock) => clock < hours * about.step_h);
  const picture = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": t("home") },
    svg("line", { class: "axis", x1: LEFT, x2: WIDTH - 8, y1: y(0), y2: y(0) }),
    svg("line", { class: "axis", x1: LEFT, x2: WIDTH - 8, y1: 196, y2: 196 }),
    svg("path", { class: "fill-sun", d: `${path(sun, x, y)}L${x(hours - 1)} ${y(0)}L${x(0)} ${y(0)}Z` }),
    curve("load", path(load, x, y)),
    curve("net", path(net, x, y)),
    curve(
      "buy",
      path(
        buy.map((value) => 100 * value),
        x,
        p,
      ),
    ),
    curve(
      "sell",
      path(
        sell.map((value) => 100 * value),
        x,
        p,
      ),
    ),
    ...(before
      ? [
          curve(
            "before",
            broken(
              before.map((value) => (value === null ? null : 100 * value)),
              x,
              p,
            ),
          ),
        ]
      : []),
    label(`${format.number(high, high < 10 ? 1 : 0)} kW`, LEFT - 4, 14),
    ...(low < 0 ? [label(format.number(low, low > -10 ? 1 : 0), LEFT - 4, 128)] : []),
    label("ct", LEFT - 4, PRICES + 6),
    ...clocks.map((clock) => tick(clock, x(clock / about.step_h))),
  );
  return html(
    "figure",
    { class: "day-chart" },
    picture,
    html(
      "ul",
      { class: "quiet curve-keys" },
      key("load", t("load")),
      key("sun", t("sun")),
      key("net", t("net")),
      key("buy", [buy, sell].map((values) => format.number(100 * values[Math.floor(hours / 2)], 0)).join("/") + " ct"),
      ...(before ? [key("before", t("price_before"))] : []),
    ),
  );
}

// Prices of trades by the hour between what the retailer takes and pays.
/**
 * @param {any} about
 * @param {(number | null)[]} prices
 */
export function priceChart(about, prices) {
  const { buy_eur_per_kwh: buy, sell_eur_per_kwh: sell } = about.tariff;
  const hours = buy.length;
  const x = (hour) => Number((LEFT + ((WIDTH - LEFT - 8) * hour) / (hours - 1)).toFixed(1));
  const cents = (values) => values.map((value) => (value === null ? null : 100 * value));
  const all = [...buy, ...sell, ...prices].filter((value) => value !== null).map((value) => 100 * value);
  const p = scale(0, Math.max(...all), 8, 96);
  const curve = (kind, values) => svg("path", { class: `curve curve-${kind}`, d: broken(cents(values), x, p) });
  const clocks = [0, 6, 12, 18].filter((clock) => clock < hours * about.step_h);
  return html(
    "figure",
    { class: "day-chart" },
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} 114`, role: "img", "aria-label": t("prices") },
      svg("line", { class: "axis", x1: LEFT, x2: WIDTH - 8, y1: 96, y2: 96 }),
      curve("buy", buy),
      curve("sell", sell),
      curve("before", prices),
      label(`${format.number(Math.max(...all), 0)} ct`, LEFT - 4, 14),
      label("0", LEFT - 4, 98),
      ...clocks.map((clock) => {
        const node = tick(clock, x(clock / about.step_h));
        node.setAttribute("y", "110");
        return node;
      }),
    ),
    html("ul", { class: "quiet curve-keys" }, key("before", t("prices")), key("buy", t("retail"))),
  );
}
