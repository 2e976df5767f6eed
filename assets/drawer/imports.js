// Files that are imported, and what is wrong with one that cannot be used.

import { showDialog } from "../page/dialog.js";
import { byId, html } from "../page/elements.js";
import { format } from "../page/format.js";
import { say } from "../page/status.js";
import { t } from "../page/language.js";
import { told } from "../page/told.js";
import { keepSketch, openUnsolved } from "./cases.js";
import { tellDash, unchanged } from "./dash.js";

const LARGEST = 3e6;

// One scenario, table or case goes as text; workbooks and sheets, which may be several, as they are.
async function importFiles(files) {
  if (!files.length || (files.length === 1 && (await openYear(files[0])))) return;
  const name = files.map((file) => file.name).join(", ");
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  if (bytes > LARGEST) {
    const [size, most] = [format.number(bytes / 1e6, 1), LARGEST / 1e6];
    const told =
      files.length > 1
        ? t`The files have ${size} MB; at most ${most} MB are read. Use the command line for such a size.`
        : t`The file has ${size} MB; at most ${most} MB are read. Use the command line for such a size.`;
    showFileProblems(name, [told]);
    return;
  }
  say(t`Reading ${name} \u2026`);
  const [first] = files;
  const isText = files.length === 1 && !/\.(xlsx|xlsm|csv|tsv|txt)$/i.test(first.name);
  const given = isText ? { text: await first.text() } : { text: "", files: await Promise.all(files.map(encoded)) };
  tellDash("import-text", { name, ...given, at: Date.now() });
}

async function encoded(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const parts = [];
  for (let at = 0; at < bytes.length; at += 8192) parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  return { name: file.name, base64: btoa(parts.join("")) };
}

// How the grid of an import becomes something to look at (whatif/sketch.js lies above).
let makeSketch = null;
// Opens a file of plans over a year, true where it is one (charts/year.js lies above).
/** @type {(file: File) => Promise<boolean>} */
let openYear = async () => false;

export function hearImport(answer) {
  if (answer && answer.draft) {
    const origin = `import-${Date.now()}`;
    const sketch = answer.drawn ? makeSketch(answer.drawn) : null;
    keepSketch(origin, sketch);
    openUnsolved({ ...answer.draft, file: answer.name }, origin, sketch).then(() => {
      say(told(answer.remark) || t`${answer.name} is open. Solve to see its plan.`);
      if ((answer.notes || []).some((note) => !note.startsWith("taken"))) showFileNotes(answer.name, answer.notes);
    });
  } else if (answer) showFileProblems(answer.name, answer.problems, answer.sheets);
  return unchanged();
}

// What is wrong with a file, in a dialog of its own: the table's own list is about the table.
export function showFileProblems(name, problems, sheets = []) {
  say(t`${name} cannot be used.`, "bad");
  showDialog(
    t`${name} cannot be used`,
    html(
      "p",
      {},
      problems.length === 1
        ? t("One thing is wrong with it. What is on the page stays as it was.")
        : t`${problems.length} things are wrong with it. What is on the page stays as it was.`,
    ),
    listed(problems, t("Problems of the file")),
    ...sheets.map(markedSheet),
  );
}

// The rows of a sheet that do not fit, as they stand in the file, each with what is wrong and what to do.
function markedSheet(sheet) {
  const width = Math.max(sheet.head.length, ...sheet.rows.map((row) => row.cells.length));
  const head = Array.from({ length: width }, (_, at) => html("th", { scope: "col" }, sheet.head[at] || ""));
  const called = sheet.more
    ? t`Rows of ${sheet.name} that do not fit, and ${sheet.more} more`
    : t`Rows of ${sheet.name} that do not fit`;
  const table = html(
    "table",
    { class: "marked-rows" },
    html("caption", {}, called),
    html("thead", {}, html("tr", {}, html("th", { scope: "col" }, t("row")), ...head)),
    html("tbody", {}, ...sheet.rows.flatMap((row) => markedRow(row, width))),
  );
  return html("div", { class: "marked-sheet", tabindex: 0, role: "region", "aria-label": sheet.name }, table);
}

function markedRow(row, width) {
  const cells = Array.from({ length: width }, (_, at) =>
    row.wrong.includes(at)
      ? html("td", {}, html("mark", {}, row.cells[at] || t("empty")))
      : html("td", {}, row.cells[at] || ""),
  );
  const words = html("td", { colspan: width }, ...row.told.map((text) => html("div", {}, told(text))));
  return [
    html("tr", {}, html("th", { scope: "row" }, String(row.number)), ...cells),
    html("tr", { class: "told" }, html("td", {}), words),
  ];
}

// What became of the parts of a file, where something was decided or left out.
function showFileNotes(name, notes) {
  const changed = notes.filter((note) => !note.startsWith("taken"));
  showDialog(
    t`What became of ${name}`,
    html("p", {}, t("What was decided or left out:")),
    listed(changed, t("What was decided or left out"), "file-problems notes"),
    html("p", {}, t("What was taken:")),
    listed(
      notes.filter((note) => note.startsWith("taken")).map((note) => note.replace("taken: ", "")),
      t("What was taken"),
      "file-problems notes",
    ),
  );
}

function listed(texts, label, kind = "file-problems") {
  return html(
    "ul",
    { class: kind, tabindex: 0, "aria-label": label },
    ...texts
      .slice(0, 200)
      .map(told)
      .map((text) => html("li", {}, text.length > 600 ? `${text.slice(0, 600)} \u2026` : text)),
  );
}

export function wireImport(sketch, year) {
  makeSketch = sketch;
  openYear = year;
  byId("import").addEventListener("change", (event) => {
    importFiles([...event.target.files]);
    event.target.value = "";
  });
}
