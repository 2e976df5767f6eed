// The panes of the drawer, and the buttons and keys that lead back and forth in the history.

import { byId } from "../page/elements.js";
import { store } from "../page/store.js";
import { canRedo, canUndo, currentDraft, redo, undo } from "./draft.js";

const tabs = () => [...byId("drawer-tabs").children];

export function openPane(key) {
  tabs().forEach((tab) => {
    const own = tab.dataset.pane === key;
    tab.setAttribute("aria-selected", String(own));
    tab.tabIndex = own ? 0 : -1;
    byId(`pane-${tab.dataset.pane}`).hidden = !own;
  });
  store.set({ pane: key });
}

// The tabs come with Dash, whenever that is: a press is heard from their first moment on.
export function wirePanes() {
  document.addEventListener("click", (event) => {
    const tab = event.target.closest("#drawer-tabs [data-pane]");
    if (tab) openPane(tab.dataset.pane);
  });
  document.addEventListener("keydown", (event) => {
    if (!event.target.closest("#drawer-tabs")) return;
    const all = tabs();
    const at = all.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const tab = all[(to + all.length) % all.length];
    openPane(tab.dataset.pane);
    tab.focus();
  });
}

// The pane that the address asks for.
export function openAsked() {
  const wanted = new URLSearchParams(window.location.search).get("pane");
  if (wanted && byId(`pane-${wanted}`)) openPane(wanted);
}

// A button whose steps have come to an end hands the focus on.
function allow(button, steps, other) {
  const here = document.activeElement === button;
  button.disabled = !steps;
  if (here && button.disabled) {
    other.disabled = false;
    other.focus();
  }
}

function showHistory() {
  allow(byId("undo"), canUndo(), byId("redo"));
  allow(byId("redo"), canRedo(), byId("undo"));
}

function keyed(event) {
  if (
    !(event.ctrlKey || event.metaKey) ||
    event.altKey ||
    event.target.closest("input, textarea, select") ||
    !currentDraft()
  )
    return;
  const key = event.key.toLowerCase();
  const act = key === "y" || (key === "z" && event.shiftKey) ? redo : key === "z" ? undo : null;
  if (!act) return;
  event.preventDefault();
  act();
}

export function wireHistory() {
  store.on("heard", showHistory);
  document.addEventListener("click", (event) => {
    const act = { undo, redo }[(event.target.closest("button[id]") || {}).id];
    if (act && currentDraft()) act();
  });
  document.addEventListener("keydown", keyed);
}
