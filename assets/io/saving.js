// Files that are saved: made here, or fetched from the server.

import { html } from "../page/elements.js";
import { say } from "../page/status.js";
import { t } from "../page/language.js";
import { told } from "../page/told.js";

export function saveFile(blob, name) {
  const link = html("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

export async function fetchFile(url, name) {
  say(t`Making ${name} \u2026`);
  const answer = await fetch(url);
  if (!answer.ok) {
    const found = await answer.json().catch(() => ({}));
    throw new Error(
      answer.status === 404
        ? t("This result has expired on the server. Solve again.")
        : told(found.error && found.error.message) || t("The file could not be made."),
    );
  }
  saveFile(await answer.blob(), name);
}
