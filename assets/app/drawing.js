// What is drawn anew when which part of the state changes.

import { colours } from "../page/colours.js";
import { byId, html } from "../page/elements.js";
import { drawnPayload, shownPayload, store } from "../page/store.js";
import { seenDay, tradingDay, view } from "../page/view.js";
import { t } from "../page/language.js";
import { markBehind, watchBar } from "./behind.js";
import { titles } from "./titles.js";
import { updateArcs } from "../diagram/arcs.js";
import { buildDiagram } from "../diagram/diagram.js";
import { updateDiagram } from "../diagram/hour.js";
import { placesOf } from "../diagram/moved.js";
import { showLegend } from "../diagram/legend.js";
import { refreshPanel, roam } from "../diagram/pointing.js";
import { scales } from "../diagram/scales.js";
import { lookAgain } from "../diagram/zoom.js";
import { drawSteps } from "../diagram/sequence.js";
import { buildTimeline, drawYours, updateTimeline } from "../diagram/timeline.js";
import { showGuess } from "../whatif/guess_losses.js";
import { markFaults, showManualSwitching } from "../whatif/manual_switching.js";
import { endTrial } from "../whatif/trial.js";
import { trialHeadlines } from "../whatif/trial_words.js";
import { trialDay } from "../whatif/whatif.js";
import { renderChart } from "../charts/charts.js";
import { renderHeadlines, renderPreview } from "../charts/headline.js";
import { moveCursor } from "../charts/plot.js";
import { markUndecided, replayed } from "../charts/replay.js";
import { beside, modeName } from "../charts/sentences.js";

/** @param {State} state */
function build(state) {
  const payload = drawnPayload(state);
  const sketched = !shownPayload(state);
  byId("page").classList.toggle("unsolved", sketched);
  byId("page").classList.toggle("sketched", sketched);
  view.payload = payload;
  view.scales = scales(payload);
  view.colours = colours();
  view.width = byId("diagram").clientWidth;
  view.drawing = buildDiagram(byId("diagram"), payload, placesOf(state, payload));
  drawTimeline(state);
  showLegend(payload, view.scales, view.colours);
  roam();
}

/** @param {State} state */
function drawTimeline(state) {
  const reference = beside(view.payload, state.results);
  byId("reference").textContent = reference ? t`losses, dotted: ${modeName(reference)}` : t("losses");
  view.control = buildTimeline(byId("timeline"), view.payload, reference);
  drawYours(view.control, yours());
  showGuess();
}

/** @param {State} state */
function hourChanged(state) {
  const { payload, drawing, scales, colours } = view;
  if (!payload) return;
  const { hour } = state;
  drawing.colouring = state.colouring;
  view.replay = replayed(payload, state);
  updateDiagram(drawing, seenDay(), hour, scales, colours);
  updateArcs(drawing, tradingDay(), state, scales, colours);
  markUndecided(drawing, state);
  byId("whose").value = state.chosen === null ? state.arcs : state.chosen;
  drawSteps(drawing, view.replay || payload, state);
  showManualSwitching(state);
  if (view.trial || drawing.marked) markFaults(drawing, view.trial, state.trial, hour);
  drawing.marked = Boolean(view.trial);
  updateTimeline(byId("timeline"), view.control, payload, hour);
  titles(state, payload);
  moveCursor(hour);
  refreshPanel();
}

// A bus stands elsewhere: the same day is drawn anew, seen as before.
/** @param {State} state */
function placesChanged(state) {
  const { payload, drawing } = view;
  const places = payload && placesOf(state, payload);
  if (!payload || JSON.stringify(places || {}) === JSON.stringify(drawing.moved || {})) return;
  view.drawing = buildDiagram(byId("diagram"), payload, places);
  lookAgain(drawing.lens);
  roam();
  hourChanged(state);
}

// What someone tries: the day is computed here, in the browser, and drawn like a result.
/** @param {State} state */
function trialChanged(state) {
  view.trial = state.trial && view.payload ? trialDay(view.payload, state.trial) : null;
  if (!view.payload) return;
  byId("page").classList.toggle("trying", Boolean(state.trial));
  drawYours(view.control, yours());
  hourChanged(state);
  headlines(state);
}

// An edit on the move: its predicted day stands in the diagram and the figures until it is solved or taken back.
function previewChanged({ preview }, old) {
  const day = preview && preview.phase !== "solved" ? preview.day : null;
  if (!view.payload || (day === view.preview && preview === old.preview)) return;
  if (Boolean(day) !== Boolean(view.preview)) holdHeight(byId("headlines"), Boolean(day));
  view.preview = day;
  byId("page").classList.toggle("previewing", Boolean(day));
  drawYours(view.control, yours());
  hourChanged(store.get());
  headlines(store.get());
}

