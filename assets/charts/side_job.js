// Several solves of the day on show, one after the other when somebody asks for them: a job beside the one of Solve.
// What has come stands in a field of the state, by the names that the server gives the solves.

import { cancelJob, fetchResult, followJob, submitJob } from "../io/jobs_client.js";
import { shownPayload, store } from "../page/store.js";
import { t } from "../page/language.js";
import { told } from "../page/told.js";

export const NOTHING = { of: null, mode: null, results: {}, missing: {}, pending: [], job: null, note: "" };
const STARTING = "starting";

/**
 * `field` of the state takes what comes; `wish` is what the order asks for beside scenario and mode; `refusal` says why
 * nothing can be asked for now.
 * @param {{ field: "roles" | "shares", wish: object, refusal: (state: State) => string }} asked
 */
export function sideJob({ field, wish, refusal }) {
  let stop = null;

  /** @returns {SideJob} */
  const now = () => store.get()[field];
  const put = (value) => store.set(/** @type {any} */ ({ [field]: value }));
  const change = (changes) => put({ ...now(), ...changes });
  const isLive = (job) => now().job === job;

  async function take(job, { mode: name, id }) {
    const payload = await fetchResult(id);
    if (isLive(job)) change({ results: { ...now().results, [name]: payload } });
  }

  // The last state of a job: what is missing has its reason.
  function end(last) {
    const missing = Object.fromEntries(
      Object.entries(last.missing || {}).map(([name, why]) => [name, told(why.message)]),
    );
    const note = last.state === "failed" && last.error ? told(last.error.message) : "";
    change({ job: null, pending: [], missing, note });
  }

  function follow(job) {
    const fetched = {};
    const fetch = (result) => {
      fetched[result.mode] =
        fetched[result.mode] || take(job, result).catch((error) => change({ note: error.message }));
      return fetched[result.mode];
    };
    stop = followJob(job, {
      async state(snapshot) {
        await Promise.all(Object.entries(snapshot.results || {}).map(([mode, id]) => fetch({ mode, id })));
        if (!isLive(job)) return;
        change({
          pending: snapshot.pending || [],
          note: snapshot.state === "queued" ? t("Waiting for its turn \u2026") : "",
        });
        if (snapshot.ended) end(snapshot);
      },
      result: fetch,
      progress() {},
      lost(lost) {
        if (lost && isLive(job)) change({ note: t("Connection lost, trying again \u2026") });
      },
      gone() {
        if (isLive(job))
          change({ job: null, pending: [], note: t("This solve has expired on the server. Ask again.") });
      },
    });
  }

  async function start() {
    const state = store.get();
    const shown = shownPayload(state);
    if (refusal(state) || now().job || !shown) return;
    const { mode } = shown;
    put({ ...NOTHING, of: state.ids[mode] || null, mode, job: STARTING, note: t("Sending \u2026") });
    try {
      const scenario = JSON.parse(state.verdict.scenario);
      const { job, pending } = await submitJob({
        scenario,
        mode,
        p2p: shown.p2p,
        warm: state.ids[mode] || null,
        ...wish,
      });
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
  function cancel() {
    const { job } = now();
    if (!job) return;
    if (stop) stop();
    if (job !== STARTING) cancelJob(job).catch(() => {});
    change({ job: null, pending: [], note: t("Cancelled.") });
  }

  // Another day, mode or result is on show: what was compared is not about it.
  function forget(state) {
    const { of, mode } = now();
    const shown = shownPayload(state);
    if (!shown || of === null || (mode === shown.mode && state.ids[shown.mode] === of)) return;
    cancel();
    put(NOTHING);
  }

  const wire = () => store.on("ids mode results", forget);
  return { start, cancel, wire };
}
