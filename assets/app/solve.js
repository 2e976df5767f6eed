// A solve from its start to its end.

import { byId } from "../page/elements.js";
import { say } from "../page/status.js";
import { drawnPayload, shownPayload, store } from "../page/store.js";
import { t } from "../page/language.js";
import { cancelJob, fetchResult, fetchSolver, followJob, submitJob } from "../io/jobs_client.js";
import { markSolved, rememberSubmitted, showSolveProblems } from "../drawer/draft.js";
import { renderChart } from "../charts/charts.js";
import { keepLive } from "../charts/live.js";
import { firstPlan } from "../preview/first_plan.js";
import { drawnOn } from "../preview/session.js";
import { preparingText, progressShare, progressText, stateText } from "./progress.js";

let stop = null;
let orders = 0;
let pressed = false;
let warming = false;
let told = false;
const POLL_MS = 1000;

// Solve and Cancel take turns; who works by keyboard goes along.
function busy(on) {
  const [solve, cancel] = [byId("solve"), byId("cancel")];
  const [from, to] = on ? [solve, cancel] : [cancel, solve];
  const along = document.activeElement === from;
  store.set({ live: [] });
  document.body.classList.toggle("solving", on);
  byId("progress").hidden = !on;
  delete byId("progress").dataset.stage;
  if (!on) byId("progress").style.setProperty("--done", 0);
  if (on) cancel.hidden = false;
  refreshSolve();
  if (along) to.focus();
  cancel.hidden = !on;
}

// Solve is possible while the table is right and nothing runs.
export function refreshSolve() {
  const { verdict, job } = store.get();
  const wrong = Boolean(verdict && verdict.problems.length);
  // Still to be reached by keyboard while the table is read: a press then solves as soon as it has been.
  byId("solve").disabled = Boolean(job) || wrong;
  byId("solve").setAttribute("aria-disabled", String(!verdict));
  byId("solve").title = wrong
    ? t("Correct the marked cells first")
    : !verdict
      ? t("Reading the table")
      : t("Solve what the table has");
  byId("solve").textContent = job ? t("Solving") : t("Solve");
}

// A reference waits until the answer, before which it may arrive, has taken its place.
async function take(job, { mode, id, answer }, first) {
  const [payload] = await Promise.all([fetchResult(id), first]);
  const state = store.get();
  if (state.job !== job && state.lastJob !== job) return;
  if (answer) {
    const old = shownPayload(state);
    const changes = {
      results: { [mode]: payload },
      ids: { [mode]: id },
      mode,
      before: old && old.mode === mode ? old.summary : null,
      stale: false,
    };
    store.set({ live: [], first: null });
    // Who slides a prosumer's numbers goes on with it.
    const chosen = state.preview ? state.chosen : null;
    store.set({ ...changes, hour: old ? Math.min(state.hour, payload.hours - 1) : payload.worst_hour, chosen });
    markSolved();
  } else {
    store.set({ results: { ...state.results, [mode]: payload }, ids: { ...state.ids, [mode]: id } });
  }
}

// Nothing runs any more; what is shown stands.
function stand() {
  store.set({ job: null, pending: [], stale: false, first: null });
  busy(false);
}

const solvedText = ({ stored, mode }) =>
  stored && stored.includes(mode) ? t("Solved before: this is the stored answer.") : t("Solved.");

const REFERENCES = { fixed: t("the grid as built"), static: t("the best fixed topology") };

// A plan that could be run is drawn as soon as there is one, and again when there is a better one.
function drawFirst(offer) {
  const [payload, { stale, verdict }] = [drawnPayload(store.get()), store.get()];
  if (!stale || !payload || !drawnOn(verdict && verdict.scenario, payload)) return;
  store.set({ first: firstPlan(payload, offer) });
}

// A solve is over; now is its last state.
function end(now) {
  stand();
  if (store.get().tab === "convergence" && !Object.keys(now.results || {}).length) renderChart(store.get());
  if (now.error && now.error.problems && now.error.problems.length) showSolveProblems(now.error.problems);
  const missing = Object.keys(now.missing || {}).map((mode) => REFERENCES[mode] || t("the plan without trading"));
  if (now.state === "done")
    say(missing.length ? t`Solved; the comparison with ${missing.join(", ")} is missing.` : solvedText(now));
}

