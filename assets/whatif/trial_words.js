// What a trial does, in figures and sentences.

import { renderCards } from "../page/cards.js";
import { format } from "../page/format.js";
import { horizon } from "../page/horizon.js";
import { t } from "../page/language.js";
import { rankingOf } from "../powerflow/ranking.js";
import { rankOf } from "../powerflow/topologies.js";
import { shownClosed } from "./trial.js";
import { faultText } from "./whatif.js";

/** @param {number[]} reached */
const wouldReach = ([value, bus], limit) =>
  t`bus ${bus} would reach ${format.number(value, 3)} p.u. (limit ${format.number(limit, 2)})`;

// What limits a trial breaks in an hour, in words.
/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function breaches({ network, buses, lines }, hour) {
  const roots = new Set(network.substations);
  const volts = buses.vm_pu[hour]
    .map((value, bus) => [value, bus + 1])
    .filter(([value, bus]) => value !== null && !roots.has(bus));
  const worst = (pick) => volts.reduce((best, item) => (best === null || pick(item[0], best[0]) ? item : best), null);
  const [low, high] = [worst((a, b) => a < b), worst((a, b) => a > b)];
  const load = lines.loading_percent[hour].reduce(
    (most, value, line) => (value !== null && value > most[0] ? [value, line + 1] : most),
    [0, 0],
  );
  return [
    high && high[0] > network.vm_max_pu + 1e-5 && wouldReach(high, network.vm_max_pu),
    low && low[0] < network.vm_min_pu - 1e-5 && wouldReach(low, network.vm_min_pu),
    load[0] > 100.05 && t`line ${load[1]} would be loaded to ${format.number(load[0])} %`,
  ].filter(Boolean);
}

const total = (values, step) => step * values.reduce((sum, value) => sum + (value || 0), 0);

/**
 * @param {Payload} payload
 * @param {Trial} trial
 * @param {TrialDay} day
 * @param {number} hour
 */
export function trialRank(payload, trial, day, hour) {
  if (day.costs[hour] === null || !day.whole) return null;
  const entry = rankingOf(payload, hour, trial.pv);
  return entry.found
    ? { ...entry.found, rank: rankOf(entry.found.costs, day.costs[hour]) }
    : { rank: null, failed: entry.failed };
}

// How far an hour's topology is from the optimum, in euros, and with how many moves one came there.
/**
 * @param {Payload} payload
 * @param {Trial} trial
 * @param {TrialDay} day
 * @param {number} hour
 */
export function score(payload, trial, day, hour, now = performance.now()) {
  const found = trialRank(payload, trial, day, hour);
  if (!trial.closed || trial.mine || !found || !found.rank) return "";
  const gap = Math.max(0, day.costs[hour] - found.costs[0]);
  const count = format.number(trial.past.length);
  const moves = trial.past.length === 1 ? t("1 move") : t`${count} moves`;
  if (gap >= 0.005) {
    const eur = format.number(gap, 2);
    return found.all
      ? t`${eur}\u00a0\u20ac above the optimum of this hour, after ${moves}. `
      : t`${eur}\u00a0\u20ac above the best tried of this hour, after ${moves}. `;
  }
  const reached = found.all ? t("The optimum of this hour is reached") : t("The best tried of this hour is reached");
  if (trial.since === null || !trial.past.length) return `${reached}. `;
  return t`${reached}: ${moves} from the grid as built, in ${format.number((now - trial.since) / 1000)}\u00a0s. `;
}

// What the losses of a trial are compared with: the cheapest of all radial topologies at the same injections.
function beatable(rank) {
  if (!rank || !rank.rank) return rank && !rank.failed ? t("ranking \u2026") : "";
  const kw = format.number(rank.best[0].loss, 1);
  return rank.all ? t`optimum ${kw}` : t`best tried ${kw}`;
}

/**
 * @param {Payload} payload
 * @param {Trial} trial
 * @param {TrialDay} day
 * @param {number} hour
 */
