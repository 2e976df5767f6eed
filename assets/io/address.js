// The address for others: a QR code to project, with the remark that there is no login.

import { showDialog } from "../page/dialog.js";
import { byId, html } from "../page/elements.js";
import { presenting } from "../page/presenting.js";
import { t } from "../page/language.js";

// A card with code and address, or a line on how to share the page when it serves this machine alone.
export async function addressCard() {
  const answer = await fetch("/address.json")
    .then((got) => got.json())
    .catch(() => null);
  if (!answer) return html("p", { class: "quiet" }, t("The server does not answer."));
  if (!answer.url)
    return html(
      "p",
      { class: "quiet" },
      t("This page is for this machine alone. To share it on the local network, start it with make run HOST=0.0.0.0."),
    );
  return html(
    "div",
    { class: "address" },
    html("img", { src: "/address.svg", alt: t`QR code of ${answer.url}`, width: 176, height: 176 }),
    html("div", {}, html("p", { class: "address-url" }, answer.url), html("p", { class: "quiet" }, answer.note)),
  );
}

// A code large enough for the last row, from the bar.
function opener() {
  const button = html("button", { type: "button", id: "join-open" }, t("Join by phone"));
  button.addEventListener("click", showAddress);
  byId("theme").before(button);
}

// In presentation mode, where there is something to show: small in the corner beside the headline, where it covers
// nothing, and large by a button in the bar.
async function present() {
  if (!presenting() || byId("join")) return;
  const card = await addressCard();
  if (card.className !== "address" || byId("join")) return;
  byId("page").append(html("section", { class: "card join", id: "join", "aria-label": t("Join by phone") }, card));
  opener();
}

export const showAddress = async () => showDialog(t("Join on the local network"), await addressCard());

export function wireAddress() {
  byId("present").addEventListener("click", () => window.setTimeout(present));
  window.addEventListener("load", present);
  if (document.readyState === "complete") present();
}
