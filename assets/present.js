// Presentation: large type, the diagram first, no table. `?present=1`, or the button of the bar.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { byId, store } = p2pdnr;

  p2pdnr.presenting = () => document.documentElement.dataset.present === "1";

  // A chart's layout with type as large as the page's small type, and every second hour where `width` has no room for all.
  p2pdnr.forTheRoom = function (layout, width) {
    const size = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--small"));
    const large = JSON.parse(JSON.stringify(layout).replace(/"size":12\b/g, `"size":${size}`));
    const { xaxis } = large;
    const wide = (xaxis.ticktext || []).join("").length * 0.6 * size;
    if (wide > width - 110) Object.assign(xaxis, { tickvals: xaxis.tickvals.filter((_, i) => i % 2 === 0), ticktext: xaxis.ticktext.filter((_, i) => i % 2 === 0) });
    // names beside curves are placed for small type on a usual width
    if (p2pdnr.presenting() || width < 400) {
      const direct = (large.annotations || []).filter(({ name }) => name === "direct");
      if (direct.length) Object.assign(large, { showlegend: true, annotations: large.annotations.filter((one) => !direct.includes(one)), margin: { ...large.margin, r: 10, t: 28 } });
    }
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
