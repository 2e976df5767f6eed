// A lesson at its step: in the address, in the panel, and kept in the browser.

import { byId, html } from "../page/elements.js";
import { format } from "../page/format.js";
import { say } from "../page/status.js";
import { shownPayload, store } from "../page/store.js";
import { view } from "../page/view.js";
import { language as spoken, t } from "../page/language.js";
import { fetchJson } from "../io/jobs_client.js";
import { gridFor, takenIn } from "../powerflow/payload_grid.js";
import { flowOf } from "../powerflow/powerflow.js";
import { choiceVerdict, numberVerdict, shownFigure, worded } from "./checking.js";
import { openView, payloadOf, rememberSolved } from "./days.js";
import { measured } from "./measures.js";
import { given, hidePanel, renderPanel, showDone, showFold, showHint, showNotes, showVerdict } from "./panel.js";
import { answered, asked, count, keep, kept, restarted } from "./progress.js";

function storage() {
  try {
    return window.localStorage;
  } catch (error) {
    return null;
  }
}

/** @type {LessonProgress} */
let progress = null;
const books = new Map();
let hints = 0;

function change(next) {
  progress = next;
  keep(storage(), progress);
}

// The language that was chosen, else that of the page where it is not English, else that of the browser, else English.
function language() {
  const there = document.body.dataset.lessons.split(" ");
  const wanted = [progress.language, spoken === "en" ? (navigator.language || "").slice(0, 2) : spoken];
  return wanted.find((key) => there.includes(key)) || there[0];
}

/** @returns {Promise<LessonBook>} */
async function book() {
  const key = language();
  if (!books.has(key)) books.set(key, await fetchJson(`/lessons/${key}.json`));
  return books.get(key);
}

// All that the panel shows of a step.
/** @returns {Told} */
function told(found, { number, step }) {
  const lesson = found.lessons[number - 1];
  const payload = shownPayload(store.get());
  return {
    words: found.words,
    languages: found.languages,
    language: language(),
    lesson,
    number,
    step,
    done: progress.done[lesson.name] || [],
    names: payload ? payload.prosumers.id : [],
    notes: progress.notes,
  };
}

const here = () => store.get().lesson;

const isHere = ({ number, step }) => Boolean(here()) && here().number === number && here().step === step;

// What stands at an address that may name a lesson or a step that is not there.
function fitted(found, { number, step }) {
  const lesson = found.lessons[number - 1];
  return lesson ? { number, step: Math.min(step, lesson.steps.length + 1) } : null;
}

async function render() {
  const at = here();
  if (!at) {
    hidePanel();
    return;
  }
  const found = await book();
  if (!isHere(at)) return;
  hints = 0;
  renderPanel(told(found, at), acts);
}

// Goes to a step and opens what it speaks about.
async function go(wanted, again = false) {
  try {
    const found = await book();
    const at = fitted(found, wanted);
    if (!at) return;
    store.set({ lesson: { ...at, opening: true } });
    const lesson = found.lessons[at.number - 1];
    const step = lesson.steps[at.step - 1];
    if (step) await openView(lesson, step.open, again);
  } catch (error) {
    say(error.message, "bad");
  }
  const now = here();
  if (!now || now.number !== wanted.number) return;
  store.set({ lesson: { ...now, opening: false } });
  const title = byId("lesson-title");
  if (title && !again) title.focus({ preventScroll: true });
}

const words = () => books.get(language()).words;
const current = () => {
  const { number, step } = here();
  const lesson = books.get(language()).lessons[number - 1];
  return { lesson, step: lesson.steps[step - 1] };
};

function right(lesson, step, text) {
  change(answered(progress, lesson.name, step.key));
  showVerdict("right", text, step.why);
  showDone(told(books.get(language()), here()));
}

// A topology by hand against that of the plan on show, at the same injections.
/** @param {LessonStep} step */
function checkTrial(lesson, step) {
  const { hour, trial } = store.get();
  if (!trial || !trial.closed || !view.trial) return showVerdict("wrong", words().trial_none);
  if (!view.trial.whole) return showVerdict("wrong", words().trial_faulty);
  const closed = Uint8Array.from(view.payload.lines.closed[hour]);
  const built = flowOf(gridFor(view.payload), takenIn(view.payload, {}, hour), closed).cost;
  const yours = view.trial.costs[hour];
  const values = { yours: format.number(yours, 2), built: format.number(built, 2) };
  if (yours < built - 0.005) return right(lesson, step, worded(words().trial_right, values));
  return showVerdict("wrong", worded(words().trial_worse, values));
}

