// Who may trade with whom: how many each has, all, none, or pairs picked from the prosumers, one line each. All of it
// is one text of the settings, such as "6" or "A + B, A + C".

import { byId, html, rebuilt } from "../page/elements.js";
import { say } from "../page/status.js";
import { shownPayload, store } from "../page/store.js";
import { t } from "../page/language.js";
import { changeDraft, currentDraft } from "./draft.js";
import { namesOf } from "./names.js";
import { readSheet } from "./sheet.js";

const KINDS = [
  ["nearest", t("the nearest")],
  ["all", t("all")],
  ["none", t("none|partners")],
  ["pairs", t("pairs")],
];
const NEAREST = "6";
export const TOO_FEW = t("There are no two prosumers to choose from.");

/** @param {Texts[]} rows */
const names = (rows) => [...new Set(rows.map((row) => row.id.trim()).filter(Boolean))];

// Pairs of a text; null where it holds none.
export const pairsOf = (text) =>
  /\+/.test(text) ? text.split(",").map((pair) => pair.split("+").map((name) => name.trim())) : null;
export const writePairs = (pairs) => pairs.map((pair) => pair.join(" + ")).join(", ") || "none";
export const kindOfPartners = (text) =>
  ["all", "none"].includes(text.trim().toLowerCase()) ? text.trim().toLowerCase() : pairsOf(text) ? "pairs" : "nearest";

/** @type {(one: string[]) => (other: string[]) => boolean} */
const sameAs =
  ([a, b]) =>
  ([c, d]) =>
    (a === c && b === d) || (a === d && b === c);

// A first pair that is not there yet.
export function freePair(pairs, known) {
  return (
    known
      .flatMap((from, at) => known.slice(at + 1).map((to) => [from, to]))
      .find((pair) => !pairs.some(sameAs(pair))) || null
  );
}

// Lines of a spreadsheet, "who, with whom", added to the pairs that are there.
export function pastedPairs(pairs, cells) {
  const found = cells
    .filter((line) => line.length > 1 && line[0].trim() && line[1].trim())
    .map(([from, to]) => [from, to].map((name) => name.trim().replace(/[+,]/g, " ")));
  return found.reduce((all, pair) => (all.some(sameAs(pair)) ? all : [...all, pair]), pairs);
}

// Settings after one prosumer got another name, where it is clear who is meant.
/**
 * @param {Texts} settings
 * @param {Texts[]} rows
 */
export function withNewName(settings, rows, from, to) {
  const pairs = pairsOf(settings.partners || "");
  const [before, after] = [from.trim(), to.trim()];
  const clear =
    before && after && rows.filter((row) => row.id.trim() === before).length === 1 && !namesOf(rows).has(after);
  if (!pairs || !clear || !pairs.flat().includes(before)) return settings;
  return {
    ...settings,
    partners: writePairs(pairs.map((pair) => pair.map((name) => (name === before ? after : name)))),
  };
}

// Settings without the pairs of names that no row has any longer, and how many went.
/**
 * @param {Texts} settings
 * @param {Texts[]} rows
 */
export function withoutPairs(settings, gone, rows) {
  const pairs = pairsOf(settings.partners || "");
  const left = namesOf(rows);
  const lost = new Set(gone.map((row) => row.id.trim()).filter((name) => !left.has(name)));
  const kept = pairs ? pairs.filter((pair) => !pair.some((name) => lost.has(name))) : [];
  return pairs && kept.length < pairs.length
    ? { settings: { ...settings, partners: writePairs(kept) }, count: pairs.length - kept.length }
    : { settings, count: 0 };
}

const partners = () => currentDraft().settings.partners || "";
function put(text) {
  const draft = currentDraft();
  if (text !== draft.settings.partners) changeDraft({ settings: { ...draft.settings, partners: text } });
}
const putPairs = (pairs) => put(writePairs(pairs));

// Pairs to begin with: those of the day on show whose prosumers are still there.
function shownPairs() {
  const [shown, known] = [shownPayload(store.get()), names(currentDraft().rows)];
  const pairs = shown
    ? shown.partners
        .map((pair) => pair.map((at) => shown.prosumers.id[at]))
        .filter((pair) => pair.every((name) => known.includes(name)))
    : [];
  return pairs.length ? pairs : [freePair([], known)].filter(Boolean);
}

function choosePairs(pairs) {
  if (pairs.length) {
    putPairs(pairs);
    return;
  }
  say(TOO_FEW, "bad");
  byId("partners-kind").value = kindOfPartners(partners());
}

function choose(kind) {
  if (kind === "nearest") put(NEAREST);
  else if (kind === "pairs") choosePairs(shownPairs());
  else put(kind);
}

// The input of the settings: a choice, and a number where it is one of how many.
export function partnersInput(field) {
  const kind = html(
    "select",
    { id: "partners-kind", "aria-label": field.label },
    ...KINDS.map(([value, text]) => html("option", { value }, text)),
  );
  kind.addEventListener("change", () => choose(kind.value));
  return [
    kind,
    html("input", {
      name: field.key,
      type: "text",
      inputmode: "numeric",
      autocomplete: "off",
      "aria-label": t("How many partners"),
    }),
  ];
}

