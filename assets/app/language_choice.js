// The language of the page, chosen under Export: the page is opened in it, with all that its address says.

import { byId } from "../page/elements.js";

export function wireLanguage() {
  const menu = byId("language");
  menu.addEventListener("change", () => {
    const url = new URL(window.location.href);
    url.searchParams.set("lang", menu.value);
    window.location.assign(url);
  });
}
