// What a day's figures mean, as sentences: why this topology at this hour, what the day gains over the initial one.
// Pure.

import { format } from "../page/format.js";
import { capital, horizon } from "../page/horizon.js";
import { t } from "../page/language.js";
import { topologyRuns } from "../diagram/scales.js";

const NAMES = { hourly: t("hourly switching"), static: t("the best fixed topology"), fixed: t("the grid as built") };
export const modeName = ({ mode }) => NAMES[mode];
export const list = (items) =>
  items.length < 2 ? items.join("") : t`${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}`;
const lines = (numbers) =>
  numbers.length > 6
    ? t`${numbers.length} lines`
    : numbers.length > 1
      ? t`lines ${list(numbers)}`
      : t`line ${numbers[0]}`;

// PV that is there in an hour and not used, kW.
/**
 * @param {Payload} payload
 * @param {number} hour
 */
export const curtailed = ({ prosumers: { day } }, hour) =>
  day.pv_available_kw.reduce((sum, row, k) => sum + Math.max(0, row[hour] - day.pv_kw[k][hour]), 0);

// Since when these lines are open, and which they replace.
/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function sinceWhen(payload, hour) {
  const runs = topologyRuns(payload.series.open_lines);
  const at = runs.findIndex(({ start, end }) => start <= hour && hour <= end);
  const before = at ? payload.series.open_lines[runs[at].start - 1] : payload.network.initially_open;
  const now = payload.series.open_lines[hour];
  const opened = now.filter((line) => !before.includes(line));
  const closed = before.filter((line) => !now.includes(line));
  if (!opened.length && !closed.length)
    return runs.length > 1
      ? t`The grid as built, from the start ${horizon("of", payload)}.`
      : t`The grid as built, ${horizon("all", payload)}.`;
  const when =
    runs.length === 1
      ? capital(horizon("all", payload))
      : at
        ? t`Since ${format.at(payload, runs[at].start)}`
        : t`From the start ${horizon("of", payload)}`;
  if (!opened.length)
    return closed.length > 1 ? t`${when}, ${lines(closed)} are closed.` : t`${when}, ${lines(closed)} is closed.`;
  const instead = closed.length > 6 ? t(" instead of others") : closed.length ? t` instead of ${list(closed)}` : "";
  return opened.length > 1
    ? t`${when}, ${lines(opened)} are open${instead}.`
    : t`${when}, ${lines(opened)} is open${instead}.`;
}

/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function broken({ network, series }, hour) {
  const within =
    series.vm_min_pu[hour] >= network.vm_min_pu - 1e-5 && series.vm_max_pu[hour] <= network.vm_max_pu + 1e-5;
  return !within || (series.max_loading_percent[hour] || 0) > 100.05;
}

// What another mode does at the same hour, beside the one on show.
/**
 * @param {Payload} shown
 * @param {number} hour
 */
export function contrast(shown, other, hour) {
  const name = NAMES[other.mode];
  const same = shown.series.open_lines[hour].join() === other.series.open_lines[hour].join();
  const pv = curtailed(other, hour) - curtailed(shown, hour);
  const loss = other.series.loss_kw[hour] - shown.series.loss_kw[hour];
  const facts = [
    Math.abs(pv) > 0.5 && (pv > 0 ? t`curtails ${format.kw(pv)} more PV` : t`curtails ${format.kw(-pv)} less PV`),
    Math.abs(loss) > Math.max(0.05, 0.005 * shown.series.loss_kw[hour]) &&
      (loss > 0 ? t`loses ${format.kw(loss)} more` : t`loses ${format.kw(-loss)} less`),
    broken(other, hour) !== broken(shown, hour) && (broken(other, hour) ? t("breaks a limit") : t("keeps the limits")),
  ].filter(Boolean);
  if (facts.length)
    return same
      ? t`${capital(name)} is the same at this hour, and ${list(facts)}.`
      : t`At this hour ${name} ${list(facts)}.`;
  return same ? t`${capital(name)} is the same at this hour.` : t`${capital(name)} does as well at this hour.`;
}

// The mode a shown one is best compared with, of those that are there.
/**
 * @param {Payload} shown
 * @param {Record<string, Payload>} results
 */
export function beside(shown, results) {
  return (
    { hourly: results.static || results.fixed, static: results.fixed, fixed: results.hourly || results.static }[
      shown.mode
    ] || null
  );
}

// What the whole day gains over the grid as built: PV that is used (kWh), and the change of all costs as a share, which
// is told where it means something.
/**
 * @param {Payload} shown
 * @param {Payload} initial
 */
export function dayGain(shown, initial) {
  if (!initial || shown.mode === "fixed") return null;
  const pv = initial.summary.curtailed_kwh - shown.summary.curtailed_kwh;
  const share = shown.summary.objective_eur / initial.summary.objective_eur - 1;
  const told = initial.summary.objective_eur > 0 && Math.abs(share) >= 0.0005;
  return { pv, share, told };
}

// Which limit an hour comes closest to, and where; as p2pdnr/results/payload.py finds the worst hour.
/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function closest({ network, buses, lines }, hour) {
  const [low, high] = [network.vm_min_pu, network.vm_max_pu];
  const [middle, half] = [(high + low) / 2, (high - low) / 2];
  const volts = buses.vm_pu[hour].map((value, bus) => ({
    share: value === null ? -1 : Math.abs(value - middle) / half,
    said: t`bus ${bus + 1} at ${format.number(value, 3)} p.u. (limit ${format.number(value > middle ? high : low, 2)})`,
  }));
  const loads = lines.loading_percent[hour].map((value, line) => ({
    share: value === null ? -1 : value / 100,
    said: t`line ${line + 1} loaded to ${format.number(value)} %`,
  }));
  const worst = [...volts, ...loads].reduce((best, one) => (one.share > best.share ? one : best));
  return worst.share > 1 + 1e-5 ? t`Beyond its limit: ${worst.said}.` : t`Closest to its limit: ${worst.said}.`;
}
