// Sliders in the panel of what was clicked: one knob a row, slid or typed; below what it would bring, then what it did.

import { byId, html } from "../page/elements.js";
import { format } from "../page/format.js";
import { store } from "../page/store.js";
import { view } from "../page/view.js";
import { t } from "../page/language.js";
import { openDetails } from "../diagram/pointing.js";
import { keep, knobsOf, move, prepare, ready, solveAlone, solveNow, solvesAlone, takeBack } from "./session.js";
import { bills, comparison, headline } from "./words.js";

let shown = null;

// What a clicked bus or line has to slide: its prosumer, the day where nobody sits at a substation, the line's limit.
function targetOf([kind, index]) {
  const { payload, drawing } = view;
  if (kind === "line") return ["line", index];
  const here = drawing.at[index] || [];
  const { chosen } = store.get();
  if (here.length) return ["prosumer", here.includes(chosen) ? chosen : here[0]];
  return payload.network.substations.includes(index + 1) ? ["day", 0] : null;
}

const text = (knob, value) => String(Number(value.toFixed(knob.digits + 1)));

// A typed number within the slider's reach or beyond it, down to what makes sense; null where it is none.
function typedValue(knob, typed) {
  const value = Number(typed.trim().replace(",", "."));
  return typed.trim() !== "" && Number.isFinite(value) && value >= Math.min(0, knob.min) ? value : null;
}

function knobRow(knob) {
  const id = `knob-${knob.key}`;
  const slider = html("input", {
    type: "range",
    id,
    min: knob.min,
    max: Math.max(knob.max, knob.value),
    step: knob.step,
    "data-knob": knob.key,
    "aria-valuetext": `${text(knob, knob.value)} ${knob.unit}`,
  });
  slider.value = knob.value;
  const box = html("input", {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    class: "knob-value",
    "data-knob": `${knob.key} typed`,
    "aria-label": `${knob.label}, ${knob.unit}`,
    value: text(knob, knob.value),
  });
  slider.addEventListener("input", () => {
    box.value = text(knob, Number(slider.value));
    slider.setAttribute("aria-valuetext", `${box.value} ${knob.unit}`);
    move(knob, Number(slider.value));
  });
  slider.addEventListener("change", () => keep(knob, Number(slider.value)));
  box.addEventListener("change", () => {
    const value = typedValue(knob, box.value);
    box.setAttribute("aria-invalid", String(value === null));
    if (value === null) return;
    slider.value = value;
    keep(knob, value);
  });
  const unit = html("span", { class: "knob-unit" }, knob.unit);
  return html("div", { class: "knob" }, html("label", { for: id }, knob.label), slider, box, unit);
}

function figures(preview, k) {
  const after = Boolean(preview.solved);
  const head = ["", t("before"), t("predicted"), ...(after ? [t("solved"), t("off by")] : [])];
  return html(
    "table",
    { class: "predicted" },
    html("caption", { class: "visually-hidden" }, t("Before, predicted and solved")),
    html("thead", {}, html("tr", {}, ...head.map((name) => (name ? html("th", { scope: "col" }, name) : html("td"))))),
    html(
      "tbody",
      {},
      ...comparison(preview, k).map((row) =>
        html(
          "tr",
          {},
          html("th", { scope: "row" }, row.name, html("small", {}, ` ${row.unit}`)),
          ...[row.before, row.predicted, ...(after ? [row.solved, row.error] : [])].map((cell) => html("td", {}, cell)),
        ),
      ),
    ),
  );
}

function billList(preview) {
  const rows = bills(preview).filter(({ change }) => Math.abs(change) >= 0.005);
  const list = html(
    "ul",
    {},
    ...rows.map(({ name, before, now, change }) =>
      html(
        "li",
        {},
        html("span", {}, name),
        html("span", {}, `${format.number(before, 2)} \u2192 ${format.number(now, 2)}\u00a0\u20ac`),
        html("strong", {}, format.signed(change, 2)),
      ),
    ),
  );
  const found = html(
    "details",
    { class: "moved-bills" },
    html("summary", {}, rows.length ? t`Bills that change: ${rows.length}` : t("No bill changes")),
    list,
  );
  found.open = billsOpen;
  found.addEventListener("toggle", () => {
    billsOpen = found.open;
  });
  return found;
}
let billsOpen = false;

