// Cases and files: the case menu, import with what is wrong with a file, and everything that can be taken away.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { byId, html, store } = p2pdnr;
  const LARGEST = 2e6;

  // -- in ----------------------------------------------------------------------------------------------------------------

  async function importFile(file) {
    if (!file) return;
    if (file.size > LARGEST) { p2pdnr.showFileProblems(file.name, [`The file has ${(file.size / 1e6).toFixed(1)} MB; at most ${LARGEST / 1e6} MB are read. Use the command line for such a size.`]); return; }
    p2pdnr.say(`Reading ${file.name} \u2026`);
    p2pdnr.tell("import-text", { name: file.name, text: await file.text(), at: Date.now() });
  }

  function hearImport(answer) {
    if (answer && answer.draft) {
      p2pdnr.openDraft({ ...answer.draft, file: answer.name }, `import-${Date.now()}`, null);
      p2pdnr.say(answer.remark || `${answer.name} is open. Solve to see its day.`);
    } else if (answer) p2pdnr.showFileProblems(answer.name, answer.problems);
    return window.dash_clientside.no_update;
  }

  // What is wrong with a file, in a dialog of its own: the table's own list is about the table.
  p2pdnr.showFileProblems = function (name, problems) {
    p2pdnr.say(`${name} cannot be used.`, "bad");
    const count = problems.length === 1 ? "One thing is" : `${problems.length} things are`;
    p2pdnr.dialog(`${name} cannot be used`, html("p", {}, `${count} wrong with it. What is on the page stays as it was.`),
      html("ul", { class: "file-problems", tabindex: 0, "aria-label": "Problems of the file" }, ...problems.slice(0, 200).map((text) => html("li", {}, text.length > 600 ? `${text.slice(0, 600)} \u2026` : text))));
  };

  // The menu of cases, with what was imported in this session below them.
  p2pdnr.markCase = function (draft) {
    const menu = byId("case");
    const values = [...menu.options].map((option) => option.value);
    if (draft.origin && !values.includes(draft.origin)) menu.append(html("option", { value: draft.origin }, draft.name));
    menu.value = draft.origin;
    drafts.set(draft.origin, draft);
  };
  const drafts = new Map();

  async function openCase(menu) {
    const wanted = menu.value;
    try {
      if (wanted.startsWith("import-")) { await p2pdnr.openDraft(drafts.get(wanted), wanted, null); return; }
      const found = await p2pdnr.fetchCase(wanted);
      await p2pdnr.openDraft(found.draft, wanted, found.results);
    } catch (error) {
      p2pdnr.say(error.message, "bad");
      menu.value = p2pdnr.draft().origin;
    }
  }

  // -- dialogs -----------------------------------------------------------------------------------------------------------

  // One dialog for the page; children are nodes. Escape and Close end it, focus goes back to where it was.
  p2pdnr.dialog = function (title, ...children) {
    const dialog = byId("dialog") || document.body.appendChild(html("dialog", { id: "dialog", "aria-labelledby": "dialog-title" }));
    const close = html("button", { type: "button", class: "primary" }, "Close");
    close.addEventListener("click", () => dialog.close());
    dialog.className = "";
    dialog.replaceChildren(html("h2", { id: "dialog-title" }, title), ...children, html("div", { class: "dialog-end" }, close));
    if (!dialog.open) dialog.showModal();
    return dialog;
  };

  // Puts text on the clipboard where the browser lets us, else selects it for the person to do so.
  p2pdnr.copyText = async function (field) {
    field.select();
    try { await navigator.clipboard.writeText(field.value); } catch (error) { return document.execCommand("copy"); }
    return true;
  };

  p2pdnr.copyField = function (label, text, rows) {
    const field = rows ? html("textarea", { readonly: "", rows, "aria-label": label }) : html("input", { type: "text", readonly: "", "aria-label": label });
    field.value = text;
    const button = html("button", { type: "button" }, "Copy");
    button.addEventListener("click", async () => { button.textContent = (await p2pdnr.copyText(field)) ? "Copied" : "Press Ctrl+C"; });
    return html("div", { class: "copy-field" }, field, button);
  };

  // -- out ---------------------------------------------------------------------------------------------------------------

  const stem = () => (p2pdnr.draft().settings.name || "day").replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "").toLowerCase() || "day";
  const shownId = () => { const { ids, mode } = store.get(); return ids[mode] || Object.values(ids)[0]; };

  p2pdnr.save = function (blob, name) {
    const link = html("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  async function fetched(url, name) {
    p2pdnr.say(`Making ${name} \u2026`);
    const answer = await fetch(url);
    if (!answer.ok) {
      const told = await answer.json().catch(() => ({}));
      throw new Error(answer.status === 404 ? "This result has expired on the server. Solve again." : (told.error && told.error.message) || "The file could not be made.");
    }
    p2pdnr.save(await answer.blob(), name);
  }

  function scenario() {
    const { verdict } = store.get();
    if (!verdict || !verdict.scenario) throw new Error(verdict ? "Correct the marked cells first." : "The table is still being read.");
    p2pdnr.save(new Blob([verdict.scenario], { type: "application/json" }), `${stem()}.json`);
  }

  const result = (file, name) => () => {
    const id = shownId();
    if (!id) throw new Error("There is no result yet. Solve first.");
    return fetched(`/results/${encodeURIComponent(id)}/${file()}`, name());
  };
  const hour = () => store.get().hour;
  const drawing = (suffix, make) => async () => p2pdnr.save(await make(), `${stem()}-${String(hour()).padStart(2, "0")}.${suffix}`);
  const outs = {
    "out-scenario": scenario,
    "out-tables": result(() => "tables.zip", () => `${stem()}-tables.zip`),
    "out-pandapower": result(() => `pandapower-${hour()}.json`, () => `${stem()}-${hour()}-pandapower.json`),
    "out-svg": drawing("svg", () => p2pdnr.diagramSvg()),
    "out-png": drawing("png", () => p2pdnr.diagramPng()),
    "out-share": () => p2pdnr.share(),
    "out-address": () => p2pdnr.showAddress(),
  };

  async function takeAway(id) {
    try {
      p2pdnr.say("");
      await outs[id]();
      if (!["out-share", "out-address"].includes(id)) p2pdnr.say("Saved.");
    } catch (error) { p2pdnr.say(error.message, "bad"); }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[id]");
    const menu = byId("take");
    if (button && Object.hasOwn(outs, button.id)) { menu.open = false; menu.querySelector("summary").focus(); takeAway(button.id); } else if (menu.open && !event.target.closest("#take")) menu.open = false;
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && byId("take").open) { byId("take").open = false; byId("take").querySelector("summary").focus(); } });
  document.addEventListener("change", (event) => {
    if (event.target.id === "import") { importFile(event.target.files[0]); event.target.value = ""; } else if (event.target.id === "case") openCase(event.target);
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.p2pdnr = { ...window.dash_clientside.p2pdnr, hearImport };
}(window.p2pdnr));