function follow(job, snapshot) {
  const fetched = {};
  let done = 0;
  let said = null;
  let offer = null;
  const fetch = (result) => {
    fetched[result.mode] =
      fetched[result.mode] ||
      take(job, result, result.answer ? null : fetched[snapshot.mode]).catch((error) => say(error.message, "bad"));
    return fetched[result.mode];
  };
  async function onState(now) {
    await Promise.all(
      Object.entries(now.results || {}).map(([mode, id]) => fetch({ mode, id, answer: mode === now.mode })),
    );
    if (store.get().job !== job) return;
    store.set({ pending: now.pending || [] });
    warming = now.state === "warming";
    const text = stateText(now, offer);
    if (text !== said) say(text, now.state === "failed" ? "bad" : "");
    said = text;
    if (now.state === "proofs") store.set({ stale: false });
    if (now.ended) end(now);
  }
  stop = followJob(job, {
    state: onState,
    result: fetch,
    progress(event) {
      const state = store.get();
      if (state.job !== job) return;
      const first = !state.pending.length || state.pending[0] === snapshot.mode;
      if (first && event.primal_kw > 0) keepLive(event);
      if (first && event.offer && event.offer.mode === snapshot.mode) {
        offer = event.offer;
        drawFirst(offer);
      }
      say(first ? progressText(event, offer) : t`Comparing: ${progressText(event)}`);
      done = first ? Math.max(done, progressShare(event)) : 1;
      byId("progress").dataset.stage = event.stage;
      byId("progress").style.setProperty("--done", done);
    },
    lost(lost) {
      if (!lost || store.get().job !== job) return;
      said = null;
      say(t("Connection lost, trying again \u2026"), "bad");
    },
    gone() {
      end({ state: "failed" });
      say(t("This solve has expired on the server. Solve again."), "bad");
    },
  });
}

const pause = (seconds) =>
  new Promise((resolve) => {
    window.setTimeout(resolve, 1000 * seconds);
  });

// A solve that has been handed in and has no number yet; two of them are never taken for each other.
const TICKET = "starting ";

// Hands a solve in; a server that is busy says when to come again, and is asked again then until someone cancels.
async function send(order, ticket) {
  while (store.get().job === ticket) {
    try {
      return await submitJob(order);
    } catch (error) {
      if (!error.retry || store.get().job !== ticket) throw error;
      say(t`${error.message} Trying again in ${error.retry} s.`);
      await pause(error.retry);
    }
  }
  return null;
}

export async function startSolve() {
  const { verdict, ids, job } = store.get();
  pressed = !job && !verdict;
  if (pressed) say(t("Reading the table, then solving \u2026"));
  if (job || !verdict || verdict.problems.length) return;
  const mode = verdict.mode || "hourly";
  const ticket = `${TICKET}${(orders += 1)}`;
  rememberSubmitted();
  store.set({ job: ticket, stale: true, playing: false });
  busy(true);
  say(t("Sending \u2026"));
  try {
    const snapshot = await send(
      { scenario: JSON.parse(verdict.scenario), mode, p2p: verdict.p2p, warm: ids[mode] || null },
      ticket,
    );
    if (store.get().job !== ticket) {
      if (snapshot) cancelJob(snapshot.job).catch(() => {});
      return;
    }
    store.set({ job: snapshot.job, lastJob: snapshot.job, pending: snapshot.pending || [] });
    follow(snapshot.job, snapshot);
  } catch (error) {
    if (store.get().job !== ticket) return;
    stand();
    say(
      error.problems && error.problems.length
        ? t("The scenario cannot be solved as it stands; see the list above the table.")
        : error.message,
      "bad",
    );
    if (error.problems && error.problems.length) showSolveProblems(error.problems);
  }
}

// The page is free at once, whatever the way to the server takes; an answer that is on show already stays.
export function cancelSolve() {
  const { job, stale, pending, lastJob } = store.get();
  if (!job) return;
  if (!job.startsWith(TICKET)) {
    stop();
    cancelJob(job).catch(orphaned);
  }
  store.set({ lastJob: stale ? null : lastJob });
  end(
    stale
      ? {}
      : { state: "done", results: { answer: job }, missing: Object.fromEntries(pending.map((mode) => [mode, {}])) },
  );
  if (stale) say(stateText({ state: "cancelled" }));
}

// A server that cannot be told ends a solve that nobody listens to by itself.
function orphaned(error) {
  if (!store.get().job && error.status !== 404)
    say(t("Cancelled here. The server did not answer; it ends the solve within two minutes."), "bad");
}

// Until the solver is ready, say what keeps it: the first time on a computer it compiles its kernels.
async function watchSolver() {
  const { ready, preparing } = await fetchSolver();
  const { job } = store.get();
  if (preparing && (!job || warming)) {
    say(job ? t`Your solve waits its turn. ${preparingText(preparing)}` : preparingText(preparing));
    byId("progress").hidden = false;
    byId("progress").style.setProperty("--done", preparing.share);
    told = true;
  } else if (told && !job) {
    say("");
    byId("progress").hidden = true;
    byId("progress").style.setProperty("--done", 0);
    told = false;
  }
  if (!ready) setTimeout(watch, POLL_MS);
}

const watch = () => watchSolver().catch(() => {});

function solveIfPressed() {
  refreshSolve();
  if (pressed) startSolve();
}

export function wireSolve() {
  watch();
  byId("solve").addEventListener("click", startSolve);
  byId("cancel").addEventListener("click", cancelSolve);
  // A key that is held down presses once, not Solve and Cancel in turn.
  ["solve", "cancel"].forEach((id) =>
    byId(id).addEventListener("keydown", (event) => {
      if (event.repeat) event.preventDefault();
    }),
  );
  window.addEventListener("pagehide", () => {
    if (stop) stop();
  });
  store.on("opened", cancelSolve);
  store.on("verdict", solveIfPressed);
  refreshSolve();
}
