// Preferences between prosumers: who pays how much more for trading with whom, one line each, below the settings.

import { byId, html, rebuilt } from "../page/elements.js";
import { say } from "../page/status.js";
import { store } from "../page/store.js";
import { fromField, inField, t } from "../page/language.js";
import { changeDraft, currentDraft } from "./draft.js";
import { TOO_FEW } from "./pairs.js";
import { readSheet } from "./sheet.js";

const PREFIX = "preference:";
let wrong = {};

const ends = (key) => key.split(">");
const tokenOf = (row) => `@${row.row}`;

// The same texts with one key in place of another, in their order.
export const rekeyed = (texts, from, to) =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [key === from ? to : key, text]));

// Those of rows that are still there, and how many were left out.
/** @param {Texts[]} rows */
export function preferencesOf(preferences, rows) {
  const there = new Set(rows.map(tokenOf));
  const kept = Object.entries(preferences || {}).filter(([key]) =>
    ends(key).every((end) => !end.startsWith("@") || there.has(end)),
  );
  return { kept: Object.fromEntries(kept), gone: Object.keys(preferences || {}).length - kept.length };
}

// Lines of a spreadsheet, "who, with whom, cost": keyed by rows where the names are known.
/** @param {Texts[]} rows */
export function pastedPreferences(cells, rows) {
  const tokens = Object.fromEntries(rows.map((row) => [row.id.trim(), tokenOf(row)]));
  const key = (name) => tokens[name.trim()] || name.trim().replace(/[@>]/g, "");
  return Object.fromEntries(
    cells
      .filter((line) => line.length > 1 && line[0].trim() && line[1].trim())
      .map(([from, to, cost]) => [`${key(from)}>${key(to)}`, (cost || "0").trim()]),
  );
}

function put(preferences) {
  changeDraft({ preferences });
}

// Handlers look up the preference of the moment: a line stays while its names change, so that names can be typed into
// it.
const entry = (at) => Object.entries(currentDraft().preferences)[at];

function pick(select, at, end) {
  const { preferences } = currentDraft();
  const [key] = entry(at);
  const next = ends(key)
    .map((old, i) => (i === end ? select.value : old))
    .join(">");
  if (next === key) return;
  if (next in preferences) {
    say(t("There is a preference between these two already."), "bad");
    select.value = ends(key)[end];
    return;
  }
  put(rekeyed(preferences, key, next));
}

function choice(at, end, known) {
  const select = html(
    "select",
    { "aria-label": end ? t("trades with") : t("Prosumer") },
    ...known.map(([value, text]) => html("option", { value }, text)),
  );
  select.addEventListener("change", () => pick(select, at, end));
  return select;
}

function line(at, known) {
  const input = html("input", {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    "aria-label": t("Costs, \u20ac/kWh"),
  });
  input.addEventListener("change", () =>
    put({ ...currentDraft().preferences, [entry(at)[0]]: fromField(input.value) }),
  );
  const remove = html(
    "button",
    { type: "button", class: "plain", "aria-label": t("Delete this preference") },
    "\u00d7",
  );
  remove.addEventListener("click", () =>
    put(Object.fromEntries(Object.entries(currentDraft().preferences).filter((_, index) => index !== at))),
  );
  return html(
    "li",
    {},
    choice(at, 0, known),
    html("span", { class: "quiet" }, t("with")),
    choice(at, 1, known),
    input,
    html("small", { class: "quiet" }, "\u20ac/kWh"),
    remove,
    html("small", { class: "told" }),
  );
}

// A first pair that has no preference yet.
function freePair({ rows, preferences }) {
  const tokens = rows.map(tokenOf);
  return tokens
    .flatMap((from) => tokens.filter((to) => to !== from).map((to) => `${from}>${to}`))
    .find((key) => !(key in preferences));
}

function add() {
  const draft = currentDraft();
  const key = freePair(draft);
  if (!key) {
    say(draft.rows.length < 2 ? TOO_FEW : t("Every pair has its preference already."), "bad");
    return;
  }
  put({ ...draft.preferences, [key]: "0" });
  showPreferences(currentDraft());
  const last = byId("preferences").querySelector("li:last-child select");
  if (last) last.focus();
}

