// What a changed scenario would bring: the market cleared again on the plan's topologies, then the exact power flow of
// every hour. Makes of a payload and a scenario a payload of the same shape, so that all that draws a result draws it.
// Nothing of it is solved: the schedule stays that of the plan. Pure but for what is kept of a payload.

import { gridFor } from "../powerflow/payload_grid.js";
import { flowOf, withdrawals } from "../powerflow/powerflow.js";
import { predictedDay } from "./day.js";
import { analysed, revalued } from "./cholesky.js";
import { hourAround, limitsNear } from "./linear_grid.js";
import { marketProgramme } from "./programme.js";
import { solveQuadratic } from "./quadratic.js";
import { limitsOf, marketTerms } from "./terms.js";

const MOST_PASSES = 3;
const CLOSE_PU2 = 2e-6;

const bases = new WeakMap();

// What of a payload does not depend on the edit: who is where, background loads, topologies; limits and patterns known.
/** @param {Payload} payload */
function baseOf(payload) {
  if (bases.has(payload)) return bases.get(payload);
  const grid = gridFor(payload);
  const at = Array.from({ length: grid.n }, () => []);
  payload.prosumers.bus.forEach((bus, k) => at[bus - 1].push(k));
  const base = {
    grid,
    at,
    taken: Array.from({ length: payload.hours }, (_, t) => withdrawals(grid, payload, t)),
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

function patternOf(base, { key, problem }) {
  const found = base.patterns.get(key);
  if (found) return revalued(found, problem.a);
  if (base.patterns.size > 8) base.patterns.clear();
  base.patterns.set(key, analysed(problem.a));
  return base.patterns.get(key);
}

// The grid of every hour around injections `point` (T, K).
function gridAround(base, payload, market, limits, point) {
  return point.map((injection, t) => {
    const hour = hourAround(base.grid, takenAt(base, payload, t, injection, market.terms), base.closed[t], base.at);
    const slope = payload.prosumers.bus.map((bus) => -payload.buses.charge_loss[t][bus - 1]);
    if (!hour) return null;
    const near = limitsNear(base.grid, hour, limits, market.violationPrice, base.known[t]);
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

// How far voltages are from where the programme had them: what of limits that matter was not foreseen, p.u. squared.
function missed(grid, flows, { low, high }) {
  let worst = 0;
  flows.forEach(({ vm }) =>
    vm.forEach((volts, bus) => {
      if (!grid.sources.includes(bus)) worst = Math.max(worst, volts * volts - high, low - volts * volts);
    }),
  );
  return worst;
}

/**
 * @param {Payload} payload
 * @param {any} scenario
 */
export function cleared(payload, scenario) {
  const base = baseOf(payload);
  const market = marketTerms(scenario, payload);
  const { vm_min_pu: lowest, vm_max_pu: highest, limit_a } = limitsOf(scenario, payload);
  const limits = {
    low: lowest ** 2,
    high: highest ** 2,
    limitA: limit_a.map((one) => (one === null ? Infinity : one)),
  };
  const { day } = payload.prosumers;
  const grid = { ...base.grid, low: limits.low, high: limits.high, limitA: Float64Array.from(limits.limitA) };
  let point = base.taken.map((_, t) => day.injection_kw.map((row) => row[t]));
  for (let pass = 0; ; pass += 1) {
    const around = gridAround(base, payload, market, limits, point);
    if (around.includes(null)) return null;
    const programme = marketProgramme(market, around);
    const solution = solveQuadratic(programme.problem, patternOf(base, programme));
    const plan = readPlan(programme, solution, market.step);
    point = injectionsOf(market, plan);
    const flows = point.map((row, t) => flowOf(grid, takenAt(base, payload, t, row, market.terms), base.closed[t]));
    const whole = solution.solved && flows.every(({ solved }) => solved);
    if (!whole || pass + 1 >= MOST_PASSES || missed(grid, flows, limits) < CLOSE_PU2)
      return { market, plan, point, flows, whole, around, limits: { vm_min_pu: lowest, vm_max_pu: highest, limit_a } };
  }
}

// Beyond this many unknowns a preview takes longer than a hand waits.
const MOST_UNKNOWNS = 60000;

// Whether a day can be predicted: only the common optimum is a market with the grid in it, and it must be of a size.
/** @param {Payload} payload */
export function predictable({ dso, hours, prosumers, partners }) {
  const { role } = /** @type {any} */ (dso);
  return (!role || role === "welfare") && hours * (6 * prosumers.id.length + 2 * partners.length) <= MOST_UNKNOWNS;
}

// The predicted day, null where the programme or a power flow has no solution.
/**
 * @param {Payload} payload
 * @param {any} scenario
 */
export function predict(payload, scenario) {
  const found = cleared(payload, scenario);
  return found && found.whole ? predictedDay(payload, scenario, found) : null;
}
