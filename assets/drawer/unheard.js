// A draft that nobody reads, because the server is gone: the page says so, and has it read once the server is back.

import { say } from "../page/status.js";
import { store } from "../page/store.js";
import { t } from "../page/language.js";
import { fetchSolver } from "../io/jobs_client.js";
import { currentDraft, put, stamped } from "./draft.js";

const WAIT_MS = 4000;
let timer = null;

/** @param {boolean} gone whether the server did not answer when it was asked last */
async function ask(gone) {
  if (store.get().verdict || !currentDraft()) return;
  try {
    await fetchSolver();
    // What was told to a server that has gone is told again; one that is busy gets its time.
    if (gone && !store.get().verdict) {
      say(t("The server is back."));
      put(stamped(currentDraft()));
    } else wait(false);
  } catch (error) {
    say(t("The server does not answer. What you type stays here and is read when it is back."), "bad");
    wait(true);
  }
}

/** @param {boolean} gone */
function wait(gone) {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => ask(gone), WAIT_MS);
}

export const wireUnheard = () => store.on("draft", () => wait(false));
