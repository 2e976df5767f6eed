// The line to the server: asks for the state, sends moves until they have an answer, and says who is missing.

import { fate, lostBy, queued, waitMs } from "./pure.js";

const TIMEOUT_MS = 8000;

// An answer's status and body; 0 where there is none.
export async function asked(path, secret, body) {
  const headers = { ...(secret ? { Authorization: `Bearer ${secret}` } : {}) };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const end = new AbortController();
  const timer = window.setTimeout(() => end.abort(), TIMEOUT_MS);
  try {
    const answer = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: end.signal,
      cache: "no-store",
    });
    const told = answer.status === 204 ? null : await answer.json().catch(() => null);
    return { status: answer.status, body: told, now: Number(answer.headers.get("X-Room-Now")) || null };
  } catch (error) {
    return { status: 0, body: null, now: null };
  } finally {
    window.clearTimeout(timer);
  }
}

export const words = (answer) => {
  const told = answer.body && answer.body.error;
  const [problem] = (told && told.problems) || [];
  return problem ? [problem.message, problem.remedy].filter(Boolean).join(". ") : told ? told.message : "";
};

/**
 * @param {{code: string, secret: string}} who
 * @param {{state: (state: any) => void, lost: (why: string | null) => void, gone: (kind: string) => void,
 *   move: (fate: string, answer: any) => void}} hear
 */
export function openLine({ code, secret }, hear) {
  const base = `/rooms/${encodeURIComponent(code)}`;
  let [version, failures, usual, timer, ended, offset] = ["", 0, 1000, null, false, 0];
  let [moves, sending] = [[], false];

  function heard(state) {
    offset = state.now - Date.now();
    version = state.version;
    usual = state.poll_ms || 1000;
    hear.state(state);
  }
  async function poll() {
    window.clearTimeout(timer);
    if (ended) return;
    const answer = await asked(`${base}/state?after=${encodeURIComponent(version)}`, secret);
    if (ended) return;
    if (answer.status === 403 || answer.status === 404) {
      ended = true;
      hear.gone(answer.body && answer.body.error ? answer.body.error.kind : "NoRoom");
      return;
    }
    failures = answer.status === 200 || answer.status === 204 ? 0 : failures + 1;
    hear.lost(failures ? lostBy(failures, navigator.onLine) : null);
    if (answer.now) offset = answer.now - Date.now();
    if (answer.status === 200) heard(answer.body);
    if (!failures) sendNext();
    timer = window.setTimeout(poll, waitMs(usual, failures, Math.random()));
  }
  async function sendNext() {
    if (sending || !moves.length || ended) return;
    sending = true;
    const [move] = moves;
    move.tried = true;
    const { id, round } = move;
    const answer = await asked(`${base}/moves`, secret, { id, round, move: move.move });
    sending = false;
    const what = fate(answer.status);
    hear.move(what, answer);
    if (what === "again") return;
    moves = moves.filter((other) => other.id !== id);
    if (answer.body && answer.body.state) heard(answer.body.state);
    poll();
  }
  const wake = () => {
    failures = Math.max(0, failures - 2);
    poll();
  };
  window.addEventListener("online", wake);
  window.addEventListener("offline", () => hear.lost("offline"));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) wake();
  });
  poll();
  return {
    offset: () => offset,
    poll,
    heard,
    send(round, move) {
      const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0"));
      moves = queued(moves, { id: id.join(""), round, move, tried: false });
      sendNext();
    },
    command: (order) => asked(`${base}/command`, secret, order),
    end() {
      ended = true;
      window.clearTimeout(timer);
    },
  };
}
