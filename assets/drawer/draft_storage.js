// What was typed outlives a reload: edits wait in the browser's own tab until they are taken back or another day is
// opened, solved ones too, whose answer the server has stored.

import { say } from "../page/status.js";
import { store } from "../page/store.js";
import { t } from "../page/language.js";
import { fetchCase } from "../io/jobs_client.js";
import { openDraft } from "./cases.js";
import { changeDraft, currentDraft, isOwn } from "./draft.js";
import { tableColumns } from "./table.js";

const KEY = "p2pdnr-edits";
const MOST_TRIES = 3;

function keep({ verdict }) {
  const draft = currentDraft();
  if (!verdict || !draft) return;
  try {
    const changed = verdict.edited || verdict.moved || isOwn(draft);
    if (changed && draft.origin !== "given") window.sessionStorage.setItem(KEY, JSON.stringify(draft));
    else window.sessionStorage.removeItem(KEY);
  } catch (error) {
    /* no room, or a browser that keeps nothing: the page itself still holds the edits */
  }
}

// What is kept, unless it was opened before and no verdict ever came: then it is what keeps the page from working.
function kept() {
  try {
    const { tries, ...draft } = JSON.parse(window.sessionStorage.getItem(KEY)) || {};
    if (!Array.isArray(draft.rows) || tries >= MOST_TRIES) {
      window.sessionStorage.removeItem(KEY);
      return null;
    }
    window.sessionStorage.setItem(KEY, JSON.stringify({ ...draft, tries: (tries || 0) + 1 }));
    return draft;
  } catch (error) {
    return null;
  }
}

// Rows with every column that the table has today.
/** @param {Texts[]} rows */
const whole = (rows) =>
  rows.map((row) => ({ like: "", ...Object.fromEntries(tableColumns().map(({ key }) => [key, ""])), ...row }));

const TEXTS = ["rows", "settings", "profiles", "preferences", "places", "trading"];
/** @param {Draft} draft */
const said = (draft) => JSON.stringify(TEXTS.map((part) => draft[part]));

// Edits of a case come back onto it, as one step that Undo takes back; an import is opened as it was.
export async function openKept() {
  const draft = kept();
  if (!draft || (draft.origin === currentDraft().origin && said(draft) === said(currentDraft()))) return;
  const { settings, profiles, preferences, places, hours, step_h, trading, mode, next } = {
    ...currentDraft(),
    ...draft,
  };
  try {
    if (!draft.case && (draft.imported || String(draft.origin).startsWith("import-")))
      await openDraft(draft, draft.origin, null);
    else {
      if (draft.origin !== currentDraft().origin) {
        const found = await fetchCase(draft.origin);
        await openDraft(found.draft, draft.origin, found.results);
      }
      changeDraft({
        rows: whole(draft.rows),
        settings: { ...currentDraft().settings, ...settings },
        profiles,
        preferences: preferences || {},
        places: places || {},
        hours,
        step_h,
        trading,
        mode,
        next,
      });
    }
    say(t("What you had typed is back; Undo drops it."));
  } catch (error) {
    window.sessionStorage.removeItem(KEY);
  }
}

export const wireDraftStorage = () => store.on("verdict", keep);
