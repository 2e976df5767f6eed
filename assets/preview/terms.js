// What a scenario says about its prosumers, hour by hour, with the defaults of p2pdnr/scenario/schema.py. Pure.

const none = (hours) => new Array(hours).fill(0);

// Peak times profile; a profile that is not there belongs to a quantity that is zero.
const shape = (scenario, peak, profile, hours) =>
  scenario.profiles[profile] ? scenario.profiles[profile].map((value) => peak * value) : none(hours);

const given = (value, otherwise) => (value === undefined || value === null ? otherwise : value);

// Steps of a time, all there are where none is given.
const stepsOf = (time, { hours, step }) => (given(time, 0) > 0 ? Math.min(hours, Math.round(time / step)) : hours);

/**
 * @param {any} prosumer
 * @param {{hours: number, step: number}} day
 * @returns {BatteryTerms | null}
 */
function batteryOf({ battery }, day) {
  if (!battery || !(battery.capacity_kwh > 0)) return null;
  const least = given(battery.min_kwh, 0);
  return {
    kwh: battery.capacity_kwh,
    kw: battery.power_kw,
    efficiency: given(battery.efficiency, 0.95),
    least,
    start: given(battery.initial_kwh, Math.max(battery.capacity_kwh / 2, least)),
    cycle: stepsOf(battery.cycle_h, day),
    wear: given(battery.wear_eur_per_kwh, 0.001),
  };
}

const elasticOf = ({ elastic }) =>
  elastic
    ? { kw: elastic.max_kw, utility: elastic.utility_eur_per_kwh, slope: given(elastic.slope_eur_per_kw2h, 0) }
    : null;

const generatorOf = ({ generator }) =>
  generator
    ? { kw: generator.max_kw, cost: generator.cost_eur_per_kwh, slope: given(generator.slope_eur_per_kw2h, 0) }
    : null;

/**
 * @param {any} scenario
 * @param {any} prosumer
 * @param {{hours: number, step: number}} day
 * @returns {Terms}
 */
function termsOf(scenario, prosumer, day) {
  const { hours } = day;
  const tariff = prosumer.tariff || scenario.tariff;
  const factor = given(prosumer.power_factor, 1);
  return {
    id: prosumer.id,
    load: shape(scenario, given(prosumer.load_kw, 0), given(prosumer.load_profile, "load"), hours),
    sun: shape(scenario, given(prosumer.pv_kw, 0), given(prosumer.pv_profile, "pv"), hours),
    kvarPerKw: Math.sqrt(1 - factor * factor) / factor,
    buy: tariff.buy_eur_per_kwh,
    sell: tariff.sell_eur_per_kwh,
    ownTariff: Boolean(prosumer.tariff),
    mostImport: given(prosumer.import_limit_kw, Infinity),
    mostExport: given(prosumer.export_limit_kw, Infinity),
    flexible: hours > 1 ? given(prosumer.flexible_share, 0) : 0,
    discomfort: given(prosumer.discomfort_eur_per_kw2h, 0),
    battery: batteryOf(prosumer, day),
    elastic: elasticOf(prosumer),
    generator: generatorOf(prosumer),
  };
}

const largest = (terms) => {
  const battery = terms.battery ? terms.battery.kw : 0;
  return Math.max(
    Math.max(...terms.sun) + battery + (terms.generator ? terms.generator.kw : 0),
    Math.max(...terms.load) * (1 + terms.flexible) + battery + (terms.elastic ? terms.elastic.kw : 0),
  );
};

// Limit and fees of each pair; a preference is paid by its owner alone.
/**
 * @param {any} scenario
 * @param {Terms[]} terms
 * @param {[number, number][]} pairs
 * @returns {LinkTerms[]}
 */
function linksOf(scenario, terms, pairs) {
  const market = scenario.market || {};
  const liked = new Map((market.preferences || []).map((one) => [`${one.from}\n${one.to}`, one.eur_per_kwh]));
  const fee = given(market.trade_fee_eur_per_kwh, 0.001);
  const most = terms.map(largest);
  return pairs.map(([k, l]) => ({
    k,
    l,
    limit: Math.min(most[k], most[l], given(market.trade_limit_kw, Infinity)),
    fees: [
      fee + (liked.get(`${terms[k].id}\n${terms[l].id}`) || 0),
      fee + (liked.get(`${terms[l].id}\n${terms[k].id}`) || 0),
    ],
  }));
}

// The market of a scenario whose pairs are those of a payload.
/**
 * @param {any} scenario
 * @param {Payload} payload
 * @returns {MarketTerms}
 */
export function marketTerms(scenario, payload) {
  const { hours, step_h: step } = payload;
  const terms = scenario.prosumers.map((one) => termsOf(scenario, one, { hours, step }));
  const dso = scenario.dso || {};
  return {
    hours,
    step,
    window: stepsOf(scenario.flexible_window_h, { hours, step }),
    terms,
    links: payload.p2p ? linksOf(scenario, terms, payload.partners) : [],
    lossPrice: given(dso.loss_price_eur_per_kwh, 0.12),
    violationPrice: given(dso.violation_price_eur_per_kwh, 10),
    // Whoever has a limit or a tariff of its own could gain by passing the retailer's power on.
    resale: terms.some((one) => one.ownTariff || one.mostImport < Infinity || one.mostExport < Infinity),
  };
}

// Limits of the grid as a scenario sets them; those as built are the payload's.
/**
 * @param {any} scenario
 * @param {Payload} payload
 */
export function limitsOf(scenario, { network }) {
  const own = scenario.network || {};
  const single = own.line_limits_a || {};
  return {
    vm_min_pu: given(own.vm_min_pu, network.vm_min_pu),
    vm_max_pu: given(own.vm_max_pu, network.vm_max_pu),
    limit_a: network.limit_a.map((limit, line) => given(single[line + 1], given(own.line_limit_a, limit))),
  };
}
