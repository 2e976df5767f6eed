// The bar of a room's page: where one is, the time, whether the line holds, theme and language.

import { byId, html } from "../page/elements.js";
import { clockText } from "./pure.js";
import { LANGUAGES, speak, spoken, t } from "./speech.js";

export const button = (text, act, attributes = {}) => {
  const made = html("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
};

function theme() {
  const root = document.documentElement;
  const next = root.dataset.theme === "dark" ? "light" : "dark";
  root.dataset.theme = next;
  try {
    window.localStorage.setItem("p2pdnr-theme", next);
  } catch (error) {
    /* lasts for the page */
  }
}

// Builds the bar; `again` draws the page anew after another language or theme.
export function frame(again) {
  const menu = html(
    "select",
    { id: "room-language", "aria-label": t("speak") },
    ...LANGUAGES.map(([key, name]) => html("option", { value: key, lang: key }, name)),
  );
  menu.value = spoken();
  menu.addEventListener("change", () => {
    speak(menu.value);
    again();
    byId("room-language").focus();
  });
  const dark = button("\u25d0", () => {
    theme();
    again();
    byId("room-theme").focus();
  });
  Object.entries({ id: "room-theme", class: "icon", "aria-label": t("theme") }).forEach(([name, value]) =>
    dark.setAttribute(name, value),
  );
  byId("room-bar").replaceChildren(
    html("h1", {}, "p2pdnr"),
    html("p", { id: "room-where" }),
    html("span", { class: "spring" }),
    html("p", { id: "room-clock", class: "figure", role: "timer" }),
    menu,
    dark,
  );
}

export function where(text) {
  byId("room-where").textContent = text;
}

// `left` in milliseconds, null where no clock runs.
export function showClock(left, paused) {
  const clock = byId("room-clock");
  if (!clock) return;
  const text = left === null ? "" : `${paused ? `${t("paused")} ` : ""}${clockText(left)}`;
  if (clock.textContent !== text) clock.textContent = text;
  clock.classList.toggle("late", left !== null && left < 15500 && !paused);
}

// Why nothing is heard: "offline", "server" or null.
export function showLost(why) {
  const line = byId("room-lost");
  line.hidden = !why;
  line.textContent = why ? t(why) : "";
  line.dataset.why = why || "";
}

export const stage = () => byId("room-stage");