// A first plan is drawn over the day before it, and gives way to the answer.
/** @param {State} state */
function firstChanged(state) {
  if (state.first === view.first || !view.payload) return;
  view.first = state.first;
  byId("page").classList.toggle("planned", Boolean(view.first));
  drawYours(view.control, yours());
  hourChanged(state);
}

// What is above the diagram keeps its height, so that nothing moves away from a hand.
function holdHeight(node, on) {
  node.style.minHeight = on ? `${node.offsetHeight}px` : "";
}

// The losses that are drawn over those of the plan.
function yours() {
  if (view.preview || view.first) return (view.preview || view.first).series.loss_kw;
  return view.trial && view.trial.whole ? view.trial.series.loss_kw : null;
}

export const redraw = () => {
  if (view.payload) {
    build(store.get());
    trialChanged(store.get());
  }
};

// Another payload is drawn anew; a reference that came in only changes what is beside it.
/** @param {State} state */
function resultChanged(state) {
  const payload = drawnPayload(state);
  if (!payload) {
    showNothing();
    return;
  }
  if (payload === view.payload && byId("diagram").clientWidth === view.width) drawTimeline(state);
  else build(state);
  hourChanged(state);
  if (!performance.getEntriesByName("p2pdnr-diagram").length) performance.mark("p2pdnr-diagram");
  headlines(state);
  modes(state);
}

/** @param {State} state */
function headlines(state) {
  const payload = shownPayload(state);
  if (view.preview) renderPreview(byId("headlines"), state.preview);
  else if (state.trial && view.trial) trialHeadlines(byId("headlines"), payload, state.trial, view.trial, state.hour);
  else if (payload) renderHeadlines(byId("headlines"), payload, state.results, state.pending.length > 0, state.before);
  markBehind(state);
}

/** @param {State} state */
function modes(state) {
  const shown = shownPayload(state);
  byId("modes")
    .querySelectorAll("input")
    .forEach((input) => {
      input.disabled = !state.results[input.value];
      input.checked = shown ? input.value === shown.mode : input.value === state.mode;
      input.parentElement.title = input.disabled
        ? state.pending.includes(input.value)
          ? t("Still being solved")
          : t("Not solved")
        : "";
    });
}

// A case without a result: places stay, what they would show is said.
function showNothing() {
  view.payload = null;
  byId("page").classList.remove("sketched");
  byId("diagram")
    .querySelectorAll(":scope > svg, .panel, .empty")
    .forEach((old) => old.remove());
  byId("diagram").append(html("p", { class: "empty" }, t("This case has not been solved yet. Press Solve.")));
  ["legend", "timeline", "headlines", "story-text", "chart-body", "caption"].forEach((id) =>
    byId(id).replaceChildren(),
  );
  ["grid-title", "rank", "switching", "clock", "why", "reference", "story-line"].forEach((id) => {
    byId(id).textContent = "";
  });
  byId("grid-title").textContent = t("The grid");
  modes(store.get());
  byId("page").classList.add("unsolved");
  document.documentElement.dataset.ready = "1";
}

// The colours of the style sheets are others now.
export function recoloured() {
  if (!view.payload) return;
  view.colours = colours();
  showLegend(view.payload, view.scales, view.colours);
  hourChanged(store.get());
}

export function wireDrawing() {
  watchBar();
  store.on("results mode sketch", (state, old) => {
    if (state.trial && drawnPayload(state) !== drawnPayload(old)) endTrial();
    resultChanged(store.get());
  });
  store.on("hour chosen arcs steps replay colouring", hourChanged);
  store.on("draft", placesChanged);
  store.on("colouring", () => {
    if (view.payload) showLegend(view.payload, view.scales, view.colours);
    const select = byId("colouring");
    if (select) select.focus({ preventScroll: true });
  });
  store.on("trial", trialChanged);
  store.on("preview", previewChanged);
  store.on("first", firstChanged);
  store.on("hour ranked", (state) => state.trial && headlines(state));
  store.on("ranked", (state) => {
    if (state.trial) hourChanged(state);
    else if (view.payload) titles(state, view.payload);
  });
  store.on("verdict stale foreign job", headlines);
  store.on("pending before", (state) => {
    headlines(state);
    modes(state);
  });
  store.on("theme", recoloured);
  store.on("stale foreign", ({ stale, foreign }) => byId("page").classList.toggle("stale", stale || foreign));
  byId("modes").addEventListener("change", (event) => store.set({ mode: event.target.value }));
  new ResizeObserver(() => {
    if (!view.payload || byId("diagram").clientWidth === view.width) return;
    resultChanged(store.get());
    renderChart(store.get());
  }).observe(byId("diagram"));
}
