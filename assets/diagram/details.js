// What a click on a bus or a line keeps open: its whole day. Balance of a prosumer, price and charge; loading of a
// line.

import { html, svg } from "../page/elements.js";
import { format } from "../page/format.js";
import { capital, horizon } from "../page/horizon.js";
import { t } from "../page/language.js";
import { leverRows } from "./lever_words.js";
import { dayCourse, factList, linePanel, prosumerRows } from "./panel.js";

const sum = (values) => values.reduce((total, value) => total + value, 0);

// What a prosumer gets and gives in each hour, kW: [name, colour token, values], positive sources first.
/** @param {Payload} payload */
export function balance(payload, k) {
  const day = payload.prosumers.day;
  const at = (name) => day[name][k];
  const part = (values, sign) => values.map((value) => sign * Math.max(0, value));
  const load = at("load_kw").map(
    (value, hour) => value + at("flexible_kw")[hour] - at("unserved_kw")[hour] + at("elastic_kw")[hour],
  );
  return [
    ["PV", "pv", part(at("pv_kw"), 1)],
    [t("generator"), "generator", part(at("generator_kw"), 1)],
    [t("battery"), "battery", part(at("discharge_kw"), 1)],
    [t("battery"), "battery", part(at("charge_kw"), -1)],
    [
      t("trades"),
      "trade",
      part(
        at("net_trade_kw").map((value) => -value),
        1,
      ),
    ],
    [t("trades"), "trade", part(at("net_trade_kw"), -1)],
    [t("retailer"), "retail", part(at("import_kw"), 1)],
    [t("retailer"), "retail", part(at("export_kw"), -1)],
    [t("load"), "ink", part(load, -1)],
  ].filter(([, , values]) => values.some((value) => Math.abs(value) > 0.005));
}

/** @param {number} hour */
function bars(parts, hours, hour) {
  const up = Array.from({ length: hours }, (_, h) => sum(parts.map(([, , values]) => Math.max(0, values[h]))));
  const down = Array.from({ length: hours }, (_, h) => sum(parts.map(([, , values]) => Math.max(0, -values[h]))));
  const scale = 88 / (Math.max(...up, 1e-6) + Math.max(...down, 1e-6));
  const zero = 2 + scale * Math.max(...up, 1e-6);
  const slot = 268 / hours;
  const above = new Array(hours).fill(zero);
  const below = new Array(hours).fill(zero);
  const shapes = parts.map(([, token, values]) =>
    svg("path", {
      fill: `var(--${token})`,
      d: values
        .map((value, h) => {
          const height = scale * Math.abs(value);
          if (height < 0.05) return "";
          const top = value > 0 ? (above[h] -= height) : (below[h] += height) - height;
          const wide = Math.max(0.5, slot - 1);
          const [left, right] = [(h * slot + 0.5).toFixed(1), wide.toFixed(1)];
          return `M${left} ${top.toFixed(1)}h${right}v${height.toFixed(1)}h${(-wide).toFixed(1)}z`;
        })
        .join(""),
    }),
  );
  return svg(
    "svg",
    { class: "balance", viewBox: "0 0 268 92", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "hour", x: hour * slot, y: 0, width: slot, height: 92 }),
    ...shapes,
    svg("line", { class: "zero", x1: 0, x2: 268, y1: zero, y2: zero }),
  );
}

const heading = (text, value) => html("h4", {}, text, html("span", {}, value));

// "trades gives 120, takes 30 kWh": what a part of the balance comes to.
function wholeBalance(name, parts, step) {
  const own = parts.filter(([other]) => other === name);
  const [gets, gives] = [1, -1].map(
    (sign) => step * sum(own.map(([, , values]) => sum(values.map((value) => Math.max(0, sign * value))))),
  );
  const said = [gets > 0.5 && t`gives ${format.number(gets)}`, gives > 0.5 && t`takes ${format.number(gives)}`];
  return `${name} ${said.filter(Boolean).join(", ")} kWh`;
}

/**
 * @param {Payload} payload
 * @param {number} hour
 */
function balanceOf(payload, k, hour) {
  const parts = balance(payload, k);
  if (!parts.length) return [];
  const names = new Map(parts.map(([name, token]) => [name, token]));
  const reading = [...names.keys()].map((name) => wholeBalance(name, parts, payload.step_h)).join("; ");
  return [
    heading(t`Balance of ${payload.prosumers.id[k]}, kW`, t("supply above, use below")),
    bars(parts, payload.hours, hour),
    html(
      "ul",
      { class: "keys" },
      ...[...names].map(([name, token]) => html("li", { style: `--swatch: var(--${token})` }, name)),
    ),
    html("p", { class: "visually-hidden" }, `${capital(horizon("over", payload))}: ${reading}.`),
  ];
}