// -- the list -------------------------------------------------------------------------------------------------------

const present = () => pairsOf(partners()) || [];

// Handlers look up the pairs of the moment: a line stays while its names change, so that names can be typed into it.
function pick(select, at, end) {
  const pairs = present();
  const next = end ? [pairs[at][0], select.value] : [select.value, pairs[at][1]];
  const fault =
    next[0] === next[1]
      ? t("A pair has two different prosumers.")
      : pairs.some((one, index) => index !== at && sameAs(next)(one))
        ? t("These two are a pair already.")
        : "";
  if (fault) {
    say(fault, "bad");
    select.value = pairs[at][end];
    return;
  }
  putPairs(pairs.map((one, index) => (index === at ? next : one)));
}

function choice(at, end, known) {
  const select = html(
    "select",
    { "aria-label": end ? t("trades with") : t("Prosumer") },
    ...known.map((name) => html("option", { value: name }, name)),
  );
  select.addEventListener("change", () => pick(select, at, end));
  return select;
}

function drop(at) {
  putPairs(present().filter((_, index) => index !== at));
  window.setTimeout(() =>
    (byId("partners").querySelectorAll("li .plain")[Math.max(0, at - 1)] || byId("partners-kind")).focus(),
  );
}

function line(at, known) {
  const remove = html("button", { type: "button", class: "plain", "aria-label": t("Delete this pair") }, "\u00d7");
  remove.addEventListener("click", () => drop(at));
  return html(
    "li",
    { "data-key": at },
    choice(at, 0, known),
    html("span", { class: "quiet" }, t("with")),
    choice(at, 1, known),
    remove,
  );
}

function add() {
  const pair = freePair(present(), names(currentDraft().rows));
  if (!pair) {
    say(t("Every two prosumers are a pair already."));
    return;
  }
  putPairs([...present(), pair]);
  build();
  byId("partners").querySelector("li:last-of-type select").focus();
}

// Names to choose from: the prosumers', and those that a pair has and nobody bears.
const offered = () => [...new Set([...names(currentDraft().rows), ...present().flat()])];

function build() {
  const [holder, pairs, known] = [byId("partners"), pairsOf(partners()), offered()];
  holder.dataset.drawn = pairs ? JSON.stringify([pairs.length, known]) : "";
  if (!pairs) {
    holder.replaceChildren();
    return;
  }
  const button = html("button", { type: "button", id: "add-pair" }, t("Add a pair"));
  button.addEventListener("click", add);
  holder.replaceChildren(
    html("h3", {}, t("Partner pairs")),
    html(
      "p",
      { class: "quiet" },
      t(
        "Who may trade with whom. What a trade costs beyond all prices stands below, under Preferences; " +
          "the largest trade above, under Market. Two columns of a spreadsheet can be pasted.",
      ),
    ),
    html("ul", {}, ...pairs.map((_, at) => line(at, known))),
    button,
  );
  fill();
}

// The names of each line, and whether the day on show has that pair.
function fill() {
  const draft = currentDraft();
  const solved = pairsOf(draft.solved.settings.partners || "") || [];
  const pairs = present();
  byId("partners")
    .querySelectorAll("li")
    .forEach((item, at) => {
      item.querySelectorAll("select").forEach((select, end) => {
        if (select.value !== pairs[at][end]) select.value = pairs[at][end];
      });
      item.classList.toggle("edited", !draft.imported && !solved.some(sameAs(pairs[at])));
    });
}

/** @param {Draft} draft */
export function showPartners(draft) {
  const kind = kindOfPartners(draft.settings.partners || "");
  byId("partners-kind").value = kind;
  byId("partners-kind").classList.toggle(
    "edited",
    !draft.imported && draft.solved.settings.partners !== draft.settings.partners,
  );
  byId("settings").querySelector("[name=partners]").hidden = kind !== "nearest";
  const pairs = pairsOf(partners());
  if (pairs && byId("partners").dataset.drawn === JSON.stringify([pairs.length, offered()])) {
    fill();
    return;
  }
  const place = (field) =>
    field.closest("li") && { key: field.closest("li").dataset.key, label: field.getAttribute("aria-label") };
  rebuilt(byId("partners"), build, (field) => {
    const at = place(field);
    return () =>
      at ? byId("partners").querySelector(`li[data-key="${at.key}"] [aria-label="${at.label}"]`) : byId(field.id);
  });
}

export function wirePairs() {
  document.addEventListener("paste", (event) => {
    const text =
      event.target.closest && event.target.closest("#partners") ? event.clipboardData.getData("text/plain") : "";
    if (!/\t/.test(text)) return;
    event.preventDefault();
    const pairs = present();
    const all = pastedPairs(pairs, readSheet(text));
    putPairs(all);
    say(t`Pasted ${all.length - pairs.length} pairs.`);
  });
}