function cards(payload, trial, day, hour) {
  const { series, network } = day;
  const dash = "\u2013";
  const loss = day.whole ? series.loss_kw[hour] : null;
  const rank = trialRank(payload, trial, day, hour);
  const beyond = breaches(day, hour).length > 0;
  const limits = [network.vm_min_pu, network.vm_max_pu].map((limit) => format.number(limit, 2)).join("\u2013");
  const percent = loss === null ? null : series.max_loading_percent[hour];
  const inside =
    series.vm_max_pu[hour] <= network.vm_max_pu + 1e-5 && series.vm_min_pu[hour] >= network.vm_min_pu - 1e-5;
  const worse = loss === null || !rank || !rank.rank ? 0 : loss - rank.best[0].loss;
  return [
    {
      name: t("Losses now"),
      value: loss === null ? dash : format.number(loss, 1),
      unit: loss === null ? "" : "kW",
      note: {
        text: loss === null ? (day.whole ? t("no power flow") : t("not radial")) : beatable(rank),
        kind: worse > 0.05 ? "bad" : "",
      },
    },
    {
      name: t("Voltage"),
      value:
        loss === null
          ? dash
          : `${format.number(series.vm_min_pu[hour], 3)}\u2013${format.number(series.vm_max_pu[hour], 3)}`,
      note: {
        text: loss === null ? "" : inside ? t`within ${limits} p.u.` : t`outside ${limits} p.u.`,
        kind: inside ? "" : "bad",
      },
    },
    {
      name: t("Highest loading"),
      value: percent === null ? dash : format.number(percent),
      unit: percent === null ? "" : "%",
      note: {
        text: loss === null ? "" : percent === null ? t("no limits") : t("of the current limit"),
        kind: percent > 100.05 ? "bad" : "",
      },
    },
    {
      name: t("Rank"),
      value: rank && rank.rank ? format.number(rank.rank) : dash,
      note: {
        text: !rank
          ? ""
          : rank.failed
            ? t("not ranked")
            : rank.rank
              ? rank.all
                ? t`of ${format.number(rank.count)}`
                : t`of ${format.number(rank.count)} tried`
              : t("ranking \u2026"),
        kind: beyond ? "bad" : "",
      },
    },
  ];
}

/**
 * @param {Payload} payload
 * @param {Trial} trial
 * @param {TrialDay} day
 * @param {number} hour
 */
export const trialHeadlines = (holder, payload, trial, day, hour) =>
  renderCards(
    holder,
    cards(payload, trial, day, hour),
    score(payload, trial, day, hour) +
      (Object.keys(trial.pv).length ? t("PV changed by hand. ") : "") +
      t("Trades and injections stay as they were negotiated for the plan."),
  );

function revealedWords(mine, loss) {
  const yours = mine.loss === null ? t("left buses without power or closed a loop") : t`lost ${format.kw(mine.loss)}`;
  return mine.proved
    ? t`The cheapest topology of this hour loses ${format.kw(loss)}; yours ${yours}. `
    : t`The cheapest topology of this hour, of those tried, loses ${format.kw(loss)}; yours ${yours}. `;
}

// One line above the drawing, and the sentences below the time control.
/**
 * @param {Payload} payload
 * @param {Trial} trial
 * @param {TrialDay} day
 * @param {number} hour
 */
export function trialWords(payload, trial, day, hour) {
  const fault = faultText(payload, day.state, trial.closed || shownClosed(hour));
  if (fault) return { line: fault, below: fault };
  const loss = day.series.loss_kw[hour];
  if (loss === null)
    return {
      line: [t("No power flow: "), t("the voltages collapse.")],
      below: [t("No power flow. "), t("At these injections the voltages collapse: the lines cannot carry that power.")],
    };
  const rank = trialRank(payload, trial, day, hour);
  const broken = breaches(day, hour);
  const solar = Object.entries(trial.pv).map(
    ([k, value]) => t`PV of ${payload.prosumers.id[k]} \u00d7 ${format.number(value, 2)}`,
  );
  const place =
    rank && rank.rank
      ? rank.all
        ? t`, rank ${format.number(rank.rank)} of ${format.number(rank.count)}`
        : t`, rank ${format.number(rank.rank)} of ${format.number(rank.count)} tried`
      : "";
  const [yours, theirs] = [total(day.series.loss_kw, day.step_h), total(payload.series.loss_kw, payload.step_h)];
  const lost = t`${format.number(yours)} kWh lost instead of ${format.number(theirs)}`;
  const whole = t`Like this ${horizon("all", payload)}, at these injections: ${lost}.`;
  const told = trial.mine
    ? revealedWords(trial.mine, loss)
    : broken.length
      ? t`Breaks a limit: ${broken.join(", ").replace(/\.$/, "")}. `
      : t("Keeps the limits. ");
  return {
    line: [format.kw(loss), `${place}${broken.length ? `; ${broken[0]}` : ""}`],
    below: [told, `${solar.length ? `${solar.join(", ")}. ` : ""}${trial.closed ? whole : ""}`],
  };
}
