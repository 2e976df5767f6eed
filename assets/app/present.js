// Presentation mode: `?present=1`, or the button of the bar.

import { byId } from "../page/elements.js";
import { writeAddress } from "../page/history.js";
import { presenting } from "../page/presenting.js";
import { store } from "../page/store.js";
import { renderChart } from "../charts/charts.js";
import { redraw } from "./drawing.js";

function toggle() {
  const on = !presenting();
  if (on) document.documentElement.dataset.present = "1";
  else delete document.documentElement.dataset.present;
  byId("present").setAttribute("aria-pressed", String(on));
  const url = new URL(window.location.href);
  if (on) url.searchParams.set("present", "1");
  else url.searchParams.delete("present");
  writeAddress("replaceState", url);
  redraw();
  renderChart(store.get());
}

export function wirePresent() {
  byId("present").setAttribute("aria-pressed", String(presenting()));
  byId("present").addEventListener("click", toggle);
}
