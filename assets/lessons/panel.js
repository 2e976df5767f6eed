// The panel of a lesson: one step at a time, built anew for each; what changes within a step goes into its places.

import { byId, html } from "../page/elements.js";
import { worded } from "./checking.js";
import { told } from "./text.js";

const button = (text, act, attributes = {}) => {
  const made = html("button", { type: "button", class: "small", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
};

/**
 * @param {Told} from
 * @param {LessonActs} acts
 */
function head({ words, lesson, number, languages, language }, acts) {
  const menu = html(
    "select",
    { id: "lesson-language", "aria-label": words.speak, title: words.speak, class: "small" },
    ...Object.entries(languages).map(([key, name]) => html("option", { value: key, lang: key }, name)),
  );
  menu.value = language;
  menu.addEventListener("change", () => acts.speak(menu.value));
  const fold = button("", acts.fold, { id: "lesson-fold", class: "icon small", "aria-label": words.fold });
  const close = button("\u00d7", acts.close, {
    id: "lesson-close",
    class: "icon small",
    "aria-label": words.close,
    title: words.close,
  });
  return html(
    "div",
    { class: "lesson-head" },
    html("h2", { id: "lesson-title", tabindex: -1 }, `${words.lesson} ${number}: ${lesson.title}`),
    menu,
    fold,
    close,
  );
}

/**
 * @param {Told} from
 * @param {LessonActs} acts
 */
function foot({ words, lesson, step, notes }, acts) {
  const last = step > lesson.steps.length;
  const speak = html("label", { class: "quiet" }, html("input", { type: "checkbox", id: "lesson-notes" }), words.notes);
  speak.querySelector("input").checked = notes;
  speak.querySelector("input").addEventListener("change", ({ target }) => acts.notes(target.checked));
  const onward = step === lesson.steps.length ? words.finish : words.next;
  return html(
    "div",
    { class: "lesson-foot" },
    button(words.back, acts.back, { id: "lesson-back", ...(step > 1 ? {} : { disabled: "" }) }),
    last
      ? button(words.restart, acts.restart, { id: "lesson-restart" })
      : button(onward, acts.next, { id: "lesson-next", class: "small accent" }),
    html("span", { class: "quiet", id: "lesson-done" }),
    speak,
  );
}

// What the answer is given with: a number, a name of the day, one of several sentences, or what is on the diagram.
/**
 * @param {Told} from
 * @param {LessonStep} step
 */
function field({ words, names }, step) {
  const { kind } = step.check;
  if (kind === "trial") return [];
  if (kind === "choice")
    return [
      html(
        "fieldset",
        { class: "lesson-options" },
        html("legend", { class: "visually-hidden" }, step.question),
        ...step.options.map((text, i) =>
          html("label", {}, html("input", { type: "radio", name: "lesson-choice", value: i }), html("span", {}, text)),
        ),
      ),
    ];
  if (kind === "name")
    return [
      html(
        "select",
        { id: "lesson-answer", "aria-label": words.answer },
        html("option", { value: "" }, words.choose),
        ...names.map((name) => html("option", { value: name }, name)),
      ),
    ];
  return [
    html("input", {
      type: "text",
      id: "lesson-answer",
      inputmode: "text",
      autocomplete: "off",
      "aria-label": step.unit ? `${words.answer}, ${step.unit}` : words.answer,
    }),
    html("span", { class: "quiet" }, step.unit || ""),
  ];
}

// What somebody has answered: a text, a place, or null.
export function given(step) {
  if (step.check.kind !== "choice") return byId("lesson-answer") ? byId("lesson-answer").value : "";
  const chosen = document.querySelector("[name=lesson-choice]:checked");
  return chosen ? Number(chosen.value) : null;
}

/**
 * @param {Told} from
 * @param {LessonActs} acts
 */
function body(from, acts) {
  const { words, lesson } = from;
  const step = lesson.steps[from.step - 1];
  if (!step) return [html("h3", {}, words.closing), html("p", {}, ...told(lesson.closing))];
  const form = html(
    "form",
    { class: "lesson-form", novalidate: "" },
    ...field(from, step),
    html("button", { type: "submit", class: "small accent", id: "lesson-check" }, words.check),
    button(words.hint, acts.hint, { id: "lesson-hint" }),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    acts.check();
  });
  return [
    ...(from.step === 1 ? [html("p", { class: "lesson-aim" }, ...told(lesson.aim))] : []),
    html("p", {}, ...told(step.do)),
    html("p", { class: "lesson-question" }, ...told(step.question)),
    form,
    html("p", { id: "lesson-verdict", role: "status" }),
    html("ul", { id: "lesson-hints", class: "quiet" }),
    html("p", { id: "lesson-note", class: "lesson-note", hidden: "" }),
    button(words.show_again, acts.again, { id: "lesson-again", class: "link quiet" }),
  ];
}

// The step of `from`; acts are what its buttons do.
/**
 * @param {Told} from
 * @param {LessonActs} acts
 */
export function renderPanel(from, acts) {
  const panel = byId("lesson-panel");
  panel.hidden = false;
  panel.lang = from.language;
  document.body.dataset.lesson = "1";
  panel.replaceChildren(
    head(from, acts),
    html("div", { class: "lesson-body", id: "lesson-body" }, ...body(from, acts)),
    foot(from, acts),
  );
  showNotes(from);
  showDone(from);
  showFold(panel.classList.contains("folded"), from.words);
}

export function hidePanel() {
  byId("lesson-panel").hidden = true;
  byId("lesson-panel").replaceChildren();
  delete document.body.dataset.lesson;
}

// Where one is, and how much is answered: words, and a mark for each step.
/** @param {Told} from */
export function showDone({ words, lesson, step, done }) {
  const all = lesson.steps.length;
  const marks = lesson.steps.map(({ key }, i) => {
    const look = [done.includes(key) ? "done" : "", i + 1 === step ? "now" : ""].filter(Boolean).join(" ");
    return html("i", { class: look || null });
  });
  const answered = worded(words.done, { now: lesson.steps.filter(({ key }) => done.includes(key)).length, all });
  byId("lesson-done").replaceChildren(
    html("span", { class: "lesson-marks", "aria-hidden": "true", title: answered }, ...marks),
    html("span", { class: "visually-hidden" }, `${worded(words.step, { now: Math.min(step, all), all })}, ${answered}`),
  );
}

/** @param {Told} from */
export function showNotes({ lesson, step, notes }) {
  const place = byId("lesson-note");
  const own = lesson.steps[step - 1];
  if (!place || !own) return;
  place.hidden = !notes;
  place.replaceChildren(...told(own.notes || ""));
}

export function showFold(folded, words) {
  byId("lesson-panel").classList.toggle("folded", folded);
  const fold = byId("lesson-fold");
  fold.textContent = folded ? "\u25b4" : "\u25be";
  fold.setAttribute("aria-expanded", String(!folded));
  fold.setAttribute("aria-label", folded ? words.unfold : words.fold);
}

export function showVerdict(kind, text, why) {
  const place = byId("lesson-verdict");
  place.dataset.kind = kind;
  place.replaceChildren(html("strong", {}, text), ...(why ? [" ", ...told(why)] : []));
}

// One hint more; the last leads to the answer.
/** @param {LessonStep} step */
export function showHint(step, words, shown) {
  byId("lesson-hints").append(html("li", {}, ...told(step.hints[shown])));
  const more = shown + 1 < step.hints.length;
  byId("lesson-hint").textContent = more ? words.more_hint : words.show;
  if (!more && step.check.kind === "trial") byId("lesson-hint").hidden = true;
}
