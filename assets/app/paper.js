// On paper the page is light, whatever the screen is: the style sheets change at once, the colours that scripts wrote
// into the diagram are written anew, and charts of the library are turned round (styles/print.css).

import { recoloured } from "./drawing.js";

const root = document.documentElement;
let screen = null;

function toPaper() {
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
