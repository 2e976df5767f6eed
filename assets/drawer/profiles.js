// Profiles and tariff as curves: points to drag or to move by arrow keys, the same numbers as text and as a table.

import { byId, html, rebuilt, svg } from "../page/elements.js";
import { say } from "../page/status.js";
import { store } from "../page/store.js";
import { fromField, fromFields, inField, inFields, t } from "../page/language.js";
import { clockOf, curveEditor, movingPoints } from "./curve_editor.js";
import { curveScale } from "./curve_scale.js";
import { OWN, PREFIX, commitCurve, curvesOf, ownKey, ownPlace, textNow, withOwn } from "./curves.js";
import { changeDraft, currentDraft } from "./draft.js";
import { freeName } from "./names.js";
import { readSeries } from "./series.js";

let current = null;
let wrong = {};

function spark(values) {
  if (!values) return svg("svg", { viewBox: "0 0 64 20", class: "spark", "aria-hidden": "true" });
  const { top, low } = curveScale(values);
  const points = values.map(
    (value, i) =>
      `${((64 * (i + 0.5)) / values.length).toFixed(1)},${(18 - (16 * (value - low)) / (top - low)).toFixed(1)}`,
  );
  return svg(
    "svg",
    { viewBox: "0 0 64 20", class: "spark", "aria-hidden": "true" },
    svg("polyline", { points: points.join(" ") }),
  );
}

function textOf(curve) {
  const input = html("input", {
    type: "text",
    id: "curve-text",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": curve.unit
      ? t`${curve.label}, one value per hour, ${curve.unit}`
      : t`${curve.label}, one value per hour`,
    "aria-invalid": String(Boolean(wrong[curve.key])),
    value: inFields(curve.text || ""),
  });
  input.addEventListener("change", () => commitCurve(curve, fromFields(input.value)));
  // A column of a spreadsheet comes as lines, which a browser would run together.
  input.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (!/[\r\n\t]/.test(text)) return;
    event.preventDefault();
    commitCurve(curve, text.trim().replace(/\s+/g, " "));
  });
  return input;
}

function tableOf(curve, values) {
  const cell = (value, hour) => {
    const input = html("input", {
      type: "text",
      inputmode: "decimal",
      "aria-label": t`${curve.label} at ${clockOf(hour)}`,
      value: inField(String(value)),
    });
    input.addEventListener("change", () => {
      const words = (readSeries(textNow(curve), values.length) || values).map(String);
      words[hour] = fromField(input.value).trim() || "0";
      commitCurve(curve, words.join(" "));
    });
    return html("label", {}, html("span", {}, clockOf(hour)), input);
  };
  return html("div", { class: "hours" }, ...values.map(cell));
}

function addProfile(curve, name) {
  const draft = currentDraft();
  const free = freeName(name.trim() || curve.label, new Set(Object.keys(draft.profiles)));
  current = PREFIX + free;
  changeDraft({ profiles: { ...draft.profiles, [free]: curve.text } });
  say(t`Profile ${free} is there; name it in the table to use it.`);
}

function removeProfile(curve) {
  const profiles = { ...currentDraft().profiles };
  delete profiles[curve.key.slice(PREFIX.length)];
  current = null;
  changeDraft({ profiles });
}

// Gives a prosumer the day's tariff as its own, to be changed.
function addOwn(key) {
  const draft = currentDraft();
  const { buy, sell } = draft.settings;
  current = ownKey(key, "own_buy");
  changeDraft({ rows: withOwn(draft, key, { own_buy: buy, own_sell: sell }) });
}

function removeOwn(curve) {
  const draft = currentDraft();
  current = null;
  changeDraft({ rows: withOwn(draft, ownPlace(curve.key).row, { own_buy: "", own_sell: "" }) });
}

function tariffTools(curve) {
  if (curve.key.startsWith(OWN)) {
    const remove = html("button", { type: "button", id: "remove-own" }, t("Delete this own tariff"));
    remove.addEventListener("click", () => removeOwn(curve));
    return html("div", { class: "curve-tools" }, remove);
  }
  const others = currentDraft().rows.filter((row) => !row.own_buy && !row.own_sell);
  const select = html(
    "select",
    { id: "own-of", "aria-label": t("Give a prosumer a tariff of its own") },
    html("option", { value: "" }, t("own tariff for \u2026")),
    ...others.map((row) => html("option", { value: row.row }, row.id)),
  );
  select.addEventListener("change", () => {
    if (select.value) addOwn(select.value);
  });
  return html("div", { class: "curve-tools" }, select);
}

