// What can be slid: numbers of a prosumer, of the retailer and the market, of the grid's limits. Each knob reads its
// number from a scenario, writes it into one, and says what the table then holds. Pure.

import { t } from "../page/language.js";

const given = (value, otherwise) => (value === undefined || value === null ? otherwise : value);
const round = (value, digits = 6) => Number(value.toFixed(digits));
const mean = (values) => values.reduce((total, value) => total + value, 0) / values.length;

// A round number at or above a value: 1, 2 or 5 times a power of ten.
export function roundAbove(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1, 2, 5, 10].find((digit) => digit * power >= value * (1 - 1e-9));
}

// From zero to a round number of at least twice what it is.
const room = (value, least) => {
  const most = roundAbove(Math.max(2 * value, least));
  return { min: 0, max: most, step: most / 200 };
};

/**
 * @typedef {object} Knob
 * @property {string} key
 * @property {string} label
 * @property {string} unit
 * @property {number} min
 * @property {number} max
 * @property {number} step
 * @property {number} digits
 * @property {number} value  as the scenario has it when the knob is made
 * @property {(scenario: any, value: number) => void} write  into a scenario that may be changed
 * @property {(draft: Draft, scenario: any) => Partial<Draft>} text  the draft that says what a scenario has
 */

const find = (scenario, id) => scenario.prosumers.find((one) => one.id === id);

// Cells of one row of the table, out of a prosumer.
/** @returns {(draft: Draft, scenario: any) => Partial<Draft>} */
const cells = (id, read) => (draft, scenario) => ({
  rows: draft.rows.map((row) => (row.id.trim() === id ? { ...row, ...read(find(scenario, id)) } : row)),
});

const simple = (id, field, rest) => ({
  key: field,
  digits: 1,
  write: (scenario, value) => {
    find(scenario, id)[field] = round(value);
  },
  text: cells(id, (person) => ({ [field]: String(given(person[field], 0)) })),
  ...rest,
});

// A first PV needs a profile that is there: its neighbours' one.
function solar(scenario, person) {
  const value = given(person.pv_kw, 0);
  const known = scenario.profiles[given(person.pv_profile, "pv")];
  const other = scenario.prosumers.find((one) => one.pv_kw > 0 && scenario.profiles[given(one.pv_profile, "pv")]);
  if (!known && !other) return null;
  return simple(person.id, "pv_kw", {
    label: t("PV, peak"),
    unit: "kW",
    value,
    ...room(value, 50),
    write: (changed, next) => {
      const own = find(changed, person.id);
      own.pv_kw = round(next);
      if (!known) own.pv_profile = given(other.pv_profile, "pv");
    },
    text: cells(person.id, (own) => ({
      pv_kw: String(own.pv_kw),
      ...(known ? {} : { pv_profile: given(own.pv_profile, "pv") }),
    })),
  });
}

// A battery is there as a whole: the first kWh bring a third of them in kW, and what it starts with and must keep stay
// their shares.
function batteryWrite(id, field) {
  return (scenario, next) => {
    const own = find(scenario, id);
    const old = own.battery || { capacity_kwh: 0, power_kw: 0 };
    const changed = { ...old, [field]: round(next) };
    if (field === "capacity_kwh") {
      if (!(old.power_kw > 0)) changed.power_kw = round(next / 3, 1);
      if (old.initial_kwh !== undefined && old.initial_kwh !== null)
        changed.initial_kwh =
          old.capacity_kwh > 0 ? round((old.initial_kwh * next) / old.capacity_kwh, 3) : round(next / 2);
      if (old.min_kwh > 0) changed.min_kwh = round((old.min_kwh * next) / old.capacity_kwh, 3);
    } else if (!(old.capacity_kwh > 0)) changed.capacity_kwh = round(3 * next, 1);
    own.battery = changed;
  };
}

function battery(person) {
  const own = person.battery || { capacity_kwh: 0, power_kw: 0 };
  const text = cells(person.id, ({ battery: held }) => ({
    battery_capacity: String(held.capacity_kwh),
    battery_power: String(held.power_kw),
    ...(given(held.initial_kwh, null) === null ? {} : { battery_initial: String(held.initial_kwh) }),
    ...(held.min_kwh > 0 ? { battery_min: String(held.min_kwh) } : {}),
  }));
  const knob = (key, field, label, unit, least) => ({
    key,
    label,
    unit,
    digits: 1,
    value: own[field],
    ...room(own[field], least),
    write: batteryWrite(person.id, field),
    text,
  });
  return [
    knob("battery_capacity", "capacity_kwh", t("Battery"), "kWh", 100),
    knob("battery_power", "power_kw", t("Battery power"), "kW", 50),
  ];
}

function flexible(person) {
  return {
    key: "flexible_share",
    label: t("Flexible load"),
    unit: "%",
    digits: 0,
    min: 0,
    max: 100,
    step: 1,
    value: 100 * given(person.flexible_share, 0),
    write: (scenario, value) => {
      find(scenario, person.id).flexible_share = round(value / 100);
    },
    text: cells(person.id, (own) => ({ flexible_share: String(given(own.flexible_share, 0)) })),
  };
}

