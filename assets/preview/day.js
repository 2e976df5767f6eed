// A cleared market and its power flows as a day in the shape of a payload, and what everybody pays. Pure.

const sum = (values) => values.reduce((total, value) => total + value, 0);
const turned = (rows, count) => Array.from({ length: count }, (_, k) => rows.map((row) => row[k]));
const extreme = (rows, pick) => rows.map((row) => pick(...row.filter((value) => value !== null)));

// Trades below this power are what an interior point leaves of none.
const TRADE_FLOOR_KW = 0.02;

// What is in each battery at the end of every hour, kWh.
/** @param {MarketTerms} market */
function energies({ terms, step }, { charge, discharge }) {
  return terms.map(({ battery }, k) => {
    let held = battery ? battery.start : 0;
    return charge.map((row, t) => {
      if (battery) held += step * (battery.efficiency * row[k] - discharge[t][k] / battery.efficiency);
      return held;
    });
  });
}

/** @param {MarketTerms} market */
function dayOf(market, plan, point) {
  const count = market.terms.length;
  const names = {
    pv_kw: "sun",
    charge_kw: "charge",
    discharge_kw: "discharge",
    flexible_kw: "flexible",
    elastic_kw: "elastic",
    generator_kw: "generator",
    import_kw: "bought",
    export_kw: "sold",
    unserved_kw: "unserved",
  };
  const net = plan.trades.map((row) => {
    const found = new Array(count).fill(0);
    market.links.forEach(({ k, l }, e) => {
      found[k] += row[e];
      found[l] -= row[e];
    });
    return found;
  });
  return {
    load_kw: market.terms.map(({ load }) => load),
    pv_available_kw: market.terms.map(({ sun }) => sun),
    injection_kw: turned(point, count),
    ...Object.fromEntries(Object.entries(names).map(([name, own]) => [name, turned(plan[own], count)])),
    energy_kwh: energies(market, plan),
    net_trade_kw: turned(net, count),
  };
}

// The price of a pair is what both sides' balance makes of it, after fees.
/** @param {MarketTerms} market */
function priceOf({ links }, plan, t, e) {
  const { k, l, fees } = links[e];
  const way = plan.trades[t][e] >= 0 ? 1 : -1;
  return (plan.price[t][k] + way * fees[0] + plan.price[t][l] - way * fees[1]) / 2;
}

/** @param {MarketTerms} market */
function tradesOf(market, plan) {
  return plan.trades.map((row, t) => {
    const order = row
      .map((kw, e) => ({ kw, e }))
      .filter(({ kw }) => Math.abs(kw) >= TRADE_FLOOR_KW)
      .sort((a, b) => Math.abs(b.kw) - Math.abs(a.kw));
    const side = (sells) => order.map(({ kw, e }) => (kw > 0 === sells ? market.links[e].k : market.links[e].l));
    return {
      seller: side(true),
      buyer: side(false),
      power_kw: order.map(({ kw }) => Math.abs(kw)),
      price_eur_per_kwh: order.map(({ e }) => priceOf(market, plan, t, e)),
    };
  });
}

// What one more kWh withdrawn at each bus costs, by what causes it: as in the plan, and as powers and limits changed.
/**
 * @param {Payload} payload
 * @param {MarketTerms} market
 */
function chargesOf(payload, market, plan, around, t) {
  const { hour, limits } = around[t];
  const [powers, prices] = [plan.powers[t], plan.prices[t]];
  const loss = payload.buses.charge_loss[t].slice();
  const [congestion, voltage] = [new Array(loss.length).fill(0), new Array(loss.length).fill(0)];
  const paths = [];
  const { order, parent } = hour.room;
  for (let place = 0; place < hour.count; place += 1) {
    const above = paths[parent[place]] || [];
    const g = place < payload.network.substations.length ? -1 : hour.of[place];
    paths[place] = g < 0 || above.includes(g) ? above : [...above, g];
    paths[place].forEach((stretch) => {
      const bus = order[place];
      loss[bus] -= 2 * market.lossPrice * hour.found[stretch].weight * powers[stretch];
      limits.forEach((limit, i) => {
        const into = limit.limit === "voltage" ? voltage : congestion;
        into[bus] += (limit.terms.get(stretch) || 0) * prices[i];
      });
    });
  }
  return { loss, congestion, voltage, whole: loss.map((value, bus) => value + congestion[bus] + voltage[bus]) };
}

// What everybody pays over the day, EUR, by name as in a payload, without what it is compared with.
/**
 * @param {Payload} payload
 * @param {MarketTerms} market
 */