function paste(event) {
  const text = event.clipboardData.getData("text/plain");
  if (!/\t/.test(text)) return;
  event.preventDefault();
  const draft = currentDraft();
  const found = pastedPreferences(readSheet(text), draft.rows);
  put({ ...draft.preferences, ...found });
  say(t`Pasted ${Object.keys(found).length} preferences.`);
}

// Prosumers to choose from, and names that were pasted and belong to nobody.
function offered({ rows, preferences }) {
  const known = rows.map((row) => [tokenOf(row), row.id]);
  const strangers = [...new Set(Object.keys(preferences || {}).flatMap(ends))].filter(
    (end) => !known.some(([token]) => token === end),
  );
  return [...strangers.map((end) => [end, end.replace("@", "")]), ...known];
}
/** @param {Draft} draft */
const drawn = (draft) => JSON.stringify([Object.keys(draft.preferences || {}).length, offered(draft)]);

function build() {
  const draft = currentDraft();
  const button = html("button", { type: "button", id: "add-preference" }, t("Add a preference"));
  button.addEventListener("click", add);
  byId("preferences").dataset.drawn = drawn(draft);
  byId("preferences").replaceChildren(
    html("h3", {}, t("Preferences")),
    html(
      "p",
      { class: "quiet" },
      t(
        "What trading with a partner costs a prosumer beyond all prices. " +
          "Three columns of a spreadsheet can be pasted: who, with whom, \u20ac/kWh.",
      ),
    ),
    html("ul", {}, ...Object.keys(draft.preferences || {}).map((_, at) => line(at, offered(draft)))),
    button,
  );
  fill();
}

// What each line says, but where somebody is typing.
function fill() {
  const draft = currentDraft();
  const entries = Object.entries(draft.preferences || {});
  byId("preferences")
    .querySelectorAll("li")
    .forEach((item, at) => {
      const [key, text] = entries[at];
      const input = item.querySelector("input");
      item.dataset.key = key;
      item.querySelectorAll("select").forEach((select, end) => {
        if (select.value !== ends(key)[end]) select.value = ends(key)[end];
      });
      if (input !== document.activeElement || input.value === input.defaultValue) {
        input.value = inField(text);
        input.defaultValue = input.value;
      }
      item.classList.toggle("edited", !draft.imported && (draft.solved.preferences || {})[key] !== text);
    });
  mark();
}

/** @param {Draft} draft */
function showPreferences(draft) {
  if (byId("preferences").dataset.drawn === drawn(draft)) {
    fill();
    return;
  }
  rebuilt(byId("preferences"), build, (field) => {
    const item = field.closest("li");
    const [key, label] = [item && item.dataset.key, field.getAttribute("aria-label")];
    return () =>
      item
        ? [...byId("preferences").querySelectorAll("li")]
            .filter((one) => one.dataset.key === key)
            .map((one) => one.querySelector(`[aria-label="${label}"]`))[0]
        : byId(field.id);
  });
}

function mark() {
  byId("preferences")
    .querySelectorAll("li")
    .forEach((item) => {
      const message = wrong[item.dataset.key] || "";
      item.querySelector("input").setAttribute("aria-invalid", String(Boolean(message)));
      item.querySelector(".told").textContent = message;
    });
}

// Wrong preferences by column, as the verdict has them.
export function markPreferences(problems) {
  wrong = Object.fromEntries(
    Object.entries(problems)
      .filter(([column]) => column.startsWith(PREFIX))
      .map(([column, message]) => [column.slice(PREFIX.length), message]),
  );
  mark();
}

export const isPreference = (column) => (column || "").startsWith(PREFIX);
export function focusPreference(column) {
  const item = [...byId("preferences").querySelectorAll("li")].find(
    (one) => one.dataset.key === column.slice(PREFIX.length),
  );
  if (item) item.querySelector("input").focus();
}

export function wirePreferences() {
  store.on("heard", ({ draft }) => showPreferences(draft));
  document.addEventListener("paste", (event) => {
    if (event.target.closest && event.target.closest("#preferences")) paste(event);
  });
}
