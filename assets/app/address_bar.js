// What is on show stands in the address: case, hour, tab, mode, prosumer. Reload and links keep it, Back leads back.

import { byId } from "../page/elements.js";
import { writeAddress } from "../page/history.js";
import { presenting } from "../page/presenting.js";
import { shownPayload, store } from "../page/store.js";
import { isTab } from "../charts/tabs.js";
import { asked as lessonAsked } from "../lessons/progress.js";

const WAIT_MS = 400;
let waiting = null;
let returning = false;

/** @param {State} state */
function written(state) {
  const url = new URL(window.location.href);
  const payload = shownPayload(state);
  const put = (key, value) => {
    if (value === null || value === undefined || value === "") url.searchParams.delete(key);
    else url.searchParams.set(key, value);
  };
  const origin = byId("case").value;
  put("case", origin.startsWith("import-") || origin === document.body.dataset.case ? null : origin);
  put("hour", payload ? state.hour : null);
  put("tab", state.tab);
  put("mode", payload ? state.mode : null);
  put("lesson", state.lesson ? state.lesson.number : null);
  put("step", state.lesson ? state.lesson.step : null);
  put("slide", state.slide || (presenting() ? "all" : null));
  put("prosumer", state.chosen === null || !payload ? null : payload.prosumers.id[state.chosen]);
  return url;
}

function now(how) {
  window.clearTimeout(waiting);
  waiting = null;
  const url = written(store.get());
  if (url.href !== window.location.href) writeAddress(how, url);
}

// A step that Back undoes; what a lesson opens belongs to the step of the lesson.
function step() {
  const { lesson } = store.get();
  if (!returning) now(lesson && lesson.opening ? "replaceState" : "pushState");
}

function lessonStep({ lesson }, { lesson: old }) {
  const same = lesson && old && lesson.number === old.number && lesson.step === old.step;
  if (!returning) now(same ? "replaceState" : "pushState");
}

// The hour follows a little later: playing and dragging leave no trail, and browsers count how often it changes.
function later() {
  if (waiting === null) waiting = window.setTimeout(() => now("replaceState"), WAIT_MS);
}

// Where the prosumer of that name is among those on show; null where nobody has it.
/** @param {Payload | null} payload */
export function indexOf(payload, id) {
  const at = payload && id !== null ? payload.prosumers.id.indexOf(id) : -1;
  return at < 0 ? null : at;
}

// What an address asks for, of what can be shown now.
/**
 * @param {URLSearchParams} query
 * @param {State} state
 * @returns {Partial<State>}
 */
export function asked(query, state) {
  const payload = shownPayload(state);
  const [tab, mode, hour] = [query.get("tab"), query.get("mode"), Number(query.get("hour"))];
  const fits = query.has("hour") && Number.isInteger(hour) && payload && hour >= 0 && hour < payload.hours;
  return {
    chosen: indexOf(payload, query.get("prosumer")),
    slide: [null, "all"].includes(query.get("slide")) ? null : query.get("slide"),
    ...(isTab(tab) ? { tab } : {}),
    ...(state.results[mode] ? { mode } : {}),
    ...(fits ? { hour } : {}),
  };
}

function openCase(wanted) {
  const menu = byId("case");
  if (!wanted || menu.value === wanted || ![...menu.options].some(({ value }) => value === wanted)) return;
  menu.value = wanted;
  menu.dispatchEvent(new Event("change", { bubbles: true }));
}

function back() {
  returning = true;
  const query = new URLSearchParams(window.location.search);
  openCase(query.get("case") || document.body.dataset.case);
  store.set({ ...asked(query, store.get()), lesson: lessonAsked(query) });
  returning = false;
}

// Once the first view stands: what it did not show yet, and from then on every step is kept.
export function wireAddressBar() {
  const query = new URLSearchParams(window.location.search);
  if (query.has("freeze")) return;
  if (query.has("prosumer")) store.set({ chosen: indexOf(shownPayload(store.get()), query.get("prosumer")) });
  store.on("heard", (state, old) => {
    if (!old.heard) openCase(query.get("case"));
  });
  if (store.get().heard) openCase(query.get("case"));
  store.on("tab mode chosen opened slide", step);
  store.on("lesson", lessonStep);
  store.on("hour", later);
  window.addEventListener("popstate", back);
}
