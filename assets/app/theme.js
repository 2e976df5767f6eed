// Runs in the head, before the first paint: theme and freezing are known before anything is drawn.
(function () {
  "use strict";
  const query = new URLSearchParams(window.location.search);
  const root = document.documentElement;
  const stored = (name) => {
    try {
      return window.localStorage.getItem(name);
    } catch (error) {
      return null;
    }
  };
  const wanted = query.get("theme") || stored("p2pdnr-theme");
  const system = window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  root.dataset.theme = wanted === "dark" || wanted === "light" ? wanted : system;
  if (query.get("present") === "1") root.dataset.present = "1";
  // An address that asks for a view of its own shows everything at once; else the talk begins. app/present.js reads it.
  const view = ["tab", "mode", "pane", "lesson"].some((name) => query.has(name));
  root.dataset.slide = query.get("slide") || (view ? "all" : "first");
  if (root.dataset.present && root.dataset.slide !== "all") root.dataset.talk = "diagram";
  if (query.get("embed") === "diagram") root.dataset.embed = "1";
  if (query.get("freeze") === "1") root.dataset.freeze = "1";
  // What is said at a first visit (app/welcome.js) has its place before it is there.
  const { present, embed, freeze } = root.dataset;
  const first = !(present || embed || freeze || query.has("lesson") || stored("p2pdnr-visited"));
  root.dataset.visit = first ? "first" : "again";
})();
