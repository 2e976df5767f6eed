// Jobs: submit, listen (events, with reconnection; polling where there is no stream), cancel, fetch results.

import { t } from "../page/language.js";
import { told } from "../page/told.js";
import { ask } from "./answers.js";

/** @param {string} url @param {RequestInit} [options] */
async function json(url, options) {
  let answer;
  try {
    answer = await ask(url, options);
  } catch (error) {
    throw Object.assign(new Error(t("The server does not answer. Is it still running?")), { kind: "disconnected" });
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const found = body.error || body;
    throw Object.assign(new Error(told(found.message) || t`The server answered ${answer.status}.`), {
      kind: found.kind || String(answer.status),
      status: answer.status,
      retry: Math.min(60, Number(answer.headers.get("Retry-After"))) || null,
      problems: found.problems || [],
    });
  }
  return body;
}

export const fetchJson = (url) => json(url);
export const fetchResult = (id) => json(`/results/${encodeURIComponent(id)}.json`);
// A result that the page has asked for in its head, so that it is on its way before this runs; else the result itself.
export function fetchFirst(id) {
  const asked = document.querySelector(`link[data-result="${CSS.escape(id)}"]`);
  return asked ? json(asked.href) : fetchResult(id);
}
export const fetchCase = (name) => json(`/cases/${encodeURIComponent(name)}.json`);

// What the server works out for one who asks at a time: the next is sent when the last has been answered.
let lastTurn = Promise.resolve();
let inLine = 0;

/**
 * `waits` is told whether others come first, `wanted` is asked when the turn has come; what nobody wants any more is
 * not sent, and null.
 * @param {string} url
 * @param {{ waits?: (others: boolean) => void, wanted?: () => boolean }} [turn]
 */
function inTurn(url, { waits = () => {}, wanted = () => true } = {}) {
  if (inLine) waits(true);
  inLine += 1;
  const answer = lastTurn.then(async () => {
    try {
      if (!wanted()) return null;
      waits(false);
      return await json(url);
    } finally {
      inLine -= 1;
    }
  });
  lastTurn = answer.catch(() => {});
  return answer;
}

export const fetchOutage = (id, line, hour, turn) =>
  inTurn(`/results/${encodeURIComponent(id)}/outage-${line}-${hour}.json`, turn);
// Every single fault of an hour; `open` (line numbers) names another topology than the plan's.
export const fetchOutages = (id, hour, open, turn) =>
  inTurn(`/results/${encodeURIComponent(id)}/outages-${hour}.json${open ? `?open=${open.join(",")}` : ""}`, turn);
// A day that turns out otherwise, planned anew every so many hours, the market too or the switching alone; `seed` says
// which.
export const fetchRolled = (id, { every, seed, market }, turn) =>
  inTurn(`/results/${encodeURIComponent(id)}/rolled-${every}-${seed}.json${market ? "?market=1" : ""}`, turn);

export const fetchSolver = () => json("/solver");
export const submitJob = (order) =>
  json("/jobs", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(order) });
export const cancelJob = (id) =>
  json(`/jobs/${encodeURIComponent(id)}`, {
    method: "DELETE",
    headers: { "Content-Type": "application/json" },
    body: "{}",
  });

// Listens to a job until it ends. handlers: state(snapshot), progress(event), result({mode, id}), lost(bool). Returns a
// stop function.
export function followJob(id, handlers) {
  const url = `/jobs/${encodeURIComponent(id)}`;
  let ended = false;
  let timer = null;
  let failures = 0;
  let source = null;
  let last = 0;

  function stop() {
    ended = true;
    window.clearTimeout(timer);
    if (source) source.close();
  }
  function state(snapshot) {
    handlers.lost(false);
    failures = 0;
    handlers.state(snapshot);
    if (snapshot.ended) stop();
  }
  function hear(kind, number, data) {
    last = Math.max(last, Number(number) || 0);
    if (kind !== "state") handlers[kind](data);
  }
  async function poll() {
    if (ended) return;
    try {
      const snapshot = await json(`${url}?after=${last}`);
      (snapshot.events || []).forEach(({ id: number, kind, data }) => hear(kind, number, data));
      state(snapshot);
    } catch (error) {
      if (error.status === 404) {
        stop();
        handlers.gone();
        return;
      }
      handlers.lost(true);
      failures += 1;
    }
    if (!ended) timer = window.setTimeout(poll, Math.min(8000, 1000 * 2 ** failures));
  }
  function listen() {
    source = new EventSource(`${url}/events`);
    source.addEventListener("state", (event) => state(JSON.parse(event.data)));
    ["progress", "result"].forEach((kind) =>
      source.addEventListener(kind, (event) => hear(kind, event.lastEventId, JSON.parse(event.data))),
    );
    source.onopen = () => handlers.lost(false);
    source.onerror = () => {
      if (ended) return;
      handlers.lost(true);
      if (source.readyState === EventSource.CLOSED) poll();
    };
  }
  if (window.EventSource) listen();
  else poll();
  return stop;
}
