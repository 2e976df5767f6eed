// Files that are imported, and what is wrong with one that cannot be used.

import { showDialog } from "../page/dialog.js";
import { byId, html } from "../page/elements.js";
import { say } from "../page/status.js";
import { keepSketch, openUnsolved } from "./cases.js";
import { tellDash, unchanged } from "./dash.js";

const LARGEST = 2e6;

async function importFile(file) {
  if (!file) return;
  if (file.size > LARGEST) {
    showFileProblems(file.name, [
      `The file has ${(file.size / 1e6).toFixed(1)} MB; at most ${LARGEST / 1e6} MB are read. ` +
        "Use the command line for such a size.",
    ]);
    return;
  }
  say(`Reading ${file.name} \u2026`);
  tellDash("import-text", { name: file.name, text: await file.text(), at: Date.now() });
}

// How the grid of an import becomes something to look at (whatif/sketch.js lies above).
let makeSketch = null;

export function hearImport(answer) {
  if (answer && answer.draft) {
    const origin = `import-${Date.now()}`;
    const sketch = answer.drawn ? makeSketch(answer.drawn) : null;
    keepSketch(origin, sketch);
    openUnsolved({ ...answer.draft, file: answer.name }, origin, sketch).then(() =>
      say(answer.remark || `${answer.name} is open. Solve to see its day.`),
    );
  } else if (answer) showFileProblems(answer.name, answer.problems);
  return unchanged();
}

// What is wrong with a file, in a dialog of its own: the table's own list is about the table.
export function showFileProblems(name, problems) {
  say(`${name} cannot be used.`, "bad");
  const count = problems.length === 1 ? "One thing is" : `${problems.length} things are`;
  showDialog(
    `${name} cannot be used`,
    html("p", {}, `${count} wrong with it. What is on the page stays as it was.`),
    html(
      "ul",
      { class: "file-problems", tabindex: 0, "aria-label": "Problems of the file" },
      ...problems
        .slice(0, 200)
        .map((text) => html("li", {}, text.length > 600 ? `${text.slice(0, 600)} \u2026` : text)),
    ),
  );
}

export function wireImport(sketch) {
  makeSketch = sketch;
  byId("import").addEventListener("change", (event) => {
    importFile(event.target.files[0]);
    event.target.value = "";
  });
}
