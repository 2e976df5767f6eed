// Presentation mode: `?present=1`, or the button of the bar, which fills the screen where the browser lets it.

import { byId } from "../page/elements.js";
import { writeAddress } from "../page/history.js";
import { presenting } from "../page/presenting.js";
import { store } from "../page/store.js";
import { renderChart } from "../charts/charts.js";
import { redraw } from "./drawing.js";
import { begin, stop, wireTalk } from "./talk.js";

// A browser may refuse; then the window stays as it is.
function fillScreen(on) {
  const root = document.documentElement;
  if (on && root.requestFullscreen) root.requestFullscreen().catch(() => {});
  if (!on && document.fullscreenElement) document.exitFullscreen().catch(() => {});
}

function toggle() {
  const on = !presenting();
  const { dataset } = document.documentElement;
  if (on) dataset.present = "1";
  else delete dataset.present;
  byId("present").setAttribute("aria-pressed", String(on));
  const url = new URL(window.location.href);
  if (on) url.searchParams.set("present", "1");
  else ["present", "slide"].forEach((name) => url.searchParams.delete(name));
  writeAddress("replaceState", url);
  fillScreen(on);
  redraw();
  renderChart(store.get());
  if (on && !store.get().lesson) begin();
  else stop();
}

// Once the first day is there: the slide that the address asked for when the page came (app/theme.js).
export function openTalk() {
  const { slide } = document.documentElement.dataset;
  if (presenting() && slide !== "all") begin(slide);
}

export function wirePresent() {
  wireTalk();
  byId("present").setAttribute("aria-pressed", String(presenting()));
  byId("present").addEventListener("click", toggle);
}
