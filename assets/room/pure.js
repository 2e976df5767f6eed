// What the pages of a room reckon: time by the server's clock, waiting times, moves that wait, plans. Pure.

export const worded = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));

// Milliseconds left of a round by the server's clock; null where no clock runs. `offset` is server minus own clock.
export function leftMs(state, offset, own) {
  if (!state.round) return null;
  if (state.phase === "paused") return state.round.left_ms;
  if (state.phase !== "running" || state.round.deadline === null) return null;
  return Math.max(0, state.round.deadline - (own + offset));
}

export function clockText(ms) {
  const seconds = Math.ceil(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

// How long to wait before asking again: as the server says, longer after each failure, never in step with others.
/**
 * @param {number} usual
 * @param {number} failures in a row
 * @param {number} chance 0 to 1
 */
export function waitMs(usual, failures, chance) {
  const base = failures ? Math.min(2500, 300 * 2 ** failures) : usual;
  return Math.round(base * (0.85 + 0.3 * chance));
}

// Why the room cannot be reached: this device has no network, or the server does not answer.
export const lostBy = (failures, onLine) => (failures < 2 && onLine ? null : onLine ? "server" : "offline");

// What becomes of a move by the answer to it: done with, or to be sent again under the same id.
export function fate(status) {
  if (status === 200) return "taken";
  if (status === 409) return "late";
  return status === 429 || status === 503 || status >= 500 || status === 0 ? "again" : "refused";
}

// Moves that wait: the newest of a round replaces older ones that were never sent, as only what is sent counts.
export function queued(moves, move) {
  return [...moves.filter(({ round, tried }) => round === move.round && tried), move].slice(-8);
}

// Share of the possible saving in tenths, rounded down, so that only the optimum has all: in millionths of a EUR, as
// the server tells costs, and by the rule of share_percent in p2pdnr/room/scores.py; both are held against the same
// numbers.
const NEGLIGIBLE_MICRO_EUR = 1;
/**
 * @param {number} initialEur per hour, at the start
 * @param {number} nowEur per hour, of the topology
 * @param {number} possibleEur per hour, between the start and the best
 */
export function shareOf(initialEur, nowEur, possibleEur) {
  const [initial, now, possible] = [initialEur, nowEur, possibleEur].map((eur) => Math.round(1e6 * eur));
  if (now <= initial - possible + NEGLIGIBLE_MICRO_EUR) return 100;
  if (possible <= NEGLIGIBLE_MICRO_EUR) return 0;
  return Math.min(999, Math.max(0, Math.floor((1000 * (initial - now)) / possible))) / 10;
}

// Power of a battery by the hour and what it holds, from shares of its power per block. What does not fit is cut, and
// the last hours bring it back to where it began: as p2pdnr/room/battery_plan.py does it.
/**
 * @param {number[]} shares -1 to 1, + charges
 * @param {{capacity_kwh: number, power_kw: number, efficiency: number, initial_kwh: number, min_kwh?: number}} battery
 */
export function batteryDay(shares, battery, hours = 24, step_h = 1) {
  const { capacity_kwh: most, power_kw: power, efficiency: way, initial_kwh: start, min_kwh: least = 0 } = battery;
  const [mostIn, mostOut] = [power * step_h * way, (power * step_h) / way];
  const inside = (kw) => kw * step_h * (kw > 0 ? way : 1 / way);
  let held = start;
  const rows = Array.from({ length: hours }, (_, hour) => {
    const wanted = power * shares[Math.min(shares.length - 1, Math.floor((hour * shares.length) / hours))];
    const left = hours - hour - 1;
    const low = Math.max(least, start - left * mostIn, held - mostOut);
    const high = Math.min(most, start + left * mostOut, held + mostIn);
    const after = Math.min(Math.max(held + inside(wanted), low), high);
    const change = after - held;
    held = after;
    return [change / step_h / (change > 0 ? way : 1 / way), held];
  });
  return { plan_kw: rows.map(([kw]) => kw), energy_kwh: rows.map(([, kwh]) => kwh) };
}

// Price limits in ct/kWh that the margins of a move mean at an hour.
export const limitsOf = (about, move, hour) => ({
  buy:
    100 * Math.max(0, about.tariff.buy_eur_per_kwh[hour] - about.trade_fee_eur_per_kwh - move.buy_margin_eur_per_kwh),
  sell: 100 * (about.tariff.sell_eur_per_kwh[hour] + about.trade_fee_eur_per_kwh + move.sell_margin_eur_per_kwh),
});

// A move with one margin changed: the other one comes along where they would be further apart than they may.
export function withMargin(move, name, value, about) {
  const next = { ...move, [name]: value };
  const over = next.buy_margin_eur_per_kwh - next.sell_margin_eur_per_kwh - about.margins_apart_eur_per_kwh;
  if (over <= 0) return next;
  return name === "buy_margin_eur_per_kwh"
    ? { ...next, sell_margin_eur_per_kwh: next.sell_margin_eur_per_kwh + over }
    : { ...next, buy_margin_eur_per_kwh: next.buy_margin_eur_per_kwh - over };
}

// What the lecturer's next step is in a phase; null where there is none.
export const onward = (phase) =>
  ({ lobby: "start", running: "close", paused: "resume", closed: "reveal", revealed: "next" })[phase] || null;
