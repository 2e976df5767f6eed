// The days that a lesson speaks about: opened as it asks for them, and their solved results to check answers with.

import { byId } from "../page/elements.js";
import { store } from "../page/store.js";
import { inOneFile } from "../io/answers.js";
import { fetchCase, fetchJson, fetchResult } from "../io/jobs_client.js";
import { openDraft } from "../drawer/cases.js";

// Results by id, and of changed days by day and mode as they were solved while a lesson was open.
const results = new Map();
let last = null;

const ends = ({ results: names }, mode) => (names ? names[mode] || mode : mode);

// A changed day is solved in the page: its result is known by the hash of its scenario.
/** @param {LessonDay} day */
function solvedHere(day, key, mode) {
  const payload = store.get().results[mode];
  if (payload && payload.summary.scenario_sha256 === day.sha256) results.set(`${key}:${mode}`, payload);
  return results.get(`${key}:${mode}`) || null;
}

// The result of a day of the lesson in a mode; null as long as it is not solved.
/** @param {Lesson} lesson */
export async function payloadOf(lesson, key, mode) {
  const day = lesson.days[key];
  if (day.changed) return solvedHere(day, key, mode);
  const id = `${day.case}-${ends(day, mode)}`;
  if (!results.has(id)) results.set(id, await fetchResult(id));
  return results.get(id);
}

// Results of changed days as they come, so that a later step can compare two of them.
/** @param {Lesson} lesson */
export function rememberSolved(lesson) {
  Object.entries(lesson.days).forEach(([key, day]) => {
    if (day.changed) Object.keys(store.get().results).forEach((mode) => solvedHere(day, key, mode));
  });
}

// The table takes over what is opened before it has come; a file has none.
const table = () =>
  inOneFile() || store.get().heard
    ? Promise.resolve()
    : new Promise((come) => store.on("heard", () => window.setTimeout(come)));

/** @param {LessonDay} day */
async function open(key, day) {
  await table();
  const found = day.changed
    ? await fetchJson(`/lessons/days/${encodeURIComponent(key)}.json`)
    : await fetchCase(day.case);
  await openDraft(found.draft, found.key, found.results);
  byId("case").value = found.key;
}

// What a step speaks about: its day unless it is on show, then mode, hour and chart.
/**
 * @param {Lesson} lesson
 * @param {LessonStep["open"]} wanted
 * @param {boolean} [again] opened anew whatever is on show
 */
export async function openView(lesson, wanted, again = false) {
  const day = lesson.days[wanted.day];
  const onShow = byId("case").value === day.case && (last === wanted.day || (last === null && !day.changed));
  if (!onShow || again) await open(wanted.day, day);
  last = wanted.day;
  const { results: there, hour, tab } = store.get();
  const mode = ends(day, wanted.mode);
  store.set({
    playing: false,
    trial: null,
    tab: wanted.tab || tab,
    hour: wanted.hour === undefined ? hour : wanted.hour,
    ...(there[mode] ? { mode } : {}),
  });
}
