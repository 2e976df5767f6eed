// Pointing at the diagram: panels by pointer or keyboard, a click keeps one open; prosumers chosen by click or Enter.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { byId, store, html } = p2pdnr;
  let pointed = null;
  let pinned = null;

  // The day as the diagram has it: the result, or what someone tries on it.
  p2pdnr.seen = () => p2pdnr.view.trial || p2pdnr.view.payload;

  p2pdnr.refreshPanel = function () {
    if (pinned) showDetails();
    if (pointed) openPanel(pointed);
  };

  function openPanel(target) {
    const { drawing } = p2pdnr.view;
    const [kind, index] = target;
    const panel = byId("panel") || byId("diagram").appendChild(html("div", { class: "panel", id: "panel", role: "status" }));
    panel.replaceChildren(...(kind === "bus" ? p2pdnr.busPanel : p2pdnr.linePanel)(p2pdnr.seen(), index, store.get().hour));
    panel.hidden = false;
    const at = kind === "bus" ? drawing.places[index] : spotOf(drawing.lines[index].wire);
    p2pdnr.placePanel(panel, byId("diagram"), p2pdnr.onScreen(at), drawing.places.map(p2pdnr.onScreen));
  }

  function closing() {
    const button = html("button", { type: "button", class: "plain icon close", "aria-label": "Close the details" }, "\u00d7");
    button.addEventListener("click", () => unpin(true));
    return button;
  }

  // Beside the diagram where there is room, else over it.
  function emptyDetails() {
    const [body, tools] = ["body", "tools"].map((name) => html("div", { class: name }));
    const found = html("section", { class: "details", id: "details", "aria-label": "Details", tabindex: 0 }, body, tools, closing());
    found.addEventListener("keydown", (event) => { if (event.key === "Escape") unpin(true); });
    return found;
  }

  // The tools are built once for what they are of, so that a hand on them is not shaken off.
  function showDetails() {
    const [kind, index] = pinned;
    const { hour, chosen, trial } = store.get();
    const details = byId("details") || emptyDetails();
    const home = window.matchMedia("(min-width: 1081px)").matches ? byId("charts") : byId("diagram");
    if (details.parentNode !== home) home.append(details);
    details.querySelector(".body").replaceChildren(...(kind === "bus" ? p2pdnr.busDetails(p2pdnr.seen(), index, hour, chosen) : p2pdnr.lineDetails(p2pdnr.seen(), index, hour)));
    const key = `${kind} ${index} ${chosen} ${Boolean(trial)}`;
    if (details.dataset.key === key) return;
    details.dataset.key = key;
    const tool = p2pdnr.pvTool(pinned);
    details.querySelector(".tools").replaceChildren(...(tool ? [tool] : []));
  }

  function spotOf(path) {
    const point = path.getPointAtLength(path.getTotalLength() / 2);
    return [point.x, point.y];
  }

  function closePanel() {
    pointed = null;
    if (byId("panel")) byId("panel").hidden = true;
  }

  function unpin(back) {
    if (!pinned) return;
    const [kind, index] = pinned;
    pinned = null;
    if (byId("details")) byId("details").remove();
    if (back) (kind === "bus" ? p2pdnr.view.drawing.buses[index].node : p2pdnr.view.drawing.lines[index].hit).focus({ preventScroll: true });
  }

  function pin(target) {
    pinned = target;
    showDetails();
  }

  // While details stand over the diagram, nothing else opens there.
  const covered = () => Boolean(pinned && byId("details").parentNode === byId("diagram"));

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

  // A click or Enter: in a trial lines switch; else a bus chooses its prosumers in turn, and the panel stays open.
  function act(target) {
    const { trial } = store.get();
    if (trial && target[0] === "line") { p2pdnr.toggleLine(target[1]); return; }
    if (target[0] === "bus") choose(target[1]);
    const again = pinned && pinned.join() === target.join();
    if (again && (target[0] === "line" || store.get().chosen === null)) unpin(false); else pin(target);
  }

  // One tab stop for the whole drawing; arrow keys go to the nearest bus or line in that direction.
  p2pdnr.roam = function () {
    const { drawing } = p2pdnr.view;
    unpin(false);
    closePanel();
    const nodes = [...drawing.buses.map(({ node }) => node), ...drawing.lines.map(({ hit }) => hit)];
    nodes.forEach((node, i) => {
      node.tabIndex = i === 0 ? 0 : -1;
      const [kind, index] = targetOf(node);
      node.setAttribute("aria-label", p2pdnr.elementLabel(p2pdnr.seen(), kind, index, store.get().hour));
    });
  };

  function step(event, node) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    const { drawing } = p2pdnr.view;
    const spots = [...drawing.buses.map(({ node: n }, i) => [n, drawing.places[i]]), ...drawing.lines.map(({ hit }) => [hit, spotOf(hit)])];
    const here = spots.find(([n]) => n === node)[1];
    const best = spots.map(([n, [x, y]]) => {
      const [dx, dy] = [x - here[0], y - here[1]];
      const ahead = dx * way[0] + dy * way[1];
      return { n, at: [x, y], cost: ahead > 4 ? ahead + 2.5 * Math.abs(dx * way[1] - dy * way[0]) : Infinity };
    }).sort((a, b) => a.cost - b.cost)[0];
    if (best.cost === Infinity) return;
    node.tabIndex = -1;
    best.n.tabIndex = 0;
    p2pdnr.reveal(best.at);
    best.n.focus({ preventScroll: p2pdnr.zoomed() });
  }

  function keyed(event) {
    if (event.key === "Escape") { store.set({ chosen: null }); unpin(true); closePanel(); }
    const target = targetOf(event.target);
    if (!target) return;
    const pv = event.shiftKey && { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (pv && store.get().trial && target[0] === "bus") { event.preventDefault(); event.stopPropagation(); p2pdnr.nudgePv(target[1], pv); return; }
    if (event.key === "Enter" || (event.key === " " && store.get().trial)) { event.preventDefault(); event.stopPropagation(); act(target); }
    step(event, event.target);
  }

  p2pdnr.wireDiagram = function () {
    const holder = byId("diagram");
    const inside = (event) => event.target.closest(".details, .zoom");
    holder.addEventListener("pointerover", (event) => {
      if (covered() || inside(event)) return;
      pointed = targetOf(event.target);
      if (pointed) openPanel(pointed); else closePanel();
    });
    holder.addEventListener("pointerleave", closePanel);
    holder.addEventListener("focusin", (event) => {
      const target = targetOf(event.target);
      if (!target) return;
      event.target.setAttribute("aria-label", p2pdnr.elementLabel(p2pdnr.seen(), target[0], target[1], store.get().hour));
      if (covered()) return;
      pointed = target;
      openPanel(target);
    });
    holder.addEventListener("focusout", closePanel);
    holder.addEventListener("click", (event) => {
      if (inside(event) || p2pdnr.dragged()) return;
      const target = targetOf(event.target);
      if (target) act(target); else { unpin(false); store.set({ chosen: null }); }
    });
    holder.addEventListener("keydown", keyed);
    p2pdnr.wireZoom();
  };
}(window.p2pdnr));
