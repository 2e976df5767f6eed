// What a changed scenario would bring: the market cleared again on the plan's topologies, then the exact power flow of
// every hour. Makes of a payload and a scenario a payload of the same shape, so that all that draws a result draws it.
// Nothing of it is solved: the schedule stays that of the plan. Pure but for what is kept of a payload.

import { t } from "../page/language.js";
import { gridFor } from "../powerflow/payload_grid.js";
import { flowOf, withdrawals } from "../powerflow/powerflow.js";
import { predictedDay } from "./day.js";
import { analysed, revalued } from "./cholesky.js";
import { hourAround, limitsNear } from "./linear_grid.js";
import { marketProgramme } from "./programme.js";
import { solveQuadratic } from "./quadratic.js";
import { limitsOf, marketTerms } from "./terms.js";

const bases = new WeakMap();

// What of a payload does not depend on the edit: who is where, background loads, topologies; limits and patterns known.
/** @param {Payload} payload */
function baseOf(payload) {
  if (bases.has(payload)) return bases.get(payload);
  const grid = gridFor(payload);
  const at = Array.from({ length: grid.n }, () => []);
  payload.prosumers.bus.forEach((bus, k) => at[bus - 1].push(k));
  const point = Array.from({ length: payload.hours }, (_, t) =>
    payload.prosumers.day.injection_kw.map((row) => row[t]),
  );
  const grids = Array.from({ length: payload.hours }, (_, t) => gridFor(payload, t));
  const base = {
    grid,
    grids,
    point,
    last: point,
    at,
    taken: Array.from({ length: payload.hours }, (_, t) => withdrawals(grids[t], payload, t)),
    closed: payload.lines.closed.map((row) => Uint8Array.from(row)),
    known: payload.lines.closed.map(() => new Set()),
    patterns: new Map(),
  };
  bases.set(payload, base);
  return base;
}

// What buses take in an hour at other injections and loads (K).
/**
 * @param {Payload} payload
 * @param {number[]} injection
 * @param {Terms[]} terms
 */
function takenAt(base, payload, t, injection, terms) {
  const { p, q, root } = base.taken[t];
  const taken = { p: p.slice(), q: q.slice(), root };
  const { bus, day } = payload.prosumers;
  injection.forEach((kw, k) => {
    taken.p[bus[k] - 1] -= (kw - day.injection_kw[k][t]) / base.grid.baseKw;
    taken.q[bus[k] - 1] += (terms[k].kvarPerKw * (terms[k].load[t] - day.load_kw[k][t])) / base.grid.baseKw;
  });
  return taken;
}

// What programmes of one structure have in common: the factor, and where the last one stood half way.
function patternOf(base, { key, problem }) {
  const found = base.patterns.get(key);
  if (found) {
    revalued(found.factor, problem.a);
    return found;
  }
  if (base.patterns.size > 8) base.patterns.clear();
  base.patterns.set(key, { factor: analysed(problem.a), middle: null });
  return base.patterns.get(key);
}

// A look that follows another begins where that one stood half way: a third of the steps.
function solvedAt(base, programme, { accuracy, follows }) {
  const pattern = patternOf(base, programme);
  const { factor, middle } = pattern;
  let found = solveQuadratic(programme.problem, { factor, accuracy, before: follows ? middle : null });
  if (!found.solved && follows && middle) found = solveQuadratic(programme.problem, { factor, accuracy });
  if (found.solved && found.middle) pattern.middle = found.middle;
  return found;
}

// The grid of every hour around injections `point` (T, K).
function gridAround(base, payload, market, limits, point) {
  return point.map((injection, t) => {
    const hour = hourAround(base.grids[t], takenAt(base, payload, t, injection, market.terms), base.closed[t], base.at);
    const slope = payload.prosumers.bus.map((bus) => -payload.buses.charge_loss[t][bus - 1]);
    if (!hour) return null;
    const near = limitsNear(base.grids[t], hour, limits, market.violationPrice, base.known[t]);
    near.forEach(({ key }) => base.known[t].add(key));
    return { hour, limits: near, slope, point: payload.prosumers.bus.map((_, k) => injection[k]) };
  });
}

// Quantities of every prosumer and hour out of a solution.
function readPlan({ devices, links, balance, grid }, { x, y }, step) {
  const value = (column) => (column === undefined ? 0 : x[column]);
  const names = ["sun", "charge", "discharge", "flexible", "elastic", "generator", "unserved", "bought", "sold"];
  const day = Object.fromEntries(
    names.map((name) => [name, devices.map((hour) => hour.map((own) => value(own[name])))]),
  );
  return {
    ...day,
    trades: links.map((hour) => hour.map(([there, back]) => x[there] - x[back])),
    passed: links.map((hour) => hour.map(([there, back]) => x[there] + x[back])),
    price: balance.map((hour) => hour.map((row) => y[row] / step)),
    powers: grid.map(({ powers }) => powers.map((column) => x[column])),
    prices: grid.map(({ limited }) => limited.map((row) => y[row] / step)),
    breach: grid.reduce((sum, { over }) => over.reduce((total, [column, cost]) => total + cost * x[column], sum), 0),
  };
}

