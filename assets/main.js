// Ties the parts together: what is drawn anew when which part of the state changes.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { byId, store, format, html } = p2pdnr;
  const view = p2pdnr.view = { trial: null, drawing: null, control: null, scales: null, colours: null, payload: null, width: 0 };
  let timer = null;

  p2pdnr.goTo = function (hour) {
    const payload = p2pdnr.shown(store.get());
    if (payload) store.set({ hour: Math.min(payload.hours - 1, Math.max(0, hour)) });
  };

  // -- drawing -----------------------------------------------------------------------------------------------------------

  function build(state) {
    const payload = p2pdnr.shown(state);
    byId("page").classList.remove("unsolved");
    view.payload = payload;
    view.scales = p2pdnr.scales(payload);
    view.colours = p2pdnr.colours();
    view.width = byId("diagram").clientWidth;
    view.drawing = p2pdnr.buildDiagram(byId("diagram"), payload);
    buildTimeline(state);
    p2pdnr.showLegend(payload, view.scales);
    p2pdnr.roam();
  }

  function buildTimeline(state) {
    const reference = p2pdnr.beside(view.payload, state.results);
    byId("reference").textContent = reference ? `losses, dotted: ${p2pdnr.modeName(reference)}` : "losses";
    view.control = p2pdnr.buildTimeline(byId("timeline"), view.payload, reference);
    p2pdnr.drawYours(view.control, view.trial && view.trial.whole ? view.trial.series.loss_kw : null);
    p2pdnr.showGuess();
  }

  function titles(state, payload) {
    const { hour } = state;
    const besides = p2pdnr.beside(payload, state.results);
    const clock = format.clock(hour, payload.step_h);
    byId("clock").textContent = clock;
    if (state.trial) { trialTitles(state, payload, clock); return; }
    byId("grid-title").textContent = `The grid at ${clock}`;
    byId("rank").replaceChildren(...p2pdnr.rankLine(payload, hour));
    byId("why").replaceChildren(html("strong", {}, p2pdnr.since(payload, hour)), besides ? ` ${p2pdnr.contrast(payload, besides, hour)}` : "");
    byId("switching").replaceChildren(...p2pdnr.switchingLine(payload, state));
  }

  function trialTitles(state, payload, clock) {
    const words = p2pdnr.trialWords(payload, state.trial, view.trial, state.hour);
    byId("grid-title").textContent = state.trial.mine ? `${state.trial.mine.proved ? "The optimum" : "The best tried"} at ${clock}` : `Your topology at ${clock}`;
    byId("rank").textContent = "";
    byId("switching").replaceChildren(html("strong", {}, words.line[0]), words.line[1]);
    byId("why").replaceChildren(html("strong", {}, words.below[0]), words.below[1]);
  }

  function hourChanged(state) {
    const { payload, drawing, scales, colours } = view;
    if (!payload) return;
    const { hour } = state;
    const seen = p2pdnr.seen();
    p2pdnr.updateDiagram(drawing, seen, hour, scales, colours);
    p2pdnr.updateArcs(drawing, p2pdnr.replayed(payload, state), state, scales, colours);
    p2pdnr.markUndecided(drawing, state);
    byId("whose").value = state.chosen === null ? state.arcs : state.chosen;
    p2pdnr.drawSteps(drawing, payload, state);
    p2pdnr.showBench(state);
    if (view.trial || drawing.marked) p2pdnr.markFaults(drawing, view.trial, state.trial, hour);
    drawing.marked = Boolean(view.trial);
    p2pdnr.updateTimeline(byId("timeline"), view.control, payload, hour);
    titles(state, payload);
    p2pdnr.moveCursor(hour);
    p2pdnr.refreshPanel();
  }

  // What someone tries: the day is computed here, in the browser, and drawn like a result.
  function trialChanged(state) {
    view.trial = state.trial && view.payload ? p2pdnr.trialDay(view.payload, state.trial) : null;
    if (!view.payload) return;
    byId("page").classList.toggle("trying", Boolean(state.trial));
    p2pdnr.drawYours(view.control, view.trial && view.trial.whole ? view.trial.series.loss_kw : null);
    hourChanged(state);
    headlines(state);
  }

  p2pdnr.redraw = () => { if (view.payload) { build(store.get()); trialChanged(store.get()); } };

  // Another payload is drawn anew; a reference that came in only changes what is beside it.
  function resultChanged(state) {
    const payload = p2pdnr.shown(state);
    if (!payload) return;
    if (payload === view.payload && byId("diagram").clientWidth === view.width) buildTimeline(state);
    else build(state);
    hourChanged(state);
    if (!performance.getEntriesByName("p2pdnr-diagram").length) performance.mark("p2pdnr-diagram");
    headlines(state);
    modes(state);
  }

  function headlines(state) {
    const payload = p2pdnr.shown(state);
    if (state.trial && view.trial) p2pdnr.trialHeadlines(byId("headlines"), payload, state.trial, view.trial, state.hour);
    else if (payload) p2pdnr.renderHeadlines(byId("headlines"), payload, state.results, state.pending.length > 0, state.before);
  }

  function modes(state) {
    const shown = p2pdnr.shown(state);
    byId("modes").querySelectorAll("input").forEach((input) => {
      input.disabled = !state.results[input.value];
      input.checked = shown ? input.value === shown.mode : input.value === state.mode;
      input.parentElement.title = input.disabled ? (state.pending.includes(input.value) ? "Still being solved" : "Not solved") : "";
    });
  }

  // -- time --------------------------------------------------------------------------------------------------------------

  const BEAT_MS = 800;

  function playingChanged({ playing, speed }) {
    window.clearInterval(timer);
    byId("play").querySelector("span").textContent = playing ? "Pause" : "Play";
    byId("play").querySelector("path").setAttribute("d", playing ? "M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z" : "M4 2.5v11L13.5 8Z");
    if (playing) timer = window.setInterval(() => p2pdnr.goTo((store.get().hour + 1) % view.payload.hours), BEAT_MS / speed);
  }

  function key(event) {
    const busy = event.target.closest("input, select, textarea, .ag-root, [role=tablist], dialog, [contenteditable]");
    if (busy || event.ctrlKey || event.metaKey || event.altKey || !view.payload) return;
    if (event.key === " " && event.target.closest("button, summary, a")) return;
    const { hour, playing } = store.get();
    const acts = { ArrowLeft: () => p2pdnr.goTo(hour - 1), ArrowRight: () => p2pdnr.goTo(hour + 1), Home: () => p2pdnr.goTo(0), End: () => p2pdnr.goTo(Infinity), " ": () => store.set({ playing: !playing }) };
    if (event.target.id === "timeline") Object.assign(acts, { ArrowDown: acts.ArrowLeft, ArrowUp: acts.ArrowRight, PageUp: () => p2pdnr.goTo(hour + 6), PageDown: () => p2pdnr.goTo(hour - 6) });
    const { guess } = store.get();
    if (event.target.id === "timeline" && guess && !guess.shown) Object.assign(acts, { ArrowDown: () => p2pdnr.nudgeGuess(-1), ArrowUp: () => p2pdnr.nudgeGuess(1) });
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }

  function wireTime() {
    const pause = (act) => () => { store.set({ playing: false }); act(); };
    byId("previous").addEventListener("click", pause(() => p2pdnr.goTo(store.get().hour - 1)));
    byId("next").addEventListener("click", pause(() => p2pdnr.goTo(store.get().hour + 1)));
    byId("worst").addEventListener("click", pause(() => p2pdnr.goTo(view.payload.worst_hour)));
    byId("play").addEventListener("click", () => store.set({ playing: !store.get().playing }));
    byId("speed").addEventListener("change", () => store.set({ speed: Number(byId("speed").value) }));
    document.addEventListener("keydown", key);
    p2pdnr.wireTimeline(byId("timeline"), () => view.control, (hour) => { store.set({ playing: false }); p2pdnr.goTo(hour); });
  }

  // -- start -------------------------------------------------------------------------------------------------------------

  function listen() {
    store.on("results mode", (state, old) => { if (state.trial && p2pdnr.shown(state) !== p2pdnr.shown(old)) p2pdnr.endTrial(); resultChanged(store.get()); });
    store.on("hour chosen arcs steps replay", hourChanged);
    store.on("trial", trialChanged);
    store.on("hour ranked", (state) => { if (state.trial) headlines(state); });
    store.on("ranked", (state) => { if (state.trial) hourChanged(state); else if (view.payload) titles(state, view.payload); });
    store.on("pending before", (state) => { headlines(state); modes(state); });
    store.on("theme", (state) => { if (view.payload) { view.colours = p2pdnr.colours(); hourChanged(state); } });
    store.on("stale foreign", ({ stale, foreign }) => byId("page").classList.toggle("stale", stale || foreign));
    store.on("playing speed", playingChanged);
    store.on("tab theme ids mode", (state) => { p2pdnr.renderChart(state); });
    store.on("results pending", (state, old) => { if (state.tab === "modes" && old.ids === state.ids) p2pdnr.renderChart(state); });
    store.on("chosen", (state, old) => { if (state.tab === "prosumer" || state.tab === "bills" || (state.chosen !== null && old.tab === "prosumer")) p2pdnr.renderChart(state); });
    store.on("verdict", p2pdnr.refreshSolve);
    new ResizeObserver(() => {
      if (!view.payload || byId("diagram").clientWidth === view.width) return;
      resultChanged(store.get());
      p2pdnr.renderChart(store.get());
    }).observe(byId("diagram"));
  }

  // A case without a result: places stay, what they would show is said.
  function showNothing() {
    view.payload = null;
    byId("diagram").querySelectorAll(":scope > svg, .panel, .empty").forEach((old) => old.remove());
    byId("diagram").append(html("p", { class: "empty" }, "This case has not been solved yet. Press Solve."));
    ["legend", "timeline", "headlines", "chart-body", "caption"].forEach((id) => byId(id).replaceChildren());
    ["grid-title", "rank", "switching", "clock", "why", "reference"].forEach((id) => { byId(id).textContent = ""; });
    byId("grid-title").textContent = "The grid";
    modes(store.get());
    byId("page").classList.add("unsolved");
    document.documentElement.dataset.ready = "1";
  }

  // Results of a case by mode: the first is drawn as soon as it is there, the others fill in.
  p2pdnr.showCase = async function (ids) {
    const query = new URLSearchParams(window.location.search);
    const modesGiven = Object.keys(ids);
    const shownFirst = ["hourly", "static", "fixed"].filter((mode) => ids[mode]);
    const first = shownFirst.includes(query.get("mode")) ? query.get("mode") : shownFirst[0];
    if (!first) { store.set({ results: {}, ids: {}, chosen: null, before: null }); showNothing(); return; }
    const here = p2pdnr.first && p2pdnr.first.id === ids[first] ? p2pdnr.first.payload : null;
    const payload = here || await p2pdnr.fetchResult(ids[first]);
    const wanted = Number(query.get("hour"));
    const hour = query.has("hour") && Number.isInteger(wanted) && wanted >= 0 && wanted < payload.hours ? wanted : p2pdnr.startHour(payload);
    store.set({ results: { [first]: payload }, ids, mode: first, hour, chosen: null, before: null });
    const others = await Promise.all(modesGiven.filter((mode) => mode !== first).map((mode) => p2pdnr.fetchResult(ids[mode]).then((result) => [mode, result]).catch(() => null)));
    store.set({ results: { ...store.get().results, ...Object.fromEntries(others.filter(Boolean)) } });
    await Promise.all([document.fonts.ready, p2pdnr.renderChart(store.get())]);
    document.documentElement.dataset.ready = "1";
  };

  function start() {
    const query = new URLSearchParams(window.location.search);
    store.set({ theme: document.documentElement.dataset.theme, tab: p2pdnr.isTab(query.get("tab")) ? query.get("tab") : "losses" });
    p2pdnr.buildTabs(byId("tabs"), (tab) => store.set({ tab }));
    p2pdnr.markTab(store.get().tab);
    listen();
    p2pdnr.watchChart();
    p2pdnr.wireDiagram();
    p2pdnr.wireBench();
    p2pdnr.wireLandscape();
    p2pdnr.wireQuestions();
    p2pdnr.wireGuess();
    p2pdnr.wireReplay();
    p2pdnr.wirePresent();
    wireTime();
    p2pdnr.wireBar();
    p2pdnr.refreshSolve();
    p2pdnr.showCase(JSON.parse(document.body.dataset.results)).catch((error) => { p2pdnr.say(error.message, "bad"); document.documentElement.dataset.ready = "1"; });
  }
  start();
}(window.p2pdnr));
