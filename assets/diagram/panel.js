// The small panel that a pointed or focused bus or line opens: its figures in this hour and its course over the day.

import { html, svg } from "../page/elements.js";
import { format } from "../page/format.js";
import { t } from "../page/language.js";
import { feeders } from "./feeding.js";
import { leverRows } from "./lever_words.js";

export function factList(rows) {
  return html(
    "dl",
    {},
    ...rows
      .filter(Boolean)
      .flatMap(([name, value, bad]) => [html("dt", {}, name), html("dd", bad ? { class: "bad" } : {}, value)]),
  );
}

// A course over the day with its limits and the hour; the scale reaches down to `floor` where one is given.
/**
 * @param {Hourly} values
 * @param {number} hour
 * @param {number[]} bounds
 * @param {number} [floor]
 */
export function dayCourse(values, hour, bounds, floor) {
  const known = values.map((value) => value || 0);
  const all = values.filter((value) => value !== null).concat(bounds, floor === undefined ? [] : [floor]);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const x = (i) => (values.length > 1 ? (i / (values.length - 1)) * 200 : 100);
  const y = (value) => 31 - 28 * ((value - low) / (high - low || 1));
  const lines = bounds.map((bound) => svg("line", { class: "bound", x1: 0, x2: 200, y1: y(bound), y2: y(bound) }));
  return svg(
    "svg",
    { class: "course", viewBox: "0 0 200 34", preserveAspectRatio: "none", "aria-hidden": "true" },
    ...lines,
    svg("path", {
      class: "spark",
      "vector-effect": "non-scaling-stroke",
      d: `M${known.map((value, i) => `${x(i).toFixed(1)} ${y(value).toFixed(1)}`).join("L")}`,
    }),
    svg("rect", { class: "now", x: x(hour) - 0.5, y: 0, width: 1, height: 34 }),
  );
}

const tradeText = (kw) => {
  if (Math.abs(kw) < 0.005) return t("none|trades");
  return kw > 0 ? t`sells ${format.kw(kw)}` : t`buys ${format.kw(-kw)}`;
};

/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function prosumerRows(payload, k, hour) {
  const day = payload.prosumers.day;
  const value = (name) => day[name][k][hour];
  const battery = value("charge_kw") - value("discharge_kw");
  const trade = value("net_trade_kw");
  // Of a turn of the negotiation no more is known.
  if (payload.turn)
    return [
      [t("Injection"), format.kw(value("injection_kw"))],
      [t("Trades"), tradeText(trade)],
    ];
  const kvar = day.reactive_kvar ? day.reactive_kvar[k][hour] : 0;
  return [
    [t("Load"), format.kw(value("load_kw") + value("flexible_kw") - value("unserved_kw"))],
    value("pv_available_kw") > 0.005 && [
      "PV",
      t`${format.kw(value("pv_kw"))} of ${format.kw(value("pv_available_kw"))}`,
    ],
    day.energy_kwh[k].some((energy) => energy > 0.005) && [
      t("Battery"),
      Math.abs(battery) < 0.005
        ? t("idle")
        : battery > 0
          ? t`charges ${format.kw(battery)}`
          : t`gives ${format.kw(-battery)}`,
    ],
    Math.abs(kvar) > 0.005 && [
      t("Inverter"),
      kvar > 0 ? t`gives ${format.number(kvar, 1)}\u00a0kvar` : t`takes ${format.number(-kvar, 1)}\u00a0kvar`,
    ],
    [t("Trades"), tradeText(trade)],
    [
      t("Retailer"),
      value("import_kw") > 0.005
        ? t`imports ${format.kw(value("import_kw"))}`
        : value("export_kw") > 0.005
          ? t`exports ${format.kw(value("export_kw"))}`
          : t("nothing"),
    ],
  ];
}

// What people call a bus or a line, beside its number; nothing where that is all.
const called = (ids, index, number) => (ids && ids[index] && ids[index] !== String(number) ? [ids[index]] : []);

// Where several substations feed, the one of this bus.
/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function feederRow({ network, lines }, bus, hour) {
  if (network.substations.length < 2) return false;
  const at = feeders(network, lines.closed[hour])[bus];
  if (at < 0) return [t("Fed by"), t("nothing")];
  const source = network.substations[at];
  return [t("Fed by"), [t`bus ${source}`, ...called(network.bus_ids, source - 1, source)].join(", ")];
}

/** @param {PayloadNetwork} network */
export const busName = (network, bus) => called(network.bus_ids, bus, bus + 1);

/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function busPanel(payload, bus, hour) {
  const { network, buses, prosumers } = payload;
  const volts = buses.vm_pu[hour][bus];
  const here = prosumers.bus
    .map((number, k) => [number - 1, k])
    .filter(([number]) => number === bus)
    .map(([, k]) => k);
  const rows = [
    volts === null
      ? [t("Voltage"), payload.state && payload.state.loops.length ? t("not known in a loop") : t("no supply"), true]
      : [
          t("Voltage"),
          `${format.number(volts, 4)} p.u.`,
          volts < network.vm_min_pu - 1e-5 || volts > network.vm_max_pu + 1e-5,
        ],
    feederRow(payload, bus, hour),
    ...leverRows(payload, "bus", bus, hour),
    [t("Network charge"), format.cents(buses.charge_eur_per_kwh[hour][bus])],
  ];
  const names = [...busName(network, bus), ...here.map((k) => prosumers.id[k])];
  const title = names.length ? t`Bus ${bus + 1} \u00b7 ${names.join(", ")}` : t`Bus ${bus + 1}`;
  return [
    html("h3", {}, title),
    factList(rows.concat(here.length ? prosumerRows(payload, here[0], hour) : [])),
    dayCourse(
      buses.vm_pu.map((row) => row[bus]),
      hour,
      [network.vm_min_pu, network.vm_max_pu],
    ),
  ];
}

