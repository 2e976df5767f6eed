// Pointing at the diagram: panels by pointer or keyboard, prosumers chosen by click or Enter.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { byId, store, html } = p2pdnr;
  let pointed = null;

  p2pdnr.refreshPanel = function () { if (pointed) openPanel(pointed); };

  function openPanel(target) {
    pointed = target;
    const { payload, drawing } = p2pdnr.view;
    const panel = byId("panel") || byId("diagram").appendChild(html("div", { class: "panel", id: "panel", role: "status" }));
    const { hour } = store.get();
    const [kind, index] = target;
    panel.replaceChildren(...(kind === "bus" ? p2pdnr.busPanel(payload, index, hour) : p2pdnr.linePanel(payload, index, hour)));
    panel.hidden = false;
    const at = kind === "bus" ? drawing.places[index] : spotOf(drawing.lines[index].wire);
    p2pdnr.placePanel(panel, byId("diagram"), at, drawing.places);
  }

  function spotOf(path) {
    const point = path.getPointAtLength(path.getTotalLength() / 2);
    return [point.x, point.y];
  }

  function closePanel() {
    pointed = null;
    if (byId("panel")) byId("panel").hidden = true;
  }

  function targetOf(node) {
    const found = node.closest && node.closest("[data-bus], [data-line]");
    if (!found) return null;
    return found.dataset.bus ? ["bus", found.dataset.bus - 1] : ["line", found.dataset.line - 1];
  }

  function choose(bus) {
    const here = p2pdnr.view.drawing.at[bus] || [];
    const { chosen } = store.get();
    const next = here.length ? here[here.indexOf(chosen) + 1] : undefined;
    store.set({ chosen: next === undefined ? null : next });
  }

  // One tab stop for the whole drawing; arrow keys go to the nearest bus or line in that direction.
  p2pdnr.roam = function () {
    const nodes = [...p2pdnr.view.drawing.buses.map(({ node }) => node), ...p2pdnr.view.drawing.lines.map(({ hit }) => hit)];
    nodes.forEach((node, i) => {
      node.tabIndex = i === 0 ? 0 : -1;
      const [kind, index] = targetOf(node);
      node.setAttribute("aria-label", p2pdnr.elementLabel(p2pdnr.view.payload, kind, index, store.get().hour));
    });
  };

  function step(event, node) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    const spots = [...p2pdnr.view.drawing.buses.map(({ node: n }, i) => [n, p2pdnr.view.drawing.places[i]]), ...p2pdnr.view.drawing.lines.map(({ hit }) => [hit, spotOf(hit)])];
    const here = spots.find(([n]) => n === node)[1];
    const best = spots.map(([n, [x, y]]) => {
      const [dx, dy] = [x - here[0], y - here[1]];
      const ahead = dx * way[0] + dy * way[1];
      return { n, cost: ahead > 4 ? ahead + 2.5 * Math.abs(dx * way[1] - dy * way[0]) : Infinity };
    }).sort((a, b) => a.cost - b.cost)[0];
    if (best.cost === Infinity) return;
    node.tabIndex = -1;
    best.n.tabIndex = 0;
    best.n.focus();
  }

  p2pdnr.wireDiagram = function () {
    const holder = byId("diagram");
    holder.addEventListener("pointerover", (event) => { const target = targetOf(event.target); if (target) openPanel(target); else closePanel(); });
    holder.addEventListener("pointerleave", closePanel);
    holder.addEventListener("focusin", (event) => {
      const target = targetOf(event.target);
      if (!target) return;
      event.target.setAttribute("aria-label", p2pdnr.elementLabel(p2pdnr.view.payload, target[0], target[1], store.get().hour));
      openPanel(target);
    });
    holder.addEventListener("focusout", closePanel);
    holder.addEventListener("click", (event) => { const target = targetOf(event.target); if (target && target[0] === "bus") choose(target[1]); else if (!target) store.set({ chosen: null }); });
    holder.addEventListener("keydown", (event) => {
      const target = targetOf(event.target);
      if (!target) return;
      if (event.key === "Enter" && target[0] === "bus") choose(target[1]);
      if (event.key === "Escape") { store.set({ chosen: null }); closePanel(); }
      step(event, event.target);
    });
  };
}(window.p2pdnr));
