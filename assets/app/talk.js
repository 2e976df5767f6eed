// A talk in presentation mode: one thing at a time, stepped by a clicker's keys, by buttons or by the address
// (`?present=1&slide=voltages`); `slide=all` shows everything at once.

import { byId, html } from "../page/elements.js";
import { goTo, store } from "../page/store.js";
import { t } from "../page/language.js";
import { slides } from "../charts/slides.js";
import { renderChart } from "../charts/charts.js";
import { redraw } from "./drawing.js";

const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

// The slide of a state and its place; null where everything is shown at once, or there is nothing to show.
/** @param {State} state */
function current({ slide, results }) {
  if (slide === null) return null;
  const all = slides(results);
  const at = Math.max(
    0,
    all.findIndex(({ key }) => key === slide),
  );
  return all.length ? { all, at, shown: all[at] } : null;
}

/** @param {Slide} shown */
function show(shown) {
  const { hour } = store.get();
  const whole = Boolean(shown.plays) && !still();
  store.set({
    slide: shown.key,
    mode: shown.mode,
    arcs: shown.arcs,
    chosen: null,
    trial: null,
    playing: whole,
    ...(shown.tab ? { tab: shown.tab } : {}),
  });
  if (whole) goTo(0);
  else goTo(hour);
}

function step(by) {
  const here = current(store.get());
  if (!here) return;
  const to = here.all[here.at + by];
  if (to) show(to);
}

// What stands in the bar and above the one thing.
/** @param {State} state */
function say(state) {
  const here = current(state);
  if (!here) return;
  const [said, more] = here.shown.said(state.hour);
  byId("slide-text").textContent = said.trim();
  byId("slide-more").textContent = String(more || "").trim();
  byId("slide-at").textContent = t`${here.at + 1} of ${here.all.length}`;
  byId("slide-back").disabled = here.at === 0;
  byId("slide-on").disabled = here.at === here.all.length - 1;
}

// The place for the one thing is another one: it is drawn anew.
function dress(state) {
  const here = current(state);
  const { dataset } = document.documentElement;
  const wanted = here ? (here.shown.tab ? "chart" : "diagram") : "";
  byId("slide").hidden = byId("talk").hidden = !here;
  byId("slides-all").setAttribute("aria-pressed", String(!here));
  say(state);
  if (here && here.shown.mode !== state.mode) store.set({ mode: here.shown.mode }); // the grid as built has come
  if ((dataset.talk || "") === wanted) return;
  if (wanted) dataset.talk = wanted;
  else delete dataset.talk;
  redraw();
  renderChart(store.get());
}

// Clickers send Page Down and Page Up, and "." or "b" for a dark screen.
function keyed(event) {
  if (!current(store.get()) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, dialog, #timeline, [contenteditable]")) return;
  const act = { PageDown: () => step(1), PageUp: () => step(-1), ".": darken, b: darken }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

function darken() {
  const root = document.documentElement;
  if (root.dataset.blank) delete root.dataset.blank;
  else root.dataset.blank = "1";
}

const button = (id, text, act) => {
  const node = html("button", { type: "button", id }, text);
  node.addEventListener("click", act);
  return node;
};

function build() {
  const steps = html(
    "div",
    { class: "talk", id: "talk", role: "group", "aria-label": t("Steps of the talk"), hidden: "" },
    button("slide-back", t("Back|slide"), () => step(-1)),
    html("span", { id: "slide-at" }),
    button("slide-on", t("Next"), () => step(1)),
  );
  const all = button("slides-all", t("All at once"), () => (current(store.get()) ? stop() : begin()));
  byId("theme").before(steps, all);
  byId("grid-card").before(
    html(
      "section",
      { class: "slide wide", id: "slide", "aria-live": "polite", hidden: "" },
      html("h2", { id: "slide-text" }),
      html("p", { id: "slide-more" }),
    ),
  );
}

// The talk begins where it was left in the address, else with its first slide.
/** @param {string | null} [key] */
export function begin(key) {
  const all = slides(store.get().results);
  if (all.length) show(all.find((one) => one.key === key) || all[0]);
}

export function stop() {
  delete document.documentElement.dataset.blank;
  store.set({ slide: null, playing: false });
}

export function wireTalk() {
  build();
  store.on("slide results", dress);
  store.on("hour", say);
  store.on("lesson", ({ lesson, slide }) => {
    if (lesson && slide !== null) stop();
  });
  document.addEventListener("keydown", keyed);
}