function billsOf(payload, market, plan, point, charges) {
  const { bus } = payload.prosumers;
  const over = (k, value) => market.step * sum(point.map((_, t) => value(t, k)));
  const each = (value) => market.terms.map((_, k) => over(k, (t) => value(t, k)));
  const linked = (value) =>
    market.terms.map((_, k) =>
      over(k, (t) => sum(market.links.map((link, e) => (link.k === k || link.l === k ? value(link, e, t, k) : 0)))),
    );
  const bills = {
    retail_eur: each((t, k) => market.terms[k].buy[t] * plan.bought[t][k] - market.terms[k].sell[t] * plan.sold[t][k]),
    trades_eur: linked((link, e, t, k) => (link.k === k ? -1 : 1) * plan.trades[t][e] * priceOf(market, plan, t, e)),
    fees_eur: linked((link, e, t, k) => link.fees[link.k === k ? 0 : 1] * plan.passed[t][e]),
    network_eur: each((t, k) => -point[t][k] * charges[t].whole[bus[k] - 1]),
    own_costs_eur: each((t, k) => ownCost(market, plan, t, k)),
  };
  const total = market.terms.map((_, k) => sum(Object.values(bills).map((values) => values[k])));
  const refund = payload.bills.refund_eur;
  return { ...bills, total_eur: refund ? total.map((value, k) => value + refund[k]) : total };
}

// Wear, discomfort and generation, less the utility of the elastic load, and load not served; EUR an hour.
/** @param {MarketTerms} market */
function ownCost(market, plan, t, k) {
  const { battery, elastic, generator, discomfort } = market.terms[k];
  const at = (name) => plan[name][t][k];
  return (
    (discomfort / 2) * at("flexible") ** 2 +
    (battery ? battery.wear * (at("charge") + at("discharge")) : 0) +
    (elastic ? (elastic.slope / 2) * at("elastic") ** 2 - elastic.utility * at("elastic") : 0) +
    (generator ? (generator.slope / 2) * at("generator") ** 2 + generator.cost * at("generator") : 0) +
    market.violationPrice * at("unserved")
  );
}

/**
 * @param {Payload} payload
 * @param {MarketTerms} market
 */
function summaryOf(payload, market, plan, day, bills, flows, series) {
  const unserved = market.step * market.violationPrice * sum(day.unserved_kw.map(sum));
  const losses = market.step * sum(flows.map(({ loss }) => loss));
  const costs = {
    retail: sum(bills.retail_eur),
    own: sum(bills.own_costs_eur) - unserved,
    fees: sum(bills.fees_eur),
    losses: market.lossPrice * losses,
    violations: sum(flows.map(({ breach }) => breach)),
    switching: payload.summary.costs_eur.switching,
    ...(payload.levers ? { levers: payload.summary.costs_eur.levers } : {}),
    unserved,
  };
  const [available, used] = [day.pv_available_kw, day.pv_kw].map((rows) => sum(rows.map(sum)));
  return {
    ...payload.summary,
    objective_eur: sum(Object.values(costs)),
    costs_eur: costs,
    losses_kwh: losses,
    curtailed_kwh: Math.max(0, market.step * (available - used)),
    vm_min_pu: Math.min(...series.vm_min_pu),
    vm_max_pu: Math.max(...series.vm_max_pu),
  };
}

// Lines and figures of every hour from their power flows; `closed` by hour and line, `limit` the lines' limits in A.
export function linesOf(closed, flows, limit) {
  const loading = flows.map(({ amperes }) =>
    amperes.map((value, line) => (limit[line] === null ? null : (100 * value) / limit[line])),
  );
  return {
    closed,
    p_kw: flows.map(({ p }) => p),
    q_kvar: flows.map(({ q }) => q),
    i_a: flows.map(({ amperes }) => amperes),
    loss_kw: flows.map(({ lost }) => lost),
    loading_percent: loading,
  };
}

/** @param {Payload} payload */
export function seriesOf(payload, flows, lines) {
  const volts = flows.map(({ vm }) => vm);
  return {
    ...payload.series,
    loss_kw: flows.map(({ loss }) => loss),
    vm_min_pu: extreme(volts, Math.min),
    vm_max_pu: extreme(volts, Math.max),
    max_loading_percent: extreme(lines.loading_percent, Math.max),
  };
}

// The day that `found` (predict.js) makes of a payload and a scenario.
/**
 * @param {Payload} payload
 * @param {any} scenario
 * @returns {Payload}
 */
export function predictedDay(payload, scenario, { market, plan, point, flows, around, limits }) {
  const charges = flows.map((_, t) => chargesOf(payload, market, plan, around, t));
  const [day, bills] = [dayOf(market, plan, point), billsOf(payload, market, plan, point, charges)];
  const lines = linesOf(payload.lines.closed, flows, limits.limit_a);
  const series = seriesOf(payload, flows, lines);
  return {
    ...payload,
    network: { ...payload.network, ...limits },
    tariff: { ...payload.tariff, ...scenario.tariff },
    lines,
    series,
    buses: {
      vm_pu: flows.map(({ vm }) => vm),
      charge_eur_per_kwh: charges.map(({ whole }) => whole),
      charge_loss: charges.map(({ loss }) => loss),
      charge_congestion: charges.map(({ congestion }) => congestion),
      charge_voltage: charges.map(({ voltage }) => voltage),
    },
    prosumers: { ...payload.prosumers, day },
    trades: tradesOf(market, plan),
    bills: { ...payload.bills, ...bills },
    summary: summaryOf(payload, market, plan, day, bills, flows, series),
  };
}
