// Asks the worker for the ranking of an hour's topologies; answers are kept with their result. `ranked` in the state
// counts the answers, so that who shows one listens for it.

import { format } from "../page/format.js";
import { store } from "../page/store.js";
import { t } from "../page/language.js";
import { gridFor, takenIn } from "./payload_grid.js";
import { rankOf } from "./topologies.js";

const MOST = 300000;
const answers = new WeakMap();
let worker = null;
let running = null;
let waiting = null;

/** @param {Payload} payload */
function answersOf(payload) {
  if (!answers.has(payload)) answers.set(payload, new Map());
  return answers.get(payload);
}

function finish(entry) {
  Object.assign(entry, { share: 1 });
  running = null;
  store.set({ ranked: (store.get().ranked || 0) + 1 });
  if (waiting) {
    const next = waiting;
    waiting = null;
    start(next);
  }
}

function hear({ data: { share, found } }) {
  if (!running) return;
  if (found) {
    running.found = found;
    finish(running);
    return;
  }
  running.share = share;
  if (running.shown && share - running.told > 0.1) {
    running.told = share;
    running.shown(share);
  }
}

function start(entry) {
  running = entry;
  try {
    if (!worker) {
      worker = new Worker(new URL("ranking_worker.js", import.meta.url), { type: "module" });
      worker.onmessage = hear;
      worker.onerror = () => {
        worker = null;
        if (running) {
          running.failed = true;
          finish(running);
        }
      };
    }
    worker.postMessage(entry.order);
  } catch (error) {
    entry.failed = true;
    finish(entry);
  }
}

/** @param {Payload} payload */
function starts(payload) {
  const opened = new Map(
    [payload.network.initially_open, ...payload.series.open_lines].map((lines) => [lines.join(), lines]),
  );
  return [...opened.values()].map((lines) => {
    const open = new Set(lines);
    return Uint8Array.from(payload.network.from, (_, line) => (open.has(line + 1) ? 0 : 1));
  });
}

// {found} once it is known, {share} of the work that is done before; `shown` is told of progress.
/**
 * @param {Payload} payload
 * @param {number} hour
 * @param {Record<string, number>} [pv] factor on PV by prosumer
 * @param {(share: number) => void} [shown]
 */
export function rankingOf(payload, hour, pv, shown) {
  const key = `${hour} ${JSON.stringify(pv || {})}`;
  const known = answersOf(payload);
  if (known.has(key)) {
    const entry = known.get(key);
    if (shown) entry.shown = shown;
    if (entry.found || entry.failed || entry === running || entry === waiting) return entry;
  }
  const all = payload.summary.topologies;
  const order = {
    id: key,
    grid: gridFor(payload, hour),
    taken: takenIn(payload, pv || {}, hour),
    starts: starts(payload),
    total: all && all <= MOST ? all : null,
  };
  const entry = { order, share: 0, told: 0, found: null, shown };
  if (known.size > 80) known.clear();
  known.set(key, entry);
  if (running) waiting = entry;
  else start(entry);
  return entry;
}

// The ranking of an hour as it was solved, where it has been asked for already.
/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function knownRanking(payload, hour) {
  const entry = answersOf(payload).get(`${hour} {}`);
  return entry && entry.found ? entry.found : null;
}

// The place of a cost in a ranking as words, beside how many were compared.
export function rankText({ costs, count, all }, cost) {
  const compared = `${format.number(count)} ${all ? t("radial topologies") : t("topologies tried")}`;
  return t`rank ${format.number(rankOf(costs, cost))} of ${compared}`;
}