/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function linePanel(payload, line, hour) {
  const { network, lines, series } = payload;
  const [from, to] = [network.from[line], network.to[line]];
  const name = called(network.line_ids, line, line + 1);
  const kw = lines.p_kw[hour][line];
  const percent = lines.loading_percent[hour][line];
  const closed = lines.closed[hour][line] === 1;
  const just = series.switched[hour].includes(line + 1);
  const rows = closed
    ? [
        [t("Flow"), t`${format.kw(Math.abs(kw))} from ${kw >= 0 ? from : to} to ${kw >= 0 ? to : from}`],
        [
          t("Current"),
          network.limit_a[line] === null
            ? `${format.number(lines.i_a[hour][line], 0)} A`
            : t`${format.number(lines.i_a[hour][line], 0)} of ${format.number(network.limit_a[line], 0)} A`,
        ],
        percent !== null && [t("Loading"), `${format.number(percent, 0)} %`, percent > 100.05],
        [t("Losses"), format.kw(lines.loss_kw[hour][line])],
      ]
    : [[t("Carries"), t("nothing")]];
  const state = closed
    ? just
      ? t("closed, just closed")
      : t("closed")
    : just
      ? t("open, just opened")
      : t("open|state");
  const course = percent === null ? lines.i_a.map((row) => row[line]) : lines.loading_percent.map((row) => row[line]);
  return [
    html("h3", {}, [t`Line ${line + 1} \u00b7 ${from}\u2013${to}`, ...name].join(" \u00b7 ")),
    factList([
      [t("Switch"), network.switchable[line] ? state : t("none|switch")],
      ...rows,
      ...leverRows(payload, "line", line, hour),
    ]),
    dayCourse(course, hour, percent === null ? [] : [100], 0),
  ];
}

// Who sells how much to whom between two buses, and at what price; `trades` are those that are drawn.
/**
 * @param {Payload} payload
 * @param {Trades} trades
 * @param {string} key "from-to" (diagram/arcs.js)
 */
export function arcPanel({ prosumers, step_h: step }, trades, key) {
  const [from, to] = key.split("-").map((bus) => Number(bus) + 1);
  const pairs = trades.power_kw
    .map((kw, i) => ({ kw, seller: trades.seller[i], buyer: trades.buyer[i], price: trades.price_eur_per_kwh[i] }))
    .filter(({ kw, seller, buyer }) => kw > 0.005 && prosumers.bus[seller] === from && prosumers.bus[buyer] === to);
  return pairs.flatMap(({ kw, seller, buyer, price }) => [
    html("h3", {}, `${prosumers.id[seller]} \u2192 ${prosumers.id[buyer]}`),
    factList([
      [t("Power"), format.kw(kw)],
      [t("Price"), format.cents(price)],
      [t("Pays"), `${format.number(kw * price * step, 2)}\u00a0\u20ac`],
    ]),
  ]);
}

// One sentence for screen readers, the same figures.
/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function elementLabel(payload, kind, index, hour) {
  const names = payload.prosumers.id.filter((_, k) => payload.prosumers.bus[k] === index + 1);
  if (kind === "bus") {
    const volts = payload.buses.vm_pu[hour][index];
    const told = volts === null ? t("without supply") : t`${format.number(volts, 3)} per unit`;
    return t`Bus ${[index + 1, ...names].join(", ")}, ${told}`;
  }
  const closed = payload.lines.closed[hour][index] === 1;
  return closed
    ? t`Line ${index + 1}, closed, ${format.kw(Math.abs(payload.lines.p_kw[hour][index]))}`
    : t`Line ${index + 1}, open`;
}

// Where it hides the fewest buses, never over its element: in a corner of the figure or beside the element.
export function panelSpot(size, room, at, places) {
  const [width, height] = size;
  const [right, bottom] = [Math.max(0, room[0] - width), Math.max(0, room[1] - height)];
  const beside = [
    [at[0] + 26, at[1] - height / 2],
    [at[0] - 26 - width, at[1] - height / 2],
    [at[0] - width / 2, at[1] + 26],
    [at[0] - width / 2, at[1] - 26 - height],
  ];
  const spots = [...beside, [0, 0], [right, 0], [0, bottom], [right, bottom]].map(([x, y]) => [
    Math.min(right, Math.max(0, x)),
    Math.min(bottom, Math.max(0, y)),
  ]);
  const covers = ([x, y], point, pad) =>
    point[0] > x - pad && point[0] < x + width + pad && point[1] > y - pad && point[1] < y + height + pad;
  const cost = (spot) =>
    places.filter((place) => covers(spot, place, 10)).length +
    (covers(spot, at, 16) ? 100 : 0) +
    Math.hypot(spot[0] + width / 2 - at[0], spot[1] + height / 2 - at[1]) / 90;
  return spots.sort((a, b) => cost(a) - cost(b))[0];
}

export function placePanel(panel, holder, at, places) {
  const [x, y] = panelSpot(
    [panel.offsetWidth, panel.offsetHeight],
    [holder.clientWidth, holder.clientHeight],
    at,
    places,
  );
  panel.style.left = `${x}px`;
  panel.style.top = `${y}px`;
}
