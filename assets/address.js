// The address for others: a QR code to project, with the remark that there is no login.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { html } = p2pdnr;

  // A card with code and address, or a line on how to share the page when it serves this machine alone.
  p2pdnr.addressCard = async function () {
    const answer = await fetch("/address.json").then((got) => got.json()).catch(() => null);
    if (!answer) return html("p", { class: "quiet" }, "The server does not answer.");
    if (!answer.url) return html("p", { class: "quiet" }, "This page is for this machine alone. To share it on the local network, start it with make run HOST=0.0.0.0.");
    return html("div", { class: "address" }, html("img", { src: "/address.svg", alt: `QR code of ${answer.url}`, width: 176, height: 176 }),
      html("div", {}, html("p", { class: "address-url" }, answer.url), html("p", { class: "quiet" }, answer.note)));
  };

  // In presentation mode it stands on the page, where there is something to show.
  async function present() {
    const holder = p2pdnr.byId("address") || document.querySelector(".side");
    const card = await p2pdnr.addressCard();
    if (card.className === "address") holder.append(html("section", { class: "card", "aria-label": "Join by phone" }, html("h2", {}, "Join by phone"), card));
  }

  p2pdnr.showAddress = async () => p2pdnr.dialog("Join on the local network", await p2pdnr.addressCard());
  if (new URLSearchParams(window.location.search).get("present") === "1") present();
}(window.p2pdnr));
