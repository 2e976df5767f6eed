// Settings as native inputs: built once from the fields the layout names, filled with every draft, wrong ones marked.

import { byId, html } from "../page/elements.js";
import { store } from "../page/store.js";
import { fromField, inField, t } from "../page/language.js";
import { changeDraft, currentDraft } from "./draft.js";
import { withTime } from "./hours.js";
import { partnersInput, showPartners } from "./pairs.js";

const MODES = [
  ["hourly", t("hourly switching")],
  ["static", t("best fixed")],
  ["fixed", t("initial")],
];

export const settingFields = () => JSON.parse(byId("settings").dataset.fields);
export const isCurve = (field) => field.group === "Tariff";

const select = (name, choices) =>
  html("select", { name }, ...choices.map(([value, text]) => html("option", { value }, text)));
const note = (unit) => html("small", { "data-unit": unit || "" }, unit || "");
const row = (label, input, unit) => html("label", { class: "row" }, html("span", {}, label), input, note(unit));

function inputOf(field) {
  if (field.key === "partners")
    return html("div", { class: "row several" }, html("span", {}, field.label), ...partnersInput(field), note());
  if (field.lines > 1)
    return row(
      field.label,
      html("textarea", { name: field.key, rows: field.lines, placeholder: field.empty || null }),
      field.unit,
    );
  if (field.choices.length)
    return row(
      field.label,
      select(
        field.key,
        field.choices.map((value, i) => [value, field.words[i]]),
      ),
      field.unit,
    );
  return row(
    field.label,
    html("input", {
      name: field.key,
      type: "text",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: field.empty || null,
    }),
    field.unit,
  );
}

// What is chosen beside the document: the mode to solve, trading or none.
function extras(group) {
  if (group === "Market")
    return row(
      t("Trading"),
      select("trading", [
        ["on", t("on")],
        ["off", t("off")],
      ]),
    );
  return group === "Switching" ? row(t("Solve for"), select("mode", MODES)) : null;
}

function build(form) {
  const shown = settingFields().filter((field) => !isCurve(field));
  const groups = [...new Set(shown.map((field) => field.group))];
  form.prepend(
    ...groups.map((group) =>
      html(
        "fieldset",
        {},
        html("legend", {}, shown.find((field) => field.group === group).legend),
        extras(group),
        ...shown.filter((field) => field.group === group).map(inputOf),
      ),
    ),
  );
}

// Names and sentences about a scenario are no numbers.
const PROSE = ["name", "description"];
const fieldText = (name, text) => (PROSE.includes(name) ? text : inField(text));

/** @param {Draft} draft */
function showSettings(draft) {
  const form = byId("settings");
  if (!form.querySelector("fieldset")) build(form);
  const values = { ...draft.settings, mode: draft.mode, trading: draft.trading };
  form.querySelectorAll("[name]").forEach((input) => {
    if (input !== document.activeElement || input.tagName === "SELECT")
      input.value = fieldText(input.name, values[input.name]);
    input
      .closest(".row")
      .classList.toggle(
        "long",
        input.tagName === "TEXTAREA" || (input.tagName === "INPUT" && (values[input.name] || "").length > 10),
      );
    const solved = draft.imported
      ? values
      : { ...draft.solved.settings, mode: draft.mode, trading: draft.solved.trading };
    input.classList.toggle("edited", solved[input.name] !== values[input.name]);
  });
  showPartners(draft);
}

// Each field left is one step of the history.
function typed({ name, value: text }) {
  const [draft, value] = [currentDraft(), PROSE.includes(name) ? text : fromField(text)];
  if (name === "mode" || name === "trading") changeDraft({ [name]: value });
  else if ((name === "hours" || name === "step_h") && draft.settings[name] !== value)
    changeDraft(withTime(draft, name, value));
  else if (draft.settings[name] !== value) changeDraft({ settings: { ...draft.settings, [name]: value } });
}

// Wrong inputs by their key: the message takes the place of the unit.
export function markSettings(wrong) {
  byId("settings")
    .querySelectorAll("[name]")
    .forEach((input) => {
      const told = input.closest(".row").querySelector("small");
      input.setAttribute("aria-invalid", String(Boolean(wrong[input.name])));
      told.textContent = wrong[input.name] || told.dataset.unit;
    });
}

export function wireSettings() {
  store.on("heard", ({ draft }) => showSettings(draft));
  document.addEventListener("change", (event) => {
    if (event.target.closest("#settings") && event.target.name) typed(event.target);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("#settings input[name]")) typed(event.target);
  });
}
