// The bar: what is shown, the theme, and a solve from its start to its end.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { byId, store, format } = p2pdnr;
  const STAGES = { reading: "reading", search: "ranking topologies", binary: "choosing topologies", convex: "negotiating", polish: "testing other topologies", settlement: "settling bills", verification: "checking", done: "storing the result" };
  let stop = null;
  let orders = 0;

  p2pdnr.say = function (text, kind) {
    byId("status").textContent = text || "";
    byId("status").dataset.kind = kind || "";
    byId("status").title = text || "";
  };

  // How far a solve may be, from 0 to 1: stages in order, within a stage the residual on a log scale.
  p2pdnr.progressShare = function (event) {
    const starts = { reading: 0, search: 0.05, binary: 0.15, convex: 0.4, polish: 0.7, settlement: 0.9, verification: 0.95, done: 0.98 };
    const spans = { binary: 0.25, convex: 0.3 };
    const base = starts[event.stage] === undefined ? 0 : starts[event.stage];
    if (!spans[event.stage] || !(event.primal_kw > 0)) return base;
    return base + spans[event.stage] * Math.min(1, Math.max(0, (2.5 - Math.log10(event.primal_kw)) / 4));
  };

  // One line on what a solve is doing, and what the best plan costs that it could already stop with.
  p2pdnr.progressText = function (event, offer) {
    const parts = [STAGES[event.stage] || event.stage];
    if (event.iteration) parts.push(`iteration ${event.iteration}`);
    if (event.primal_kw !== null && event.primal_kw !== undefined) parts.push(`residual ${format.kw(event.primal_kw)}`);
    if (event.free_binaries !== null && event.free_binaries !== undefined && event.stage === "binary") parts.push(`${format.number(event.free_binaries)} switches undecided`);
    if (event.seconds >= 1) parts.push(`${format.number(event.seconds)} s`);
    if (offer) parts.push(`best so far ${format.number(offer.objective_eur)} \u20ac`);
    return parts.join(" \u00b7 ");
  };

  function stateText(snapshot) {
    if (snapshot.state === "queued") return `Queued${snapshot.position ? `, place ${snapshot.position}` : ""}: the server is busy.`;
    if (snapshot.state === "warming") return "Warming up the solver \u2026";
    if (snapshot.state === "solving") return "Solving \u2026";
    if (snapshot.state === "proofs") return "New result \u00b7 comparing with the initial and the best fixed topology \u2026";
    if (snapshot.state === "cancelled") return "Cancelled. The last result is shown.";
    if (snapshot.state === "failed") return (snapshot.error && snapshot.error.message) || "The solve failed. The last result is shown.";
    return "";
  }

  // Solve and Cancel take turns; who works by keyboard goes along.
  function busy(on) {
    const [solve, cancel] = [byId("solve"), byId("cancel")];
    const [from, to] = on ? [solve, cancel] : [cancel, solve];
    const along = document.activeElement === from;
    p2pdnr.live = [];
    document.body.classList.toggle("solving", on);
    byId("progress").hidden = !on;
    if (!on) byId("progress").style.setProperty("--done", 0);
    if (on) cancel.hidden = false;
    p2pdnr.refreshSolve();
    if (along) to.focus();
    cancel.hidden = !on;
  }

  // Solve is possible while the table is right and nothing runs.
  p2pdnr.refreshSolve = function () {
    const { verdict, job } = store.get();
    const wrong = Boolean(verdict && verdict.problems.length);
    byId("solve").disabled = Boolean(job) || wrong || !verdict;
    byId("solve").title = wrong ? "Correct the marked cells first" : !verdict ? "Reading the table" : "Solve the day as the table has it";
    byId("solve").textContent = job ? "Solving" : "Solve";
  };

  // A reference waits until the answer, before which it may arrive, has taken its place.
  async function take(job, { mode, id, answer }, first) {
    const [payload] = await Promise.all([p2pdnr.fetchResult(id), first]);
    const state = store.get();
    if (state.job !== job && state.lastJob !== job) return;
    if (answer) {
      const old = p2pdnr.shown(state);
      const changes = { results: { [mode]: payload }, ids: { [mode]: id }, mode, before: old && old.mode === mode ? old.summary : null, stale: false };
      p2pdnr.live = [];
      store.set({ ...changes, hour: old ? Math.min(state.hour, payload.hours - 1) : payload.worst_hour, chosen: null });
      p2pdnr.solved(job);
    } else {
      store.set({ results: { ...state.results, [mode]: payload }, ids: { ...state.ids, [mode]: id } });
    }
  }

  // Nothing runs any more; what is shown stands.
  function stand() {
    store.set({ job: null, pending: [], stale: false });
    busy(false);
  }

  const REFERENCES = { fixed: "the initial topology", static: "the best fixed topology" };

  // A solve is over; now is its last state.
  function end(now) {
    stand();
    if (store.get().tab === "convergence" && !Object.keys(now.results || {}).length) p2pdnr.renderChart(store.get());
    if (now.error && now.error.problems && now.error.problems.length) p2pdnr.showSolveProblems(now.error.problems);
    const missing = Object.keys(now.missing || {}).map((mode) => REFERENCES[mode] || "the day without trading");
    if (now.state === "done") p2pdnr.say(missing.length ? `Solved; the comparison with ${missing.join(", ")} is missing.` : "Solved.");
  }

  function follow(job, snapshot) {
    const fetched = {};
    let done = 0;
    let said = null;
    let offer = null;
    const fetch = (result) => { fetched[result.mode] = fetched[result.mode] || take(job, result, result.answer ? null : fetched[snapshot.mode]).catch((error) => p2pdnr.say(error.message, "bad")); return fetched[result.mode]; };
    async function onState(now) {
      await Promise.all(Object.entries(now.results || {}).map(([mode, id]) => fetch({ mode, id, answer: mode === now.mode })));
      if (store.get().job !== job) return;
      store.set({ pending: now.pending || [] });
      if (stateText(now) !== said) p2pdnr.say(stateText(now), now.state === "failed" ? "bad" : "");
      said = stateText(now);
      if (now.state === "proofs") store.set({ stale: false });
      if (now.ended) end(now);
    }
    stop = p2pdnr.followJob(job, {
      state: onState,
      result: fetch,
      progress(event) {
        const state = store.get();
        if (state.job !== job) return;
        const first = !state.pending.length || state.pending[0] === snapshot.mode;
        if (first && event.primal_kw > 0) p2pdnr.keepLive(event);
        if (first && event.offer && event.offer.mode === snapshot.mode) offer = event.offer;
        p2pdnr.say(first ? p2pdnr.progressText(event, offer) : `Comparing: ${p2pdnr.progressText(event)}`);
        done = first ? Math.max(done, p2pdnr.progressShare(event)) : 1;
        byId("progress").style.setProperty("--done", done);
      },
      lost(lost) {
        if (!lost || store.get().job !== job) return;
        said = null;
        p2pdnr.say("Connection lost, trying again \u2026", "bad");
      },
      gone() { end({ state: "failed" }); p2pdnr.say("This solve has expired on the server. Solve again.", "bad"); },
    });
  }

  const pause = (seconds) => new Promise((resolve) => { window.setTimeout(resolve, 1000 * seconds); });

  // A solve that has been handed in and has no number yet; two of them are never taken for each other.
  const TICKET = "starting ";

  // Hands a solve in; a server that is busy says when to come again, and is asked again then until someone cancels.
  async function send(order, ticket) {
    while (store.get().job === ticket) {
      try {
        return await p2pdnr.submitJob(order);
      } catch (error) {
        if (!error.retry || store.get().job !== ticket) throw error;
        p2pdnr.say(`${error.message} Trying again in ${error.retry} s.`);
        await pause(error.retry);
      }
    }
    return null;
  }

  p2pdnr.startSolve = async function () {
    const { verdict, ids, job } = store.get();
    if (job || !verdict || verdict.problems.length) return;
    const mode = verdict.mode || "hourly";
    const ticket = `${TICKET}${orders += 1}`;
    p2pdnr.submitted();
    store.set({ job: ticket, stale: true, playing: false });
    busy(true);
    p2pdnr.say("Sending \u2026");
    try {
      const snapshot = await send({ scenario: JSON.parse(verdict.scenario), mode, p2p: verdict.p2p, warm: ids[mode] || null }, ticket);
      if (store.get().job !== ticket) { if (snapshot) p2pdnr.cancelJob(snapshot.job).catch(() => {}); return; }
      store.set({ job: snapshot.job, lastJob: snapshot.job, pending: snapshot.pending || [] });
      follow(snapshot.job, snapshot);
    } catch (error) {
      if (store.get().job !== ticket) return;
      stand();
      p2pdnr.say(error.problems && error.problems.length ? "The scenario cannot be solved as it stands; see the list above the table." : error.message, "bad");
      if (error.problems && error.problems.length) p2pdnr.showSolveProblems(error.problems);
    }
  };

  // The page is free at once, whatever the way to the server takes; an answer that is on show already stays.
  p2pdnr.cancelSolve = function () {
    const { job, stale, pending, lastJob } = store.get();
    if (!job) return;
    if (!job.startsWith(TICKET)) { stop(); p2pdnr.cancelJob(job).catch(orphaned); }
    store.set({ lastJob: stale ? null : lastJob });
    end(stale ? {} : { state: "done", results: { answer: job }, missing: Object.fromEntries(pending.map((mode) => [mode, {}])) });
    if (stale) p2pdnr.say(stateText({ state: "cancelled" }));
  };

  // A server that cannot be told ends a solve that nobody listens to by itself.
  function orphaned(error) {
    if (!store.get().job && error.status !== 404) p2pdnr.say("Cancelled here. The server did not answer; it ends the solve within two minutes.", "bad");
  }

  p2pdnr.setTheme = function (theme) {
    document.documentElement.dataset.theme = theme;
    try { window.localStorage.setItem("p2pdnr-theme", theme); } catch (error) { /* private browsing: the choice lasts for the page */ }
    store.set({ theme });
  };

  p2pdnr.wireBar = function () {
    byId("theme").addEventListener("click", () => p2pdnr.setTheme(store.get().theme === "dark" ? "light" : "dark"));
    byId("solve").addEventListener("click", p2pdnr.startSolve);
    byId("cancel").addEventListener("click", p2pdnr.cancelSolve);
    // A key that is held down presses once, not Solve and Cancel in turn.
    ["solve", "cancel"].forEach((id) => byId(id).addEventListener("keydown", (event) => { if (event.repeat) event.preventDefault(); }));
    byId("modes").addEventListener("change", (event) => store.set({ mode: event.target.value }));
    window.addEventListener("pagehide", () => { if (stop) stop(); });
  };
}(window.p2pdnr));
