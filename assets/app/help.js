// Help at hand: the button with the question mark, or its key, opens what can be done and with which keys.

import { showDialog } from "../page/dialog.js";
import { byId, html } from "../page/elements.js";
import { t } from "../page/language.js";

const ARROWS = "\u2190 \u2192";
/** @type {() => [string, [string, string][]][]} */
const GROUPS = () => [
  [
    t("Anywhere"),
    [
      [ARROWS, t("the hour before and after")],
      [t("Space|key"), t("play and pause")],
      [t("Home, End"), t("first and last hour")],
      ["?", t("this help")],
    ],
  ],
  [
    t("In the diagram"),
    [
      [t("Tab, then arrow keys"), t("from bus to bus and line to line")],
      [t("Enter|key"), t("keep its figures open; of a prosumer, its trades alone")],
      [t("+ \u2212 0"), t("nearer, further, all of it; also Ctrl with the wheel, or two fingers")],
      [t("Esc|key"), t("all trades again")],
    ],
  ],
  [
    t("In the table"),
    [
      [t("Enter, or type"), t("change a cell; Tab goes on to the next")],
      [t("Ctrl+V"), t("rows of a spreadsheet; decimal commas are read")],
      [t("Ctrl+Z, Ctrl+Y"), t("undo and redo")],
    ],
  ],
  [
    t("In a talk"),
    [
      [t("Page Up, Page Down"), t("one step back and on, as clickers send them")],
      ["b", t("a dark screen")],
    ],
  ],
];

const steps = () => [
  t("Look: play the hours, point at a bus or a line, compare with As built above."),
  t("Change: type into the table below the diagram, or click a prosumer and move its sliders."),
  t("Solve: predicted and solved figures then stand side by side."),
];

const keys = (rows) =>
  html(
    "dl",
    { class: "keys" },
    ...rows.map(([key, what]) => html("div", {}, html("dt", {}, html("kbd", {}, key)), html("dd", {}, what))),
  );

// The lessons are the longer way; a menu of the bar holds them.
function lessons(dialog) {
  const menu = byId("lessons");
  if (!menu || getComputedStyle(menu).display === "none") return null;
  const button = html("button", { type: "button" }, t("Lessons, step by step"));
  button.addEventListener("click", () => {
    dialog().close();
    menu.open = true;
    menu.querySelector("summary").focus();
  });
  return html("p", {}, button);
}

export function showHelp() {
  const dialog = () => /** @type {HTMLDialogElement} */ (byId("dialog"));
  const shown = showDialog(
    t("What can be done here"),
    html("ol", { class: "help-steps" }, ...steps().map((step) => html("li", {}, step))),
    html(
      "div",
      { class: "help-keys" },
      ...GROUPS().map(([where, rows]) => html("section", {}, html("h3", {}, where), keys(rows))),
    ),
    html("p", { class: "quiet" }, t("Dotted words explain themselves when they are clicked.")),
    ...[lessons(dialog)].filter(Boolean),
  );
  shown.className = "help";
  const title = /** @type {HTMLElement} */ (shown.querySelector("h2"));
  title.tabIndex = -1;
  title.focus();
}

function key(event) {
  const typing = event.target.closest("input, select, textarea, dialog, .ag-root, [contenteditable]");
  if (event.key !== "?" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  showHelp();
}

export function wireHelp() {
  byId("help").addEventListener("click", showHelp);
  document.addEventListener("keydown", key);
}