function buttons(preview) {
  const button = (label, run, primary) => {
    const found = html(
      "button",
      { type: "button", class: `small${primary ? " accent" : ""}`, "data-knob": label },
      label,
    );
    found.addEventListener("click", run);
    return found;
  };
  return html(
    "div",
    { class: "knob-buttons" },
    ...(preview.phase === "kept" ? [button(t("Solve"), solveNow, true)] : []),
    ...(preview.kept ? [button(t("Take back"), takeBack)] : []),
  );
}

const HINT = t("The diagram and the figures follow, predicted; a solve then says what holds.");

// What is told beside the knobs, again with every move: the sentence is read out, the figures stand there to be read.
function tell() {
  const { preview } = store.get();
  const { said, told, target } = shown;
  const focus = focusIn(told);
  said.className = `said ${preview ? (preview.phase === "solved" ? "answered" : "previewed") : "quiet"}`;
  said.textContent = preview ? headline(preview) : HINT;
  told.replaceChildren(
    ...(preview && (preview.day || preview.solved)
      ? [figures(preview, target[0] === "prosumer" ? target[1] : null), billList(preview)]
      : []),
    ...(preview ? [buttons(preview)] : []),
  );
  focusAgain(told, focus);
}

const focusIn = (holder) => {
  const held = document.activeElement;
  return held && holder.contains(held) && held.dataset.knob;
};
function focusAgain(holder, key) {
  const again = key && holder.querySelector(`[data-knob="${key}"]`);
  if (again) again.focus({ preventScroll: true });
}

function alone() {
  const box = html("input", { type: "checkbox" });
  box.checked = solvesAlone();
  box.addEventListener("change", () => solveAlone(box.checked));
  return html("label", { class: "knob-alone" }, box, t("Solve when let go"));
}

const TITLES = {
  prosumer: t("Try other numbers"),
  day: t("Prices and limits"),
  line: t("Try another limit"),
};

// The knobs of what was clicked, null where there are none.
/** @param {[string, number]} pinned */
export function sliderTool(pinned) {
  const target = view.payload && !store.get().trial ? targetOf(pinned) : null;
  if (!target) return null;
  const holder = html("section", { class: "knobs", "aria-label": TITLES[target[0]] });
  const [said, told] = [html("p", { role: "status" }), html("div", { class: "knob-told" })];
  shown = { target, holder, said, told };
  fill();
  return holder;
}

function fill() {
  const { target, holder, said, told } = shown;
  const knobs = knobsOf(target);
  const focus = focusIn(holder);
  const nothing = ready() ? t("Nothing to slide here.") : t("Reading the table \u2026");
  holder.replaceChildren(
    html("h4", {}, TITLES[target[0]]),
    said,
    ...(knobs.length ? [...knobs.map(knobRow), alone()] : [html("p", { class: "quiet" }, nothing)]),
    told,
  );
  prepare();
  tell();
  focusAgain(holder, focus);
}

// Knobs follow the table; those in hand are left alone.
function follow({ verdict, preview }) {
  if (!shown || !shown.holder.isConnected || !verdict || (preview && preview.phase === "moving")) return;
  const held = document.activeElement;
  if (held && shown.holder.contains(held) && held.matches("input[type=text]") && held.value !== held.defaultValue)
    return;
  fill();
}

// Prices and limits of the day stand at the substation, which nobody would look for there.
function openDay() {
  openDetails(["bus", view.payload.network.substations[0] - 1]);
  const first = byId("details").querySelector(".knob input");
  if (first) first.focus({ preventScroll: true });
}

export function wireSliders() {
  byId("slide-day").addEventListener("click", openDay);
  store.on("preview", () => {
    if (shown && shown.holder.isConnected) tell();
  });
  store.on("verdict", follow);
}
