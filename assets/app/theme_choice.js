// Dark or light, as chosen in the bar.

import { byId } from "../page/elements.js";
import { store } from "../page/store.js";

export function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  try {
    window.localStorage.setItem("p2pdnr-theme", theme);
  } catch (error) {
    /* private browsing: the choice lasts for the page */
  }
  store.set({ theme });
}

export function wireTheme() {
  byId("theme").addEventListener("click", () => setTheme(store.get().theme === "dark" ? "light" : "dark"));
}
