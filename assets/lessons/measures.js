// Figures that a lesson asks for, read from solved days: what is right is never written down. Pure.

const sum = (values) => values.reduce((total, value) => total + value, 0);
/** @param {Payload} payload */
const cost = ({ summary: { costs_eur: parts, role } }) =>
  parts.losses + parts.violations + parts.switching + ((role && role.compensation_eur) || 0);

// Energy and payment of the trades of an hour.
/** @param {Payload} payload */
function tradedAt({ trades, step_h: step }, hour) {
  const { power_kw: power, price_eur_per_kwh: price } = trades[hour];
  return { kwh: step * sum(power), eur: step * sum(power.map((kw, i) => kw * price[i])) };
}

// What each prosumer pays less than in the other day.
/**
 * @param {Payload} payload
 * @param {Payload} other
 */
const gains = (payload, other) => payload.bills.total_eur.map((eur, k) => other.bills.total_eur[k] - eur);

// Whether the flow on a line (from 1) has other signs at two hours.
/**
 * @param {Payload} payload
 * @param {Measure} of
 */
const turns = ({ lines }, { line, hours: [one, other] }) => lines.p_kw[one][line - 1] * lines.p_kw[other][line - 1] < 0;

/** @type {Record<string, (payload: Payload, other: Payload, of: Measure) => number | string>} */
const OF_DAYS = {
  open_lines: ({ series }) => series.open_lines[0].length,
  topologies: ({ summary }) => summary.topologies,
  hours_at_rank_1: ({ series }) => series.rank.filter((rank) => rank === 1).length,
  worst_rank: ({ series }) => Math.max(...series.rank),
  bills_eur: ({ bills }) => sum(bills.total_eur),
  traded_mwh: (payload) => sum(payload.trades.map((_, hour) => tradedAt(payload, hour).kwh)) / 1000,
  mean_price_eur_per_kwh: (payload, _, { hour }) => {
    const { kwh, eur } = tradedAt(payload, hour);
    return eur / kwh;
  },
  gains_most: (payload, other) => {
    const all = gains(payload, other);
    return payload.prosumers.id[all.indexOf(Math.max(...all))];
  },
  gains_least: (payload, other) => {
    const all = gains(payload, other);
    return payload.prosumers.id[all.indexOf(Math.min(...all))];
  },
  curtailed_kwh: ({ summary }) => summary.curtailed_kwh,
  objective_eur: ({ summary }) => summary.objective_eur,
  operations: ({ summary }) => summary.operations,
  vm_min_pu: ({ summary }) => summary.vm_min_pu,
  vm_max_pu: ({ summary }) => summary.vm_max_pu,
  other_costs_eur: (payload, other) => {
    const rest = ({ summary }) => summary.objective_eur - summary.costs_eur.switching;
    return rest(payload) - rest(other);
  },
  trading_saves_eur: (payload, other) => other.summary.objective_eur - payload.summary.objective_eur,
  above_tariff: ({ summary }) => summary.above_tariff,
  worst_off: ({ summary }) => summary.above_tariff_ids[0],
  charges_collected_eur: ({ summary }) => summary.charges_collected_eur,
  operator_pays_eur: cost,
  // The place of the answer among "both", "only the second day", "only the first", "neither".
  line_turns: (payload, other, of) => [3, 2, 1, 0][(turns(payload, of) ? 1 : 0) + (turns(other, of) ? 2 : 0)],
};

export const MEASURES = Object.keys(OF_DAYS);

// The value of a figure; null as long as a day that it needs is not solved.
/**
 * @param {Measure} of
 * @param {(day: string, mode: string) => Promise<Payload | null>} payloadOf
 */
export async function measured(of, payloadOf) {
  const [first, second] = of.days || [of.day, of.beside];
  const payload = await payloadOf(first, of.mode);
  const other = second ? await payloadOf(second, of.beside_mode || of.mode) : null;
  if (!payload || (second && !other)) return null;
  return OF_DAYS[of.measure](payload, other, of);
}