// Mean price of a prosumer's trades in an hour, EUR/kWh; null without trades.
/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function tradePrice(payload, k, hour) {
  const trades = payload.trades[hour];
  const own = trades.power_kw
    .map((kw, i) => [kw, trades.price_eur_per_kwh[i], trades.seller[i], trades.buyer[i]])
    .filter(([, , seller, buyer]) => seller === k || buyer === k);
  const kw = sum(own.map(([power]) => power));
  return kw > 0.005 ? sum(own.map(([power, price]) => power * price)) / kw : null;
}

/**
 * @param {Payload} payload
 * @param {number} hour
 */
function chargeRows(payload, bus, hour) {
  const { buses } = payload;
  const parts = [
    [t("losses"), "charge_loss"],
    [t("congestion"), "charge_congestion"],
    [t("voltage"), "charge_voltage"],
  ].filter(([, key]) => Math.abs(buses[key][hour][bus]) > 5e-5);
  return [
    [t("Network charge"), format.cents(buses.charge_eur_per_kwh[hour][bus])],
    ...(parts.length > 1
      ? parts.map(([name, key]) => [t`\u2003for ${name}`, format.cents(buses[key][hour][bus])])
      : []),
  ];
}

/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function busDetails(payload, bus, hour, chosen) {
  const { network, buses, prosumers } = payload;
  const here = prosumers.bus
    .map((number, k) => [number - 1, k])
    .filter(([number]) => number === bus)
    .map(([, k]) => k);
  const k = here.includes(chosen) ? chosen : here[0];
  const volts = buses.vm_pu[hour][bus];
  const price = k === undefined ? null : tradePrice(payload, k, hour);
  const rows = [
    [
      t("Voltage"),
      volts === null ? t("not supplied") : `${format.number(volts, 4)} p.u.`,
      volts === null || volts < network.vm_min_pu - 1e-5 || volts > network.vm_max_pu + 1e-5,
    ],
    ...leverRows(payload, "bus", bus, hour),
    ...(k === undefined ? [] : prosumerRows(payload, k, hour)),
    price !== null && [t("Mean price of trades"), format.cents(price)],
    ...chargeRows(payload, bus, hour),
  ];
  const course = buses.vm_pu.map((row) => row[bus]);
  const charges = buses.charge_eur_per_kwh.map((row) => row[bus]);
  const cents = (value) => format.number(100 * value, 1);
  return [
    html(
      "h3",
      {},
      [t`Bus ${bus + 1}`, here.map((one) => prosumers.id[one]).join(", ")].filter(Boolean).join(" \u00b7 "),
    ),
    factList(rows),
    ...(k === undefined ? [] : balanceOf(payload, k, hour)),
    heading(
      t`Voltage ${horizon("over", payload)}, p.u.`,
      `${format.number(Math.min(...course), 3)}\u2013${format.number(Math.max(...course), 3)}`,
    ),
    dayCourse(course, hour, [network.vm_min_pu, network.vm_max_pu]),
    heading(t("Network charge, ct/kWh"), t`${cents(Math.min(...charges))} to ${cents(Math.max(...charges))}`),
    dayCourse(
      buses.charge_eur_per_kwh.map((row) => row[bus]),
      hour,
      [],
    ),
  ];
}

/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function lineDetails(payload, line, hour) {
  const { lines, step_h: step } = payload;
  const held = lines.closed.filter((row) => row[line] === 1).length;
  const lost = step * sum(lines.loss_kw.map((row) => row[line]));
  const moves = payload.series.switched.filter((list) => list.includes(line + 1)).length;
  const facts = [
    [t("Closed"), t`${format.number(step * held, step % 1 ? 1 : 0)} of ${format.number(step * payload.hours)} h`],
    [t`Losses ${horizon("of", payload)}`, `${format.number(lost, 1)} kWh`],
    [t("Operations"), format.number(moves)],
  ];
  const flow = lines.p_kw.map((row) => row[line]);
  const over = horizon("over", payload);
  const [title, now, course] = linePanel(payload, line, hour);
  const limited = lines.loading_percent[0][line] !== null;
  const most = Math.max(...(limited ? lines.loading_percent : lines.i_a).map((row) => row[line] || 0));
  return [
    title,
    now,
    heading(limited ? t`Loading ${over}, %` : t`Current ${over}, A`, t`up to ${format.number(most)}`),
    course,
    heading(t`Flow ${over}, kW`, t`${format.number(Math.min(...flow))} to ${format.number(Math.max(...flow))}`),
    dayCourse(flow, hour, [], 0),
    heading(horizon("title", payload), ""),
    factList(facts),
  ];
}
