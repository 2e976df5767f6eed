// What is drawn anew when which part of the state changes.

import { colours } from "../page/colours.js";
import { byId, html } from "../page/elements.js";
import { format } from "../page/format.js";
import { drawnPayload, shownPayload, store } from "../page/store.js";
import { seenDay, view } from "../page/view.js";
import { t } from "../page/language.js";
import { firstTitles } from "./first_titles.js";
import { updateArcs } from "../diagram/arcs.js";
import { buildDiagram } from "../diagram/diagram.js";
import { updateDiagram } from "../diagram/hour.js";
import { showLegend } from "../diagram/legend.js";
import { refreshPanel, roam } from "../diagram/pointing.js";
import { scales } from "../diagram/scales.js";
import { drawSteps, openLinesKey, switchingLine } from "../diagram/sequence.js";
import { buildTimeline, drawYours, updateTimeline } from "../diagram/timeline.js";
import { showGuess } from "../whatif/guess_losses.js";
import { markFaults, showManualSwitching } from "../whatif/manual_switching.js";
import { endTrial } from "../whatif/trial.js";
import { breaches, trialHeadlines, trialWords } from "../whatif/trial_words.js";
import { trialDay } from "../whatif/whatif.js";
import { renderChart } from "../charts/charts.js";
import { renderHeadlines, renderPreview } from "../charts/headline.js";
import { rankLine } from "../charts/landscape.js";
import { moveCursor } from "../charts/plot.js";
import { markUndecided, replayed } from "../charts/replay.js";
import { beside, contrast, modeName, sinceWhen } from "../charts/sentences.js";

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
  view.drawing = buildDiagram(byId("diagram"), payload);
  drawTimeline(state);
  showLegend(payload, view.scales);
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

/**
 * @param {State} state
 * @param {Payload} payload
 */
function titles(state, payload) {
  const { hour } = state;
  const besides = beside(payload, state.results);
  const clock = format.at(payload, hour);
  byId("clock").textContent = clock;
  byId("date").textContent = format.day(payload, hour);
  if (state.trial) {
    trialTitles(state, payload, clock);
    return;
  }
  if (payload === state.sketch && !view.first) {
    sketchTitles(state, payload, clock);
    return;
  }
  if (view.first && !view.preview) {
    firstTitles(view.first, clock, hour);
    return;
  }
  byId("switching").replaceChildren(...switchingLine(payload, state));
  if (view.preview) {
    previewTitles(clock);
    return;
  }
  byId("grid-title").textContent = t`The grid at ${clock}`;
  byId("rank").replaceChildren(...rankLine(payload, hour));
  byId("why").replaceChildren(
    html("strong", {}, sinceWhen(payload, hour)),
    besides ? ` ${contrast(payload, besides, hour)}` : "",
  );
}

// Which topology would be best at other numbers is not known before they are solved.
function previewTitles(clock) {
  byId("grid-title").textContent = t`The grid at ${clock}, predicted`;
  byId("rank").textContent = "";
  byId("why").replaceChildren(
    html("strong", {}, t("Predicted, not solved. ")),
    t("The open lines are those of the plan; solved, the grid may switch differently."),
  );
}

// Of a grid that is not solved yet: what is drawn, and which limits it breaks as built.
/**
 * @param {State} state
 * @param {Payload} payload
 */
function sketchTitles({ hour }, payload, clock) {
  const flows = payload.series.loss_kw[hour] !== null;
  const broken = flows ? breaches(payload, hour) : [];
  const limits = broken.length ? `: ${broken.join(", ")}` : "";
  byId("grid-title").textContent = t`The grid as built at ${clock}`;
  byId("rank").textContent = "";
  byId("switching").replaceChildren(...openLinesKey(payload, hour));
  byId("why").replaceChildren(
    html("strong", {}, t("Not solved yet. ")),
    flows
      ? t`All loads and all sun, before anybody trades, stores or switches${limits}.`
      : t("As built it has no power flow at this hour: it is not radial, or the lines cannot carry the power."),
  );
}

/**
 * @param {State} state
 * @param {Payload} payload
 */
function trialTitles(state, payload, clock) {
  const words = trialWords(payload, state.trial, view.trial, state.hour);
  byId("grid-title").textContent = state.trial.mine
    ? state.trial.mine.proved
      ? t`The optimum at ${clock}`
      : t`The best tried at ${clock}`
    : t`Your topology at ${clock}`;
  byId("rank").textContent = "";
  byId("switching").replaceChildren(html("strong", {}, words.line[0]), words.line[1]);
  byId("why").replaceChildren(html("strong", {}, words.below[0]), words.below[1]);
}

/** @param {State} state */
function hourChanged(state) {
  const { payload, drawing, scales, colours } = view;
  if (!payload) return;
  const { hour } = state;
  updateDiagram(drawing, seenDay(), hour, scales, colours);
  updateArcs(drawing, view.preview || view.first || replayed(payload, state), state, scales, colours);
  markUndecided(drawing, state);
  byId("whose").value = state.chosen === null ? state.arcs : state.chosen;
  drawSteps(drawing, payload, state);
  showManualSwitching(state);
  if (view.trial || drawing.marked) markFaults(drawing, view.trial, state.trial, hour);
  drawing.marked = Boolean(view.trial);
  updateTimeline(byId("timeline"), view.control, payload, hour);
  titles(state, payload);
  moveCursor(hour);
  refreshPanel();
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
  hourChanged(store.get());
}

export function wireDrawing() {
  store.on("results mode sketch", (state, old) => {
    if (state.trial && drawnPayload(state) !== drawnPayload(old)) endTrial();
    resultChanged(store.get());
  });
  store.on("hour chosen arcs steps replay", hourChanged);
  store.on("trial", trialChanged);
  store.on("preview", previewChanged);
  store.on("first", firstChanged);
  store.on("hour ranked", (state) => state.trial && headlines(state));
  store.on("ranked", (state) => {
    if (state.trial) hourChanged(state);
    else if (view.payload) titles(state, view.payload);
  });
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
