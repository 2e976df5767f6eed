// On paper the page is light, whatever the screen is: the style sheets change at once, the colours that scripts wrote
// into the diagram are written anew, and charts of the library are turned round (styles/print.css).

import { recoloured } from "./drawing.js";

const root = document.documentElement;
let screen = null;

// A chart of the library keeps the size that it was drawn with: what stands below it must not stand on it, and a tall
// one becomes smaller, so that the page stays one sheet.
const TALLEST_PX = 332; // 88 mm, as in styles/print.css

function fitChart() {
  const chart = document.querySelector("#chart-body .main-svg");
  const height = chart ? Number(chart.getAttribute("height")) : 0;
  root.style.setProperty("--fit", String(Math.min(1, TALLEST_PX / Math.max(height, 1))));
}

function toPaper() {
  fitChart();
  if (screen !== null || root.dataset.theme !== "dark") return;
  screen = root.dataset.theme;
  root.dataset.theme = "light";
  root.dataset.printed = screen;
  recoloured();
}

function toScreen() {
  if (screen === null) return;
  root.dataset.theme = screen;
  screen = null;
  delete root.dataset.printed;
  recoloured();
}

export function wirePaper() {
  window.addEventListener("beforeprint", toPaper);
  window.addEventListener("afterprint", toScreen);
  window.matchMedia("print").addEventListener("change", ({ matches }) => (matches ? toPaper : toScreen)());
}
