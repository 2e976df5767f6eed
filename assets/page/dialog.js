// The dialog of the page, and fields to copy from.

import { byId, html } from "./elements.js";
import { t } from "./language.js";

// One dialog for the page; children are nodes. Escape and Close end it, focus goes back to where it was.
export function showDialog(title, ...children) {
  const dialog =
    byId("dialog") || document.body.appendChild(html("dialog", { id: "dialog", "aria-labelledby": "dialog-title" }));
  const close = html("button", { type: "button", class: "primary" }, t("Close"));
  close.addEventListener("click", () => dialog.close());
  dialog.className = "";
  dialog.replaceChildren(
    html("h2", { id: "dialog-title" }, title),
    ...children,
    html("div", { class: "dialog-end" }, close),
  );
  if (!dialog.open) dialog.showModal();
  return dialog;
}

// Puts text on the clipboard where the browser lets us, else selects it for the person to do so.
export async function copyText(field) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch (error) {
    return document.execCommand("copy");
  }
  return true;
}

export function copyField(label, text, rows) {
  const field = rows
    ? html("textarea", { readonly: "", rows, "aria-label": label })
    : html("input", { type: "text", readonly: "", "aria-label": label });
  field.value = text;
  const button = html("button", { type: "button" }, t("Copy"));
  button.addEventListener("click", async () => {
    button.textContent = (await copyText(field)) ? t("Copied") : t("Press Ctrl+C");
  });
  return html("div", { class: "copy-field" }, field, button);
}
