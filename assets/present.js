// Presentation: large type, the diagram first, no table. `?present=1`, or the button of the bar.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { byId, store } = p2pdnr;

  p2pdnr.presenting = () => document.documentElement.dataset.present === "1";

  // A chart's layout with type as large as the page's small type.
  p2pdnr.forTheRoom = function (layout) {
    const size = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--small"));
    const large = JSON.parse(JSON.stringify(layout).replace(/"size":12\b/g, `"size":${size}`));
    return p2pdnr.presenting() ? { ...large, margin: { ...large.margin, l: 64, b: 40, t: 40 } } : large;
  };

  function toggle() {
    const on = !p2pdnr.presenting();
    if (on) document.documentElement.dataset.present = "1"; else delete document.documentElement.dataset.present;
    byId("present").setAttribute("aria-pressed", String(on));
    const url = new URL(window.location.href);
    if (on) url.searchParams.set("present", "1"); else url.searchParams.delete("present");
    window.history.replaceState(null, "", url);
    p2pdnr.redraw();
    p2pdnr.renderChart(store.get());
  }

  p2pdnr.wirePresent = function () {
    byId("present").setAttribute("aria-pressed", String(p2pdnr.presenting()));
    byId("present").addEventListener("click", toggle);
  };
}(window.p2pdnr));
