// Share links: only what differs from a named case travels, behind the "#", which no server sees or keeps.

import { copyField, showDialog } from "../page/dialog.js";
import { html } from "../page/elements.js";
import { say } from "../page/status.js";
import { store } from "../page/store.js";
import { t } from "../page/language.js";
import { told } from "../page/told.js";
import { openDraft } from "./cases.js";
import { tellDash, unchanged } from "./dash.js";
import { currentDraft } from "./draft.js";
import { showFileProblems } from "./imports.js";

const MARK = "#s=";

export function shareDraft() {
  const { verdict } = store.get();
  if (!verdict || !verdict.scenario)
    throw new Error(verdict ? t("Correct the marked cells first.") : t("The table is still being read."));
  tellDash("share-ask", { draft: currentDraft(), at: Date.now() });
}

// Opens the link of the address, if it is one; says whether.
export function openShared() {
  const shared = window.location.hash.startsWith(MARK);
  if (shared) tellDash("share-ask", { open: window.location.hash.slice(MARK.length), at: Date.now() });
  return shared;
}

function showLink(link) {
  const address = `${window.location.origin}${window.location.pathname}${MARK}${link}`;
  showDialog(
    t("Share link"),
    html(
      "p",
      {},
      t(
        "Whoever opens it on this server, or on another copy of this page with the same case, " +
          "sees your edits, not yet solved.",
      ),
    ),
    copyField(t("Share link"), address),
  );
}

function offerFile(message) {
  const button = html("button", { type: "button" }, t("Download the scenario"));
  button.addEventListener("click", () => document.getElementById("out-scenario").click());
  showDialog(t("Share the file instead"), html("p", {}, message), html("p", {}, button));
}

export function hearShare(answer) {
  if (!answer) return unchanged();
  if (answer.link) showLink(answer.link);
  else if (answer.draft) {
    window.history.replaceState(null, "", window.location.pathname + window.location.search);
    openDraft(answer.draft, answer.case, answer.results).then(() =>
      say(t("The edits of a shared link are open. Solve to see their effect.")),
    );
  } else if (answer.file) offerFile(answer.problems.map(told).join(" "));
  else showFileProblems(t("The share link"), answer.problems);
  return unchanged();
}

export const wireShare = () => window.addEventListener("hashchange", openShared);
