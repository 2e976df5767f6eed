// Runs in the head, before the first paint: theme and freezing are known before anything is drawn.
(function () {
  "use strict";
  const query = new URLSearchParams(window.location.search);
  const root = document.documentElement;
  const stored = (() => {
    try {
      return window.localStorage.getItem("p2pdnr-theme");
    } catch (error) {
      return null;
    }
  })();
  const wanted = query.get("theme") || stored;
  const system = window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  root.dataset.theme = wanted === "dark" || wanted === "light" ? wanted : system;
  if (query.get("present") === "1") root.dataset.present = "1";
  const view = ["tab", "mode", "pane", "lesson"].some((name) => query.has(name));
  const slide = query.get("slide") || (view ? "all" : "first");
  if (root.dataset.present && slide !== "all") root.dataset.talk = "diagram";
  if (query.get("embed") === "diagram") root.dataset.embed = "1";
  if (query.get("freeze") === "1") root.dataset.freeze = "1";
})();