// Knobs of a prosumer, by its name.
/** @returns {Knob[]} */
export function prosumerKnobs(scenario, id) {
  const person = find(scenario, id);
  if (!person) return [];
  const load = given(person.load_kw, 0);
  const profiled = scenario.profiles[given(person.load_profile, "load")];
  return [
    profiled && simple(id, "load_kw", { label: t("Load, peak"), unit: "kW", value: load, ...room(load, 50) }),
    solar(scenario, person),
    ...battery(person),
    load > 0 && profiled && profiled.length > 1 && flexible(person),
  ].filter(Boolean);
}

// A price of all hours is slid as its mean; its shape stays. The retailer never pays more than it asks.
function tariff(scenario, key, field, label, other) {
  const [series, against] = [scenario.tariff[field], scenario.tariff[other]];
  const now = 100 * mean(series);
  const ratios = series.map((value, t) => (value > 0 ? against[t] / value : null)).filter((one) => one !== null);
  if (!(now > 0) || !ratios.length) return null;
  const [low, high] = field === "buy_eur_per_kwh" ? [Math.max(...ratios), 2] : [0, Math.min(...ratios)];
  return {
    key,
    label,
    unit: "ct/kWh",
    digits: 2,
    min: Math.ceil(10 * now * low) / 10,
    max: Math.floor(10 * now * high) / 10,
    step: 0.1,
    value: now,
    write: (changed, value) => {
      changed.tariff[field] = series.map((one) => round((one * value) / now));
    },
    text: (draft, changed) => ({ settings: { ...draft.settings, [key]: changed.tariff[field].map(String).join(" ") } }),
  };
}

const setting = (key, section, field, rest) => ({
  key,
  write: (scenario, value) => {
    scenario[section] = { ...scenario[section], [field]: round(value) };
  },
  text: (draft, scenario) => ({ settings: { ...draft.settings, [key]: String(scenario[section][field]) } }),
  ...rest,
});

// A price of one digit more than cents is written in EUR.
function fee(scenario) {
  const value = 100 * given((scenario.market || {}).trade_fee_eur_per_kwh, 0.001);
  const knob = setting("trade_fee", "market", "trade_fee_eur_per_kwh", {
    label: t("Trade fee, each side"),
    unit: "ct/kWh",
    digits: 2,
    min: 0,
    max: 5,
    step: 0.05,
    value,
  });
  return { ...knob, write: (changed, next) => knob.write(changed, next / 100) };
}

const volts = (key, field, label, [min, max], value) =>
  setting(key, "network", field, { label, unit: "p.u.", digits: 3, min, max, step: 0.001, value });

// Knobs of the retailer, the market and the limits of voltage.
/**
 * @param {any} scenario
 * @param {Payload} payload
 * @returns {Knob[]}
 */
export function dayKnobs(scenario, { network }) {
  const own = scenario.network || {};
  return [
    tariff(scenario, "buy", "buy_eur_per_kwh", t("Retailer sells at, mean"), "sell_eur_per_kwh"),
    tariff(scenario, "sell", "sell_eur_per_kwh", t("Retailer buys at, mean"), "buy_eur_per_kwh"),
    fee(scenario),
    volts("vm_min", "vm_min_pu", t("Lowest voltage"), [0.85, 1], given(own.vm_min_pu, network.vm_min_pu)),
    volts("vm_max", "vm_max_pu", t("Highest voltage"), [1, 1.15], given(own.vm_max_pu, network.vm_max_pu)),
  ].filter(Boolean);
}

// The limit of one line (from 0).
/**
 * @param {any} scenario
 * @param {Payload} payload
 * @returns {Knob[]}
 */
export function lineKnobs(scenario, { network }, line) {
  const own = scenario.network || {};
  const value = given((own.line_limits_a || {})[line + 1], given(own.line_limit_a, network.limit_a[line]));
  if (value === null || value === undefined) return [];
  const most = roundAbove(2 * value);
  return [
    {
      key: "line_limits",
      label: t("Current limit"),
      unit: "A",
      digits: 0,
      min: most / 200,
      max: most,
      step: most / 200,
      value,
      write: (scene, next) => {
        scene.network = {
          ...scene.network,
          line_limits_a: { ...scene.network.line_limits_a, [line + 1]: round(next) },
        };
      },
      text: (draft, scene) => ({
        settings: {
          ...draft.settings,
          line_limits: Object.entries(scene.network.line_limits_a)
            .map(([number, limit]) => `${number}: ${limit}`)
            .join(", "),
        },
      }),
    },
  ];
}

// A scenario with values written into it, by knob.
/**
 * @param {any} scenario
 * @param {Knob[]} knobs
 * @param {Record<string, number>} values
 */
export function written(scenario, knobs, values) {
  const changed = structuredClone(scenario);
  knobs.forEach((knob) => {
    if (values[knob.key] !== undefined) knob.write(changed, values[knob.key]);
  });
  return changed;
}

// A draft that says what a scenario has, for the knobs that were moved.
/**
 * @param {Draft} draft
 * @param {any} scenario
 * @param {Knob[]} knobs
 * @param {Record<string, number>} values
 * @returns {Partial<Draft>}
 */
export function asText(draft, scenario, knobs, values) {
  return knobs
    .filter(({ key }) => values[key] !== undefined)
    .reduce((changes, knob) => ({ ...changes, ...knob.text({ ...draft, ...changes }, scenario) }), {});
}