const injectionsOf = (market, plan) =>
  plan.sun.map((_, t) =>
    market.terms.map(
      (terms, k) =>
        plan.sun[t][k] -
        plan.charge[t][k] +
        plan.discharge[t][k] +
        plan.generator[t][k] +
        plan.unserved[t][k] -
        terms.load[t] -
        plan.flexible[t][k] -
        plan.elastic[t][k],
    ),
  );

// A hand on a slider is followed by one pass around where the last one ended; let go, the day is cleared from the plan
// until broken limits cost what the programme foresaw.
export const QUICK = { passes: 1, accuracy: 1e-5, follows: true };
export const CAREFUL = { passes: 3, accuracy: 1e-6, follows: false };

// Whether the power flow breaks limits as the programme foresaw it, in EUR.
function foreseen(plan, flows) {
  const breach = flows.reduce((sum, flow) => sum + flow.breach, 0);
  return Math.abs(breach - plan.breach) < 0.02 + 1e-3 * plan.breach;
}

const endless = (limits) => limits.map((one) => (one === null ? Infinity : one));

/**
 * @param {Payload} payload
 * @param {any} scenario
 * @param {typeof CAREFUL} pace
 */
export function cleared(payload, scenario, pace) {
  const base = baseOf(payload);
  const market = marketTerms(scenario, payload);
  const set = limitsOf(scenario, payload);
  const limits = { low: set.vm_min_pu ** 2, high: set.vm_max_pu ** 2, limitA: Float64Array.from(endless(set.limit_a)) };
  const grids = base.grids.map((grid) => ({ ...grid, ...limits }));
  let point = pace.follows ? base.last : base.point;
  for (let pass = 1; ; pass += 1) {
    const around = gridAround(base, payload, market, limits, point);
    if (around.includes(null)) return null;
    const programme = marketProgramme(market, around);
    const solution = solvedAt(base, programme, pace);
    const plan = readPlan(programme, solution, market.step);
    point = injectionsOf(market, plan);
    const flows = point.map((row, t) => flowOf(grids[t], takenAt(base, payload, t, row, market.terms), base.closed[t]));
    const whole = solution.solved && flows.every(({ solved }) => solved);
    base.last = whole ? point : base.point;
    if (!whole) return null;
    if (pass >= pace.passes || foreseen(plan, flows)) return { market, plan, point, flows, around, limits: set };
  }
}

// Beyond this many unknowns a look takes longer than a hand waits.
const MOST_UNKNOWNS = 10000;

// What else than sliders may change: a schedule is only kept for the grid and the operator that it is of.
const LIMITS = ["vm_min_pu", "vm_max_pu", "line_limit_a", "line_limits_a"];
const gridOnly = (network) => JSON.stringify(Object.entries(network || {}).filter(([name]) => !LIMITS.includes(name)));

// Whether two scenarios are about the same lines and buses, whatever their limits.
export const sameGrid = (one, other) => gridOnly(one.network) === gridOnly(other.network);

const frame = ({ network, dso, market, prosumers, profiles, step_h }) =>
  JSON.stringify([
    gridOnly(network),
    dso,
    { ...market, trade_fee_eur_per_kwh: null },
    prosumers.map(({ id, bus }) => [id, bus]),
    profiles,
    step_h,
  ]);

// Why a scenario cannot be predicted from a payload, whose own scenario is `solved` (null: not known); "" where it can.
/**
 * @param {Payload} payload
 * @param {any} scenario
 * @param {any} solved
 */
export function hindrance(payload, scenario, solved) {
  const { dso, hours, prosumers, partners } = payload;
  const { role } = /** @type {any} */ (dso);
  if (role && role !== "welfare") return t("No preview where the operator does not share the market's optimum.");
  if (scenario.dso && (scenario.dso.reactive || "none") !== "none")
    return t("No preview where inverters give reactive power: the operator would set it anew.");
  if (scenario.dso && scenario.dso.security)
    return t("No preview of a plan that is made for days other than forecast: its margins would be set anew.");
  if (scenario.dso && scenario.dso.outage_price)
    return t("No preview where energy not supplied has a price: it would choose the topologies anew.");
  if (hours * (6 * prosumers.id.length + 2 * partners.length) > MOST_UNKNOWNS)
    return t("This plan is too large to be cleared in the browser while a slider moves.");
  if (!solved || frame(scenario) !== frame(solved))
    return t("No preview: the table has other changes that are not solved yet.");
  return "";
}

// The predicted day, null where the programme or a power flow has no solution.
/**
 * @param {Payload} payload
 * @param {any} scenario
 */
export function predict(payload, scenario, pace = CAREFUL) {
  const found = cleared(payload, scenario, pace);
  return found && predictedDay(payload, scenario, found);
}
