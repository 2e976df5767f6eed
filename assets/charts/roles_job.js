// The operator's roles of the day on show, solved one after the other when somebody asks for it: a job beside the one
// of Solve. What has come stands in `roles` of the state.

import { cancelJob, fetchResult, followJob, submitJob } from "../io/jobs_client.js";
import { shownPayload, store } from "../page/store.js";
import { refusal } from "./roles_words.js";

export const NOTHING = { of: null, mode: null, results: {}, missing: {}, pending: [], job: null, note: "" };
let stop = null;

const change = (changes) => store.set({ roles: { ...store.get().roles, ...changes } });
const isLive = (job) => store.get().roles.job === job;

async function take(job, { mode: role, id }) {
  const payload = await fetchResult(id);
  if (isLive(job)) change({ results: { ...store.get().roles.results, [role]: payload } });
}

// The last state of a job: what is missing has its reason.
function end(now) {
  const missing = Object.fromEntries(Object.entries(now.missing || {}).map(([role, told]) => [role, told.message]));
  const note = now.state === "failed" && now.error ? now.error.message : "";
  change({ job: null, pending: [], missing, note });
}

function follow(job) {
  const fetched = {};
  const fetch = (result) => {
    fetched[result.mode] = fetched[result.mode] || take(job, result).catch((error) => change({ note: error.message }));
    return fetched[result.mode];
  };
  stop = followJob(job, {
    async state(now) {
      await Promise.all(Object.entries(now.results || {}).map(([mode, id]) => fetch({ mode, id })));
      if (!isLive(job)) return;
      change({ pending: now.pending || [], note: now.state === "queued" ? "Waiting for its turn \u2026" : "" });
      if (now.ended) end(now);
    },
    result: fetch,
    progress() {},
    lost(lost) {
      if (lost && isLive(job)) change({ note: "Connection lost, trying again \u2026" });
    },
    gone() {
      if (isLive(job)) change({ job: null, pending: [], note: "This solve has expired on the server. Ask again." });
    },
  });
}

const STARTING = "starting";

export async function solveRoles() {
  const state = store.get();
  const shown = shownPayload(state);
  if (refusal(state) || state.roles.job || !shown) return;
  const { mode } = shown;
  store.set({ roles: { ...NOTHING, of: state.ids[mode] || null, mode, job: STARTING, note: "Sending \u2026" } });
  try {
    const scenario = JSON.parse(state.verdict.scenario);
    const order = { scenario, mode, p2p: shown.p2p, roles: true, warm: state.ids[mode] || null };
    const { job, pending } = await submitJob(order);
    if (!isLive(STARTING)) {
      cancelJob(job).catch(() => {});
      return;
    }
    change({ job, pending: pending || [], note: "" });
    follow(job);
  } catch (error) {
    if (isLive(STARTING)) change({ job: null, note: error.message });
  }
}

// What has come stays.
export function cancelRoles() {
  const { job } = store.get().roles;
  if (!job) return;
  if (stop) stop();
  if (job !== STARTING) cancelJob(job).catch(() => {});
  change({ job: null, pending: [], note: "Cancelled." });
}

// Another day, mode or result is on show: what was compared is not about it.
function forget(state) {
  const { roles, ids } = state;
  const shown = shownPayload(state);
  if (!shown || roles.of === null || (roles.mode === shown.mode && ids[shown.mode] === roles.of)) return;
  cancelRoles();
  store.set({ roles: NOTHING });
}

export function wireRoles() {
  store.on("ids mode results", forget);
}
