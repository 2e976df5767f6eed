// What was typed outlives a reload: unsolved edits wait in the browser's own tab until they are solved or taken back.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { store } = p2pdnr;
  const KEY = "p2pdnr-edits";
  const MOST_TRIES = 3;

  function keep({ verdict }) {
    const draft = p2pdnr.draft();
    if (!verdict || !draft) return;
    try {
      if (verdict.edited && draft.origin !== "given") window.sessionStorage.setItem(KEY, JSON.stringify(draft));
      else window.sessionStorage.removeItem(KEY);
    } catch (error) { /* no room, or a browser that keeps nothing: the page itself still holds the edits */ }
  }

  // What is kept, unless it was opened before and no verdict ever came: then it is what keeps the page from working.
  function kept() {
    try {
      const { tries, ...draft } = JSON.parse(window.sessionStorage.getItem(KEY)) || {};
      if (!Array.isArray(draft.rows) || tries >= MOST_TRIES) { window.sessionStorage.removeItem(KEY); return null; }
      window.sessionStorage.setItem(KEY, JSON.stringify({ ...draft, tries: (tries || 0) + 1 }));
      return draft;
    } catch (error) { return null; }
  }

  // Rows with every column that the table has today.
  const whole = (rows) => rows.map((row) => ({ like: "", ...Object.fromEntries(p2pdnr.tableColumns().map(({ key }) => [key, ""])), ...row }));

  // Edits of a case come back onto it, as one step that Undo takes back; an import is opened as it was.
  p2pdnr.openKept = async function () {
    const draft = kept();
    if (!draft) return;
    const { settings, profiles, preferences, hours, step_h, trading, mode, next } = { ...p2pdnr.draft(), ...draft };
    try {
      if (draft.imported && !draft.case) await p2pdnr.openDraft(draft, draft.origin, null);
      else {
        if (draft.origin !== p2pdnr.draft().origin) {
          const found = await p2pdnr.fetchCase(draft.origin);
          await p2pdnr.openDraft(found.draft, draft.origin, found.results);
        }
        p2pdnr.change({ rows: whole(draft.rows), settings: { ...p2pdnr.draft().settings, ...settings }, profiles, preferences: preferences || {}, hours, step_h, trading, mode, next });
      }
      p2pdnr.say("What you had typed is back; Undo drops it.");
    } catch (error) { window.sessionStorage.removeItem(KEY); }
  };

  store.on("verdict", keep);
}(window.p2pdnr));
