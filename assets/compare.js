// Two results side by side: headline figures, losses and voltages by hour, open lines, bills, and the list they come from.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { byId, html, svg, format, store } = p2pdnr;
  const MODES = { hourly: "hourly", static: "best fixed", fixed: "initial", "fixed-no-p2p": "initial, no trading" };
  const FIGURES = [["All costs, \u20ac", "objective_eur", 1], ["Losses, kWh", "losses_kwh", 1], ["PV curtailed, kWh", "curtailed_kwh", 0], ["Lowest voltage, p.u.", "vm_min_pu", 4], ["Highest voltage, p.u.", "vm_max_pu", 4], ["Community saves, \u20ac", "community_saving_eur", 1], ["Switching operations", "operations", 0]];
  let pair = null;

  // Hours at which other lines are open: [{hour, first: lines open only in the first, second: only in the second}].
  p2pdnr.topologyDifferences = function (first, second) {
    const hours = Math.min(first.length, second.length);
    const only = (lines, others) => lines.filter((line) => !others.includes(line));
    return Array.from({ length: hours }, (_, hour) => ({ hour, first: only(first[hour], second[hour]), second: only(second[hour], first[hour]) }))
      .filter((one) => one.first.length || one.second.length);
  };

  // Neighbouring hours with the same difference together: [{hour, last, first, second}].
  p2pdnr.spans = function (found) {
    const same = (one, other) => one.last + 1 === other.hour && String(one.first) === String(other.first) && String(one.second) === String(other.second);
    return found.reduce((spans, one) => {
      const last = spans[spans.length - 1];
      if (last && same(last, one)) last.last = one.hour; else spans.push({ ...one, last: one.hour });
      return spans;
    }, []);
  };

  const alike = (a, b) => a.network.lines === b.network.lines && a.network.buses === b.network.buses;

  // -- tables ------------------------------------------------------------------------------------------------------------

  function table(label, head, rows) {
    const cells = (texts, tag) => texts.map((text, i) => html(i ? tag : "th", { class: i ? "n" : null, scope: tag === "th" ? "col" : i ? null : "row" }, text));
    return html("div", { class: "compare-table", tabindex: 0, role: "region", "aria-label": label },
      html("table", { class: "plain tight" }, html("thead", {}, html("tr", {}, ...cells(head, "th"))), html("tbody", {}, ...rows.map((row) => html("tr", {}, ...cells(row, "td"))))));
  }

  function figures({ a, b }) {
    const row = ([name, key, digits]) => {
      const [x, y] = [a.summary[key], b.summary[key]];
      return [name, format.number(x, digits), format.number(y, digits), Math.abs(y - x) < 0.5 * 10 ** -digits ? "=" : format.signed(y - x, digits)];
    };
    return table("Headline figures of A and B", ["The day", "A", "B", "B \u2212 A"], FIGURES.map(row));
  }

  function bills({ a, b }) {
    const totals = (payload) => Object.fromEntries(payload.prosumers.id.map((id, k) => [id, payload.bills.total_eur[k]]));
    const [x, y] = [totals(a), totals(b)];
    const ids = [...new Set([...a.prosumers.id, ...b.prosumers.id])];
    const change = (id) => (id in x && id in y ? y[id] - x[id] : null);
    const order = ids.sort((one, other) => Math.abs(change(other) || 0) - Math.abs(change(one) || 0));
    return table("Bills of A and B", ["Bill, \u20ac", "A", "B", "B \u2212 A"], order.map((id) => [id, format.number(x[id], 1), format.number(y[id], 1), change(id) === null ? "\u2013" : Math.abs(change(id)) < 0.05 ? "=" : format.signed(change(id), 1)]));
  }

  function topologies({ a, b }) {
    if (!alike(a, b)) return html("p", { class: "quiet" }, "A and B are different grids, so their open lines are not compared.");
    const found = p2pdnr.topologyDifferences(a.series.open_lines, b.series.open_lines);
    if (!found.length) return html("p", { class: "quiet" }, "The same lines are open at every hour.");
    const row = ({ hour, last, first, second }) => [`${format.clock(hour, a.step_h)}${last > hour ? `\u2013${format.clock(last, a.step_h)}` : ""}`, first.join(", ") || "\u2013", second.join(", ") || "\u2013"];
    return table("Open lines of A and B", [`Open lines, ${found.length} ${found.length === 1 ? "hour differs" : "hours differ"}`, "only A", "only B"], p2pdnr.spans(found).map(row));
  }

  // -- curves ------------------------------------------------------------------------------------------------------------

  function curves(title, unit, sets) {
    const columns = window.innerWidth > 1080 ? 3 : window.innerWidth > 640 ? 2 : 1;
    const room = byId("compare").clientWidth || 1200;
    const [width, height, left, bottom] = [Math.round((room - 32 * (columns - 1)) / columns), 150, 40, 22];
    const values = sets.flatMap(({ lines }) => lines.flat());
    const [low, high] = unit === "p.u." ? [Math.floor(Math.min(...values) * 50) / 50, Math.ceil(Math.max(...values) * 50) / 50] : [0, p2pdnr.curveScale(values).top];
    const hours = Math.max(...sets.map(({ lines }) => lines[0].length));
    const x = (hour) => left + ((width - left - 6) * (hour + 0.5)) / hours;
    const y = (value) => 8 + ((height - 8 - bottom) * (high - value)) / (high - low || 1);
    const text = (attributes, content) => { const node = svg("text", { class: "live-label", ...attributes }); node.textContent = content; return node; };
    const grid = [low, (low + high) / 2, high].flatMap((value) => [svg("line", { class: "live-grid", x1: left, x2: width - 6, y1: y(value), y2: y(value) }), text({ x: left - 6, y: y(value) + 4 }, format.number(value, unit === "p.u." ? 2 : high < 10 ? 1 : 0))]);
    const every = Math.ceil(hours / 8);
    const clocks = Array.from({ length: Math.ceil(hours / every) }, (_, i) => text({ x: x(i * every), y: height - 5, style: "text-anchor:middle" }, format.clock(i * every, pair.a.step_h).slice(-5, -3)));
    const path = (numbers) => numbers.map((value, hour) => `${x(hour).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    return html("figure", {}, html("figcaption", { class: "quiet" }, title), svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "compare-curves", role: "img", "aria-label": `${title} of A (dotted) and B` },
      ...grid, ...clocks, ...sets.flatMap(({ side, lines }) => lines.map((numbers) => svg("polyline", { class: `side-${side}`, points: path(numbers) })))));
  }

  function charts({ a, b }) {
    const volts = ({ series }) => [series.vm_min_pu, series.vm_max_pu];
    return html("div", { class: "compare-charts" }, html("p", { class: "quiet compare-key" }, html("span", { class: "key-a" }), "A", html("span", { class: "key-b" }), "B"),
      curves("Losses, kW", "kW", [{ side: "a", lines: [a.series.loss_kw] }, { side: "b", lines: [b.series.loss_kw] }]),
      curves("Lowest and highest voltage, p.u.", "p.u.", [{ side: "a", lines: volts(a) }, { side: "b", lines: volts(b) }]));
  }

  // -- the diagram -------------------------------------------------------------------------------------------------------

  // Lines whose state differs at the hour get a wide band under the drawing; "differs-a" where only A has the line open.
  function markDiagram() {
    document.querySelectorAll("#diagram .differences").forEach((node) => node.remove());
    const { hour, results, mode, marked, pane } = store.get();
    const shown = results[mode];
    const wires = document.querySelector("#diagram .wires");
    if (!marked || pane !== "compare" || !pair || !wires || !shown || !alike(pair.a, shown) || !alike(pair.a, pair.b)) return;
    const found = p2pdnr.topologyDifferences(pair.a.series.open_lines, pair.b.series.open_lines).find((one) => one.hour === hour);
    const all = wires.querySelectorAll(".wire");
    const band = (side) => (line) => svg("path", { class: `differs-${side}`, d: all[line - 1].getAttribute("d") });
    if (found) wires.before(svg("g", { class: "differences" }, ...found.first.map(band("a")), ...found.second.map(band("b"))));
  }

  // -- the pane ----------------------------------------------------------------------------------------------------------

  const nameOf = (run, mode) => `${run.number} \u00b7 ${MODES[mode]}`;

  function choice(side, { runs, sides }) {
    const groups = [...runs].reverse().map((run) => html("optgroup", { label: `${run.number} \u00b7 ${run.name}${run.at ? `, ${run.at}` : ""}` },
      ...Object.keys(MODES).filter((mode) => run.ids[mode]).map((mode) => html("option", { value: run.ids[mode] }, `${nameOf(run, mode)}${run.p2p ? "" : ", no trading"}`))));
    const select = html("select", { id: `side-${side}`, "aria-label": `Result ${side.toUpperCase()}` }, ...groups);
    select.value = sides[side];
    select.addEventListener("change", () => store.set({ sides: { ...store.get().sides, [side]: select.value } }));
    return html("label", { class: "side" }, html("span", {}, side.toUpperCase()), select);
  }

  function bar(state) {
    const swap = html("button", { type: "button", id: "swap" }, "Swap");
    swap.addEventListener("click", () => { const { sides } = store.get(); store.set({ sides: { a: sides.b, b: sides.a } }); byId("swap").focus(); });
    const mark = html("input", { type: "checkbox", id: "mark-differences", ...(state.marked ? { checked: "" } : {}) });
    mark.addEventListener("change", () => store.set({ marked: mark.checked }));
    return html("div", { class: "compare-bar" }, choice("a", state), choice("b", state), swap, html("label", { class: "check" }, mark, "Mark different lines on the diagram"));
  }

  function list({ runs, ids }) {
    const current = new Set(Object.values(ids));
    const item = (run) => {
      const here = Object.values(run.ids).some((id) => current.has(id));
      const open = html("button", { type: "button", class: "link", "aria-label": `Open solve ${run.number}` }, "Open");
      open.addEventListener("click", () => p2pdnr.reopen(run));
      const what = run.what.slice(0, 6).join("; ") + (run.what.length > 6 ? `; and ${run.what.length - 6} more` : "");
      return html("li", {}, html("strong", {}, String(run.number)), html("span", { class: "run-what" }, `${run.name}: ${what}`), html("span", { class: "quiet" }, `${MODES[run.mode]}${run.p2p ? "" : ", no trading"}${run.at ? `, ${run.at}` : ""}`), html("span", { class: "n" }, `${run.cost} \u20ac`), here ? html("span", { class: "quiet" }, "on show") : open);
    };
    return html("section", { class: "runs" }, html("h3", {}, "Solves of this session"), html("ol", {}, ...[...runs].reverse().map(item)));
  }

  // The two newest results, or two modes of the only one.
  function usual(runs) {
    const last = runs[runs.length - 1];
    const before = runs[runs.length - 2];
    const b = last.ids[last.mode] || Object.values(last.ids)[0];
    return { a: before ? before.ids[before.mode] || Object.values(before.ids)[0] : last.ids.static || last.ids.fixed || b, b };
  }

  async function show() {
    const state = store.get();
    const pane = byId("compare");
    if (!pane || state.pane !== "compare") return;
    if (!state.runs.length) { pane.replaceChildren(html("p", { class: "empty" }, "Nothing has been solved yet.")); return; }
    const held = new Set(state.runs.flatMap((run) => Object.values(run.ids)));
    if (!state.sides || !held.has(state.sides.a) || !held.has(state.sides.b)) { store.set({ sides: usual(state.runs) }); return; }
    const focused = pane.contains(document.activeElement) ? document.activeElement.id : "";
    try {
      const [a, b] = await Promise.all([p2pdnr.payloadOf(state.sides.a), p2pdnr.payloadOf(state.sides.b)]);
      pair = { a, b };
      pane.replaceChildren(bar(state), html("div", { class: "compare-grid" }, html("div", { class: "compare-lists" }, figures(pair), topologies(pair)), charts(pair), html("div", { class: "compare-lists" }, bills(pair))), list(state));
    } catch (error) {
      pane.replaceChildren(bar(state), html("p", { class: "empty" }, error.message), list(state));
    }
    if (focused && byId(focused)) byId(focused).focus();
    markDiagram();
  }

  // An earlier solve comes back with its table and its result; Undo leads back.
  p2pdnr.reopen = async function (run) {
    const draft = run.draft || (await p2pdnr.fetchCase(run.origin)).draft;
    const solved = { rows: draft.rows, settings: draft.settings, profiles: draft.profiles, preferences: draft.preferences, trading: draft.trading };
    await p2pdnr.openDraft({ ...draft, solved }, run.origin, run.ids);
    p2pdnr.say(`Solve ${run.number} is open again.`);
  };

  store.on("pane runs sides", show);
  store.on("ids", show);
  window.addEventListener("resize", show);
  store.on("hour mode results marked sides pane", () => window.requestAnimationFrame(markDiagram));
  // A diagram that is built anew, for a resized window say, keeps its bands.
  let watch = null;
  store.on("pane", () => {
    if (watch) return;
    watch = new MutationObserver(markDiagram);
    watch.observe(byId("diagram"), { childList: true });
  });
}(window.p2pdnr));
