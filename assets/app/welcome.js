// The first visit: beside the headline, what coordination changes, in one sentence with the diagram to prove it, until
// somebody closes it, solves, or comes again.

import { byId, html } from "../page/elements.js";
import { store } from "../page/store.js";
import { t } from "../page/language.js";
import { firstContrast } from "../charts/contrast.js";

const { dataset } = document.documentElement;
let told = null;

function remember() {
  try {
    window.localStorage.setItem("p2pdnr-visited", "1");
  } catch (error) {
    /* a browser that keeps nothing tells it again */
  }
}

function close() {
  if (!told) return;
  told = null;
  dataset.visit = "again";
  byId("contrast").replaceChildren();
  byId("contrast").hidden = true;
}

// The hour in question, as built and as planned in turn.
function look() {
  const { hour, mode } = store.get();
  const built = hour === told.hour && mode === "fixed";
  store.set({ hour: told.hour, mode: built ? told.mode : "fixed", playing: false, chosen: null });
}

function name({ hour, mode }) {
  if (told)
    byId("contrast-look").textContent = hour === told.hour && mode === "fixed" ? t("See the plan") : t("See it");
}

const button = (id, attributes, act, text) => {
  const node = html("button", { type: "button", id, ...attributes }, text);
  node.addEventListener("click", act);
  return node;
};

/** @param {State} state */
function tell({ results, mode }) {
  const found = told ? null : firstContrast(results[mode] || null, results.fixed || null);
  if (!found || dataset.visit !== "first") return;
  told = { hour: found.hour, mode };
  const label = t("Close this remark");
  byId("contrast").replaceChildren(
    html("span", {}, found.text),
    " ",
    button("contrast-look", { class: "link" }, look, t("See it")),
    button("contrast-close", { class: "link close", "aria-label": label, title: label }, close, "\u00d7"),
  );
  byId("contrast").hidden = false;
  remember();
}

export function wireWelcome() {
  if (dataset.visit !== "first") return;
  store.on("results", tell);
  store.on("hour mode", name);
  store.on("opened before trial preview slide lesson sketch", (state, old) => {
    if (old.opened !== state.opened || state.before || state.trial || state.preview || state.lesson) close();
  });
}