// The figure or the place that is right; null as long as it is not solved.
const rightOf = (lesson, { check }) =>
  check.of ? measured(check.of, (day, mode) => payloadOf(lesson, day, mode)) : Promise.resolve(check.right);

async function check() {
  const { lesson, step } = current();
  if (step.check.kind === "trial") return checkTrial(lesson, step);
  const answer = given(step);
  const value = await rightOf(lesson, step);
  if (value === null) return showVerdict("wrong", words().unsolved);
  const { kind, within } = step.check;
  const verdict = kind === "number" ? numberVerdict(answer, value, within) : choiceVerdict(answer, value);
  if (verdict !== "right") return showVerdict("wrong", worded(words()[verdict], { unit: step.unit }));
  const found = shownFigure(value, within, step.unit);
  return right(lesson, step, kind === "choice" ? words().right_choice : worded(words().right, { found }));
}

async function hint() {
  const { lesson, step } = current();
  if (hints < step.hints.length) {
    showHint(step, words(), hints);
    hints += 1;
    return;
  }
  const value = await rightOf(lesson, step);
  if (value === null) return showVerdict("wrong", words().unsolved);
  const found = step.check.kind === "choice" ? step.options[value] : shownFigure(value, step.check.within, step.unit);
  showVerdict("told", worded(words().told, { found }), step.why);
}

/** @type {LessonActs} */
const acts = {
  check: () => check().catch((error) => say(error.message, "bad")),
  hint: () => hint().catch((error) => say(error.message, "bad")),
  next: () => go({ ...here(), step: here().step + 1 }),
  back: () => go({ ...here(), step: here().step - 1 }),
  again: () => go(here(), true),
  restart: () => {
    change(restarted(progress, current().lesson.name));
    go({ ...here(), step: 1 });
  },
  close: () => {
    store.set({ lesson: null });
    byId("lessons").querySelector("summary").focus();
  },
  fold: () => showFold(!byId("lesson-panel").classList.contains("folded"), words()),
  notes: (on) => {
    change({ ...progress, notes: on });
    showNotes(told(books.get(language()), here()));
  },
  speak: async (key) => {
    change({ ...progress, language: key });
    await render();
    byId("lesson-language").focus();
  },
};

// The lessons in the bar, each with how much of it is answered.
async function fillMenu(menu) {
  if (!menu.open) return;
  const found = await book();
  const items = found.lessons.map((lesson, i) => {
    const all = lesson.steps.length;
    const done = count(progress, lesson);
    const state = done === all ? found.words.whole : worded(found.words.done, { now: done, all });
    const item = html(
      "button",
      { type: "button", "data-lesson": i + 1 },
      `${i + 1}. ${lesson.title}`,
      html("small", {}, state),
    );
    item.addEventListener("click", () => {
      menu.open = false;
      const next = lesson.steps.findIndex(({ key }) => !(progress.done[lesson.name] || []).includes(key));
      go({ number: i + 1, step: next < 0 ? 1 : next + 1 });
    });
    return item;
  });
  const body = menu.querySelector(".menu-body");
  body.lang = language();
  body.replaceChildren(...items);
}

// The lesson that the address asks for.
export async function openAskedLesson() {
  const wanted = document.body.dataset.lessons ? asked(new URLSearchParams(window.location.search)) : null;
  if (wanted) await go(wanted);
}

export function wireLessons() {
  if (!document.body.dataset.lessons) return;
  progress = kept(storage());
  const menu = byId("lessons");
  menu.addEventListener("toggle", () => fillMenu(menu).catch(() => say(t("The lessons could not be fetched."), "bad")));
  store.on("lesson", ({ lesson }, { lesson: old }) => {
    if (!lesson || !old || !isHere(old)) render();
  });
  store.on("results", () => {
    if (here() && books.has(language())) rememberSolved(current().lesson);
  });
}