function toolsOf(curve) {
  if (!curve.key.startsWith(PREFIX)) return tariffTools(curve);
  const name = html("input", {
    type: "text",
    "aria-label": t("Name of the new profile"),
    placeholder: t("new name"),
    maxlength: 60,
  });
  const copy = html("button", { type: "button", id: "copy-profile" }, t("Copy as"));
  const remove = html("button", { type: "button", id: "remove-profile" }, t("Delete"));
  copy.addEventListener("click", () => addProfile(curve, name.value));
  remove.addEventListener("click", () => removeProfile(curve));
  return html("div", { class: "curve-tools" }, copy, name, remove);
}

/** @param {Draft} draft */
function listOf(curves, draft) {
  const button = (curve) => {
    const edited = !draft.imported && curve.before !== curve.text;
    const node = html(
      "button",
      {
        type: "button",
        class: `curve-name${edited ? " edited" : ""}${wrong[curve.key] ? " wrong" : ""}`,
        "data-curve": curve.key,
        "aria-pressed": String(curve.key === current),
      },
      html("span", {}, curve.label),
      spark(readSeries(curve.text, draft.hours)),
    );
    node.addEventListener("click", () => openCurve(curve.key));
    return node;
  };
  return html(
    "div",
    { class: "curve-list", role: "group", "aria-label": t("Profiles and tariff") },
    ...curves.map(button),
  );
}

export function openCurve(name) {
  current = name;
  showProfiles();
}

function build() {
  const [pane, draft] = [byId("profiles"), currentDraft()];
  const curves = curvesOf(draft);
  const curve = curves.find((one) => one.key === current) || curves[0];
  current = curve.key;
  const open = Boolean(pane.querySelector("details[open]"));
  const values = readSeries(curve.text, draft.hours);
  const unit = curve.unit || t("factor on each peak");
  const numbers = values
    ? html("details", open ? { open: "" } : {}, html("summary", {}, t("Numbers by hour")), tableOf(curve, values))
    : null;
  pane.replaceChildren(
    listOf(curves, draft),
    html(
      "div",
      { class: "curve-editor" },
      html(
        "div",
        { class: "card-head" },
        html("h3", {}, curve.label, html("span", { class: "quiet" }, ` ${unit}`)),
        html("output", { id: "curve-value", class: "quiet" }),
      ),
      values
        ? curveEditor(curve, values)
        : html("p", { class: "empty" }, t("These are not values for every hour; correct the text below.")),
      html(
        "div",
        { class: "curve-text" },
        textOf(curve),
        html(
          "small",
          { class: "quiet", id: "curve-note" },
          wrong[curve.key] ||
            t(
              "Drag the points or draw across them; arrow keys change a value. " +
                "A column of a spreadsheet can be pasted here.",
            ),
        ),
      ),
      toolsOf(curve),
      ...(numbers ? [numbers] : []),
    ),
  );
}

function showProfiles() {
  rebuilt(byId("profiles"), build, (field) => {
    const { hour, curve } = field.dataset;
    const name = hour
      ? `.point[data-hour="${hour}"]`
      : curve
        ? `[data-curve="${CSS.escape(curve)}"]`
        : field.tagName === "SUMMARY"
          ? "summary"
          : `[aria-label="${CSS.escape(field.getAttribute("aria-label") || "")}"]`;
    return () => byId("profiles").querySelector(name);
  });
}

// Wrong curves by key, as the verdict has them.
export function markCurves(problems) {
  wrong = problems;
  const key = current;
  byId("profiles")
    .querySelectorAll("[data-curve]")
    .forEach((node) => node.classList.toggle("wrong", Boolean(wrong[node.dataset.curve])));
  const [text, note] = [byId("curve-text"), byId("curve-note")];
  if (!text) return;
  text.setAttribute("aria-invalid", String(Boolean(wrong[key])));
  note.className = wrong[key] ? "wrong" : "quiet";
  if (wrong[key]) note.textContent = wrong[key];
}

export function wireProfiles() {
  store.on("heard", showProfiles);
  store.on("pane", ({ pane }) => {
    if (pane === "profiles" && currentDraft()) showProfiles();
  });
  window.addEventListener("resize", () => {
    if (store.get().pane === "profiles" && !movingPoints()) showProfiles();
  });
}
