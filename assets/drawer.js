// The drawer: the draft and its history, what Dash tells of it, and its panes.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { byId, store } = p2pdnr;
  const NOTHING = { rows: [], settings: {}, profiles: {}, preferences: {}, trading: "on" };
  const KEPT = ["results", "ids", "mode", "hour", "before"];
  const past = [];
  const future = [];
  // What the page showed when another case was opened, by origin, for the way back.
  const shelves = new Map();
  let draft = null;
  let submitted = null;
  let onShow = null;
  let solved = NOTHING;
  let asked = null;
  let silent = false;
  let stamp = 0;
  // The last verdict with the rows it was about: what it says of a cell holds until that cell changes.
  let judged = { problems: [], rows: {} };

  const set = (id, data) => window.dash_clientside.set_props(id, { data });
  // Every draft has its number, so that a verdict on an older one is not taken for its own.
  const stamped = (data) => ({ ...data, stamp: ++stamp });
  const texts = ({ rows, settings, profiles, preferences, trading }) => ({ rows, settings, profiles, preferences, trading });

  p2pdnr.draft = () => draft;
  // The case or import whose result is on the page.
  p2pdnr.originOnShow = () => onShow || document.body.dataset.case;
  p2pdnr.tell = set;

  // What a solve or a message said holds for the draft before.
  function forget() {
    set("told", null);
    if (!store.get().job) p2pdnr.say("");
  }

  function remember() {
    past.push(draft);
    if (past.length > 200) past.shift();
    future.length = 0;
    forget();
  }

  // The page holds a draft at once, so that a quick second edit builds on the first; Dash hears of it a little later.
  function put(next) {
    draft = next;
    set("draft", next);
  }

  // Puts a changed draft in place of the present one, which stays in the history. Changes are fields of a draft:
  // rows, settings, profiles, preferences, trading, mode.
  p2pdnr.change = function (changes) {
    remember();
    put(stamped({ ...draft, ...changes }));
  };

  // -- cases: where a draft comes from decides which result is its own ---------------------------------------------------

  function shelve() {
    const state = store.get();
    if (onShow) shelves.set(onShow, { solved, page: Object.fromEntries(KEPT.map((key) => [key, state[key]])) });
  }

  // The draft as it counts now: against the result on show when that is its own, else as not solved.
  const against = (data) => stamped({ ...data, solved: data.origin === onShow ? solved : NOTHING, imported: data.origin !== onShow });

  function step(from, to) {
    if (!from.length) return;
    const next = from.pop();
    to.push(draft);
    forget();
    if (next.origin !== onShow && shelves.has(next.origin)) {
      shelve();
      onShow = next.origin;
      const shelf = shelves.get(onShow);
      solved = shelf.solved;
      store.set({ ...shelf.page, chosen: null });
    }
    put(against(next));
  }
  p2pdnr.undo = () => step(past, future);
  p2pdnr.redo = () => step(future, past);

  // Opens a draft that comes from elsewhere: origin names it, results are those of its case by mode (none: not solved yet).
  p2pdnr.openDraft = async function (opened, origin, results) {
    if (draft) remember();
    const known = results && Object.keys(results).length;
    if (results) {
      if (store.get().job) p2pdnr.cancelSolve();
      shelve();
      onShow = known ? origin : null;
      solved = known ? opened.solved : NOTHING;
      submitted = null;
    }
    put(against({ ...opened, origin }));
    if (results) await p2pdnr.showCase(results);
  };

  p2pdnr.showSolveProblems = (problems) => set("told", problems);
  p2pdnr.submitted = () => { submitted = draft; };
  p2pdnr.submittedDraft = () => submitted;

  // The result on show is now that of what was submitted; later edits count against it.
  p2pdnr.solved = function () {
    if (!submitted) return;
    if (onShow !== submitted.origin) shelve();
    onShow = submitted.origin;
    solved = texts(submitted);
    put(against(draft));
  };

  // -- what Dash tells ---------------------------------------------------------------------------------------------------

  function hearDraft(data) {
    const first = !draft;
    if (!first && data.stamp !== draft.stamp) return window.dash_clientside.no_update;
    if (first) p2pdnr.fitTable();
    if (first && !data.origin) {
      data = { ...data, origin: document.body.dataset.case };
      if (!data.imported) { onShow = data.origin; solved = data.solved; }
    }
    draft = data;
    store.set({ foreign: Boolean(draft.imported), verdict: null });
    waitForVerdict();
    if (!first) window.dash_clientside.set_props("prosumers", { rowData: marked() });
    p2pdnr.showSettings(draft);
    p2pdnr.showPreferences(draft);
    p2pdnr.showProfiles(draft);
    p2pdnr.markCase(draft);
    allow(byId("undo"), past, byId("redo"));
    allow(byId("redo"), future, byId("undo"));
    if (first) {
      p2pdnr.wirePanes();
      if (!p2pdnr.openShared()) p2pdnr.openKept();
    }
    return window.dash_clientside.no_update;
  }

  // A button whose steps have come to an end hands the focus on.
  function allow(button, steps, other) {
    const here = document.activeElement === button;
    button.disabled = !steps.length;
    if (here && button.disabled) { other.disabled = false; other.focus(); }
  }

  // A server that is away is asked again until it answers; what was typed stays.
  function waitForVerdict() {
    window.clearTimeout(asked);
    asked = window.setTimeout(() => {
      silent = true;
      byId("changes").textContent = "Not read yet";
      p2pdnr.say("The server does not answer. What you typed is kept; trying again \u2026", "bad");
      put(stamped(draft));
    }, 8000);
  }

  function hearCells(changed) {
    const none = window.dash_clientside.no_update;
    if (!changed || !changed.length) return none;
    const rows = draft.rows.map((row) => ({ ...row }));
    let { settings } = draft;
    changed.forEach(({ rowId, colId, value }) => {
      const row = rows.find((item) => item.row === rowId);
      const text = value === null || value === undefined ? "" : String(value);
      if (row && colId === "id") settings = p2pdnr.withNewName(settings, rows, row.id, text);
      if (row) row[colId] = text;
      p2pdnr.typedInto(rowId, colId);
    });
    if (JSON.stringify(rows) === JSON.stringify(draft.rows)) return none;
    remember();
    draft = stamped({ ...draft, rows, settings });
    return draft;
  }

  const byKey = (rows) => Object.fromEntries(rows.map((row) => [row.row, row]));

  // Rows with what the table marks in them: wrong cells with their message, cells that differ from the result on show.
  function marked() {
    const before = byKey(draft.solved.rows);
    return draft.rows.map((row) => {
      const [old, seen] = [before[row.row], judged.rows[row.row]];
      const told = judged.problems.filter(({ row: key, column }) => key === row.row && seen && (!column || seen[column] === row[column]));
      const different = draft.imported ? [] : Object.keys(row).filter((key) => !old || old[key] !== row[key]);
      return { ...row, wrong: Object.fromEntries(told.map(({ column, message }) => [column || "id", message])), edited: Object.fromEntries(different.map((key) => [key, true])) };
    });
  }

  function hearVerdict(verdict) {
    if (!verdict || !draft || (verdict.stamp || 0) !== (draft.stamp || 0)) return window.dash_clientside.no_update;
    judged = { problems: verdict.problems, rows: byKey(draft.rows) };
    store.set({ verdict });
    window.clearTimeout(asked);
    if (silent) p2pdnr.say("");
    silent = false;
    p2pdnr.showProblems(verdict, draft.imported && !draft.solved.rows.length);
    return marked();
  }

  // -- panes -------------------------------------------------------------------------------------------------------------

  const tabs = () => [...byId("drawer-tabs").children];

  p2pdnr.openPane = function (key) {
    tabs().forEach((tab) => {
      const own = tab.dataset.pane === key;
      tab.setAttribute("aria-selected", String(own));
      tab.tabIndex = own ? 0 : -1;
      byId(`pane-${tab.dataset.pane}`).hidden = !own;
    });
    store.set({ pane: key });
  };

  p2pdnr.wirePanes = function () {
    byId("drawer-tabs").addEventListener("click", (event) => { const tab = event.target.closest("[data-pane]"); if (tab) p2pdnr.openPane(tab.dataset.pane); });
    byId("drawer-tabs").addEventListener("keydown", (event) => {
      const all = tabs();
      const at = all.indexOf(event.target);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
      if (at < 0 || to === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      const tab = all[(to + all.length) % all.length];
      p2pdnr.openPane(tab.dataset.pane);
      tab.focus();
    });
    const wanted = new URLSearchParams(window.location.search).get("pane");
    if (wanted && byId(`pane-${wanted}`)) p2pdnr.openPane(wanted);
  };

  document.addEventListener("click", (event) => {
    const act = { undo: p2pdnr.undo, redo: p2pdnr.redo }[(event.target.closest("button[id]") || {}).id];
    if (act && draft) act();
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.closest("input, textarea, select") || !draft) return;
    const key = event.key.toLowerCase();
    const act = key === "y" || (key === "z" && event.shiftKey) ? p2pdnr.redo : key === "z" ? p2pdnr.undo : null;
    if (!act) return;
    event.preventDefault();
    act();
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.p2pdnr = { ...window.dash_clientside.p2pdnr, hearDraft, hearCells, hearVerdict };
}(window.p2pdnr));
