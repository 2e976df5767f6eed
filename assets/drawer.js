// The drawer: drafts and their history, the verdict on a draft shown in place, settings as native inputs, import and export.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { byId, html, store } = p2pdnr;
  const past = [];
  let draft = null;
  let submitted = null;
  let asked = null;
  let silent = false;

  let stamp = 0;

  const set = (id, data) => window.dash_clientside.set_props(id, { data });
  // Every draft has its number, so that a verdict on an older one is not taken for its own.
  const stamped = (data) => ({ ...data, stamp: ++stamp });

  // What a solve or a message said holds for the draft before.
  function forget() {
    set("told", null);
    if (!store.get().job) p2pdnr.say("");
  }

  // Puts a changed draft in place of the present one, which stays in the history.
  function change(changes) {
    past.push(draft);
    if (past.length > 200) past.shift();
    forget();
    set("draft", stamped({ ...draft, ...changes }));
  }

  function undo() {
    if (!past.length) return;
    const before = past.pop();
    forget();
    set("draft", stamped({ ...before, solved: before.name === draft.name ? draft.solved : before.solved }));
  }

  // -- what Dash tells ---------------------------------------------------------------------------------------------------

  function hearDraft(data) {
    if (!draft) p2pdnr.fitTable();
    draft = data;
    store.set({ foreign: Boolean(draft.imported), verdict: null });
    waitForVerdict();
    showSettings();
    if (byId("undo")) byId("undo").disabled = !past.length;
    return window.dash_clientside.no_update;
  }

  // A server that is away is asked again until it answers; what was typed stays.
  function waitForVerdict() {
    window.clearTimeout(asked);
    asked = window.setTimeout(() => {
      silent = true;
      byId("changes").textContent = "Not read yet";
      p2pdnr.say("The server does not answer. What you typed is kept; trying again \u2026", "bad");
      set("draft", stamped(draft));
    }, 8000);
  }

  function hearCells(changed, current) {
    const none = window.dash_clientside.no_update;
    if (!changed || !changed.length) return none;
    const rows = current.rows.map((row) => ({ ...row }));
    changed.forEach(({ rowId, colId, value }) => {
      const row = rows.find((item) => item.row === rowId);
      if (row) row[colId] = value === null || value === undefined ? "" : String(value);
      p2pdnr.typedInto(rowId, colId);
    });
    if (JSON.stringify(rows) === JSON.stringify(current.rows)) return none;
    past.push(current);
    forget();
    return stamped({ ...current, rows });
  }

  // Rows with what the table marks in them: wrong cells with their message, cells that differ from the result on show.
  function hearVerdict(verdict, current) {
    if (!verdict || (verdict.stamp || 0) !== (current.stamp || 0)) return window.dash_clientside.no_update;
    store.set({ verdict });
    window.clearTimeout(asked);
    if (silent) p2pdnr.say("");
    silent = false;
    p2pdnr.showProblems(verdict, draft && draft.imported && !draft.solved.rows.length);
    const solved = Object.fromEntries(current.solved.rows.map((row) => [row.row, row]));
    return current.rows.map((row) => {
      const wrong = {};
      verdict.problems.filter((item) => item.row === row.row).forEach((item) => { wrong[item.column || "id"] = item.message; });
      const before = solved[row.row];
      const different = current.imported ? [] : Object.keys(row).filter((key) => !before || before[key] !== row[key]);
      const edited = Object.fromEntries(different.map((key) => [key, true]));
      return { ...row, wrong, edited };
    });
  }

  function hearImport(answer) {
    if (answer && answer.draft) {
      past.push(draft);
      set("told", null);
      set("draft", stamped(answer.draft));
      p2pdnr.say(`${answer.name} is open. Solve to see its day.`);
    } else if (answer) {
      p2pdnr.say(`${answer.name} cannot be used; see below the table.`, "bad");
      byId("problems").replaceChildren(...answer.problems.map((text) => html("li", {}, text)));
      byId("problems").scrollIntoView({ block: "nearest" });
    }
    return window.dash_clientside.no_update;
  }

  // -- showing -----------------------------------------------------------------------------------------------------------

  const fields = p2pdnr.settingFields = () => JSON.parse(byId("settings").dataset.fields);

  function showSettings() {
    const form = byId("settings");
    if (!form) return;
    if (!form.childElementCount) buildSettings(form);
    form.querySelectorAll("input").forEach((input) => { if (input !== document.activeElement) input.value = draft.settings[input.name]; });
    form.querySelector("select").value = draft.mode;
  }

  function buildSettings(form) {
    const groups = [...new Set(fields().map((field) => field.group))];
    const input = (field) => html("label", { class: field.unit.includes("per hour") ? "row long" : "row" }, html("span", {}, field.label),
      html("input", { name: field.key, type: "text", autocomplete: "off", spellcheck: "false", "data-unit": field.unit }), html("small", {}, field.unit));
    const select = html("select", { name: "mode" }, ...[["hourly", "hourly switching"], ["static", "best fixed"], ["fixed", "initial"]].map(([value, text]) => html("option", { value }, text)));
    form.append(...groups.map((group) => html("fieldset", {}, html("legend", {}, group), ...fields().filter((field) => field.group === group).map(input),
      group === "Operator" ? html("label", { class: "row" }, html("span", {}, "Solve for"), select, html("small", {})) : null)));
  }

  // The settings as someone types; each pause is one step of the history.
  function typed(event) {
    const { name, value } = event.target;
    if (name === "mode") change({ mode: value });
    else if (draft.settings[name] !== value) change({ settings: { ...draft.settings, [name]: value } });
  }

  p2pdnr.showSolveProblems = (problems) => set("told", problems);

  // -- rows --------------------------------------------------------------------------------------------------------------

  function freeName(stem) {
    const taken = new Set(draft.rows.map((row) => row.id.trim()));
    for (let number = 2; ; number += 1) if (!taken.has(`${stem} ${number}`)) return `${stem} ${number}`.slice(0, 40);
  }

  async function selected() {
    const grid = await window.dash_ag_grid.getApiAsync("prosumers");
    return grid.getSelectedRows().map((row) => row.row);
  }

  function addRow() {
    const first = draft.rows[0] || {};
    const empty = Object.fromEntries(Object.keys(first).map((key) => [key, ""]));
    const row = { ...empty, row: `n${draft.next}`, like: "", id: freeName("Prosumer"), bus: first.bus || "2", load_kw: "0", pv_kw: "0", load_profile: first.load_profile || draft.profiles[0], pv_profile: first.pv_profile || draft.profiles[0] };
    change({ rows: [...draft.rows, row], next: draft.next + 1 });
  }

  async function duplicateRows() {
    const keys = await selected();
    if (!keys.length) return p2pdnr.say("Tick the prosumers to duplicate.");
    let { next } = draft;
    const rows = draft.rows.flatMap((row) => (keys.includes(row.row) ? [row, { ...row, row: `n${next++}`, id: freeName(row.id.trim().slice(0, 34)) }] : [row]));
    return change({ rows, next });
  }

  async function deleteRows() {
    const keys = await selected();
    if (!keys.length) return p2pdnr.say("Tick the prosumers to delete.");
    return change({ rows: draft.rows.filter((row) => !keys.includes(row.row)) });
  }

  // -- solving, files, cases ---------------------------------------------------------------------------------------------

  p2pdnr.submitted = () => { submitted = draft; };

  // The result on show is now that of what was submitted; later edits count against it.
  p2pdnr.solved = function () {
    if (submitted) set("draft", stamped({ ...draft, imported: false, solved: { rows: submitted.rows, settings: submitted.settings } }));
  };

  function exportScenario() {
    const { verdict } = store.get();
    if (!verdict || !verdict.scenario) return p2pdnr.say(verdict ? "Correct the marked cells first." : "The table is still being read.", "bad");
    const link = html("a", { href: URL.createObjectURL(new Blob([verdict.scenario], { type: "application/json" })), download: `${draft.name.replace(/[^A-Za-z0-9]+/g, "-").toLowerCase()}.json` });
    link.click();
    return window.setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  async function importScenario(event) {
    const [file] = event.target.files;
    if (!file) return;
    if (file.size > 2e6) { p2pdnr.say(`${file.name} is larger than 2 MB.`, "bad"); return; }
    set("import-text", { name: file.name, text: await file.text(), at: Date.now() });
    event.target.value = "";
  }

  async function openCase(event) {
    try {
      const found = await p2pdnr.fetchCase(event.target.value);
      past.length = 0;
      submitted = null;
      set("told", null);
      set("draft", stamped(found.draft));
      await p2pdnr.showCase(found.results);
    } catch (error) { p2pdnr.say(error.message, "bad"); }
  }

  const acts = { add: addRow, duplicate: duplicateRows, delete: deleteRows, undo, export: exportScenario };
  document.addEventListener("click", (event) => { const button = event.target.closest("button[id]"); if (button && acts[button.id] && draft) acts[button.id](); });
  document.addEventListener("change", (event) => {
    if (event.target.id === "import") importScenario(event);
    else if (event.target.id === "case") openCase(event);
    else if (event.target.closest("#settings")) typed(event);
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.shiftKey && !typing && draft) { event.preventDefault(); undo(); }
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.p2pdnr = { hearDraft, hearCells, hearVerdict, hearImport };
}(window.p2pdnr));
