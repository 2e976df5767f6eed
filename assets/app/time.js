// Time: playing, the keys, the buttons below the diagram and the time control.

import { byId } from "../page/elements.js";
import { say } from "../page/status.js";
import { goTo, store } from "../page/store.js";
import { view } from "../page/view.js";
import { t } from "../page/language.js";
import { wireTimeline } from "../diagram/timeline.js";
import { nudgeGuess, sketch } from "../whatif/guess_losses.js";
import { closest } from "../charts/sentences.js";

const BEAT_MS = 800;
let timer = null;

/** @param {State} state */
function playingChanged({ playing, speed }) {
  window.clearInterval(timer);
  byId("play").querySelector("span").textContent = playing ? t("Pause") : t("Play");
  byId("play")
    .querySelector("path")
    .setAttribute("d", playing ? "M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z" : "M4 2.5v11L13.5 8Z");
  if (playing) timer = window.setInterval(() => goTo((store.get().hour + 1) % view.payload.hours), BEAT_MS / speed);
}

function key(event) {
  const busy = event.target.closest("input, select, textarea, .ag-root, [role=tablist], dialog, [contenteditable]");
  if (busy || event.ctrlKey || event.metaKey || event.altKey || !view.payload) return;
  if (event.key === " " && event.target.closest("button, summary, a")) return;
  const { hour, playing } = store.get();
  const acts = {
    ArrowLeft: () => goTo(hour - 1),
    ArrowRight: () => goTo(hour + 1),
    Home: () => goTo(0),
    End: () => goTo(Infinity),
    " ": () => store.set({ playing: !playing }),
  };
  if (event.target.id === "timeline")
    Object.assign(acts, {
      ArrowDown: acts.ArrowLeft,
      ArrowUp: acts.ArrowRight,
      PageUp: () => goTo(hour + 6),
      PageDown: () => goTo(hour - 6),
    });
  const { guess } = store.get();
  if (event.target.id === "timeline" && guess && !guess.shown)
    Object.assign(acts, { ArrowDown: () => nudgeGuess(-1), ArrowUp: () => nudgeGuess(1) });
  if (!acts[event.key]) return;
  event.preventDefault();
  acts[event.key]();
}

// What is pinned above the time control keeps clear of it.
function keepClear() {
  const clock = byId("clockwork");
  const measure = () => document.documentElement.style.setProperty("--clock", `${clock.offsetHeight}px`);
  new ResizeObserver(measure).observe(clock);
}

export function wireTime() {
  keepClear();
  store.on("playing speed", playingChanged);
  const pause = (act) => () => {
    store.set({ playing: false });
    act();
  };
  byId("previous").addEventListener(
    "click",
    pause(() => goTo(store.get().hour - 1)),
  );
  byId("next").addEventListener(
    "click",
    pause(() => goTo(store.get().hour + 1)),
  );
  byId("worst").addEventListener(
    "click",
    pause(() => {
      goTo(view.payload.worst_hour);
      say(closest(view.payload, view.payload.worst_hour));
    }),
  );
  byId("play").addEventListener("click", () => store.set({ playing: !store.get().playing }));
  byId("speed").addEventListener("change", () => store.set({ speed: Number(byId("speed").value) }));
  document.addEventListener("keydown", key);
  const attend = () => (document.documentElement.dataset.attended = "1");
  ["scroll", "wheel", "touchmove", "pointermove", "keydown"].forEach((event) =>
    addEventListener(event, attend, { once: true, passive: true }),
  );
  wireTimeline(byId("timeline"), () => view.control, {
    sketch,
    move: (hour) => {
      store.set({ playing: false });
      goTo(hour);
    },
  });
}
