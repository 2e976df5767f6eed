// Beating the optimiser by hand: lines switch by click or Enter, PV is dragged; what that does is told at once.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { byId, store, html, format } = p2pdnr;
  const MOST_PV = 3;
  let tag = null;

  const fresh = Object.freeze({ closed: null, pv: Object.freeze({}), past: Object.freeze([]), mine: null });
  const shownClosed = (hour) => Uint8Array.from(p2pdnr.view.payload.lines.closed[hour]);
  const now = () => { const { trial, hour } = store.get(); return trial && trial.closed ? trial.closed : shownClosed(hour); };

  function change(changes) {
    store.set({ trial: Object.freeze({ ...store.get().trial, ...changes }) });
  }

  p2pdnr.startTrial = function () {
    if (!p2pdnr.view.payload || store.get().trial) return;
    store.set({ trial: fresh, playing: false });
  };
  p2pdnr.endTrial = () => store.set({ trial: null });

  function switched(closed) {
    const { trial } = store.get();
    change({ closed, past: [...trial.past, trial.closed].slice(-200), mine: null });
  }

  p2pdnr.toggleLine = function (line) {
    const { payload } = p2pdnr.view;
    if (!payload.network.switchable[line]) { p2pdnr.say(`Line ${line + 1} has no switch.`); return; }
    const closed = now().slice();
    closed[line] = closed[line] ? 0 : 1;
    switched(closed);
  };

  // A topology to try, given by its open lines (from 0).
  p2pdnr.tryTopology = function (open) {
    p2pdnr.startTrial();
    const closed = new Uint8Array(p2pdnr.view.payload.network.lines).fill(1);
    open.forEach((line) => { closed[line] = 0; });
    switched(closed);
  };

  function reveal() {
    const { trial, hour } = store.get();
    if (trial.mine) { change({ closed: trial.mine.closed, mine: null }); return; }
    const { found } = p2pdnr.ranking(p2pdnr.view.payload, hour, trial.pv);
    if (!found || !found.best.length) return;
    const closed = new Uint8Array(p2pdnr.view.payload.network.lines).fill(1);
    found.best[0].open.forEach((line) => { closed[line] = 0; });
    change({ closed, mine: { closed: trial.closed, proved: found.all, cost: p2pdnr.view.trial.costs[hour], loss: p2pdnr.view.trial.series.loss_kw[hour] } });
  }

  // -- PV ----------------------------------------------------------------------------------------------------------------

  function solarAt(bus) {
    const { drawing, payload } = p2pdnr.view;
    const here = (drawing.at[bus] || []).filter((k) => payload.prosumers.day.pv_kw[k].some((kw) => kw > 0.005));
    const { chosen } = store.get();
    return here.includes(chosen) ? chosen : here[0];
  }
  const factor = (k) => { const { pv } = store.get().trial; return pv[k] === undefined ? 1 : pv[k]; };

  function setPv(k, value) {
    const rounded = Math.round(20 * Math.min(MOST_PV, Math.max(0, value))) / 20;
    const { [k]: old, ...others } = store.get().trial.pv;
    if (rounded !== old) change({ pv: rounded === 1 ? others : { ...others, [k]: rounded } });
    const input = byId("pv-factor");
    if (input && Number(input.dataset.k) === k) { input.value = rounded; input.nextElementSibling.textContent = `\u00d7 ${rounded.toFixed(2)}`; }
  }

  function showTag(k) {
    const { drawing, payload } = p2pdnr.view;
    const [x, y] = p2pdnr.onScreen(drawing.places[payload.prosumers.bus[k] - 1]);
    tag = tag || html("div", { class: "tag" });
    tag.textContent = `${payload.prosumers.id[k]}: PV \u00d7 ${factor(k).toFixed(2)}`;
    byId("diagram").append(tag);
    tag.style.left = `${Math.min(byId("diagram").clientWidth - tag.offsetWidth, Math.max(0, x - tag.offsetWidth / 2))}px`;
    tag.style.top = `${Math.max(0, y - 38)}px`;
    window.clearTimeout(tag.timer);
    tag.timer = window.setTimeout(() => tag.remove(), 1200);
  }

  // A pointer on a prosumer's square drags its PV: 80 px are as much again. Nothing outside of a trial.
  p2pdnr.grabPv = function (event) {
    const node = event.target.closest("[data-bus]");
    const k = store.get().trial && node ? solarAt(node.dataset.bus - 1) : undefined;
    if (k === undefined) return null;
    const start = factor(k);
    return (up) => { setPv(k, start + up / 80); showTag(k); };
  };

  p2pdnr.nudgePv = function (bus, way) {
    const k = solarAt(bus);
    if (k === undefined) return;
    setPv(k, factor(k) + 0.05 * way);
    showTag(k);
  };

  // The PV of a trial becomes an edit, to be negotiated by Solve.
  function keepPv(k) {
    const id = p2pdnr.view.payload.prosumers.id[k];
    const row = p2pdnr.draft().rows.find((one) => one.id.trim() === id);
    const kw = row ? Number(row.pv_kw) * factor(k) : NaN;
    if (!Number.isFinite(kw)) { p2pdnr.say(`The PV of ${id} in the table is no number.`, "bad"); return; }
    p2pdnr.change({ rows: p2pdnr.draft().rows.map((one) => (one === row ? { ...row, pv_kw: String(Number(kw.toFixed(3))) } : one)) });
    p2pdnr.say(`${id}: PV ${Number(kw.toFixed(3))} kW in the table. Solve negotiates it.`);
  }

  // The slider in a panel that stays open, for whoever does not drag.
  p2pdnr.pvTool = function ([kind, index]) {
    const k = store.get().trial && kind === "bus" ? solarAt(index) : undefined;
    if (k === undefined) return null;
    const input = html("input", { type: "range", id: "pv-factor", min: 0, max: MOST_PV, step: 0.05, value: factor(k), "data-k": k });
    input.addEventListener("input", () => setPv(k, Number(input.value)));
    const keep = html("button", { type: "button", class: "small" }, "Put into the table");
    keep.addEventListener("click", () => keepPv(k));
    return html("div", {}, html("label", { class: "pv-tool" }, html("span", {}, "PV"), input, html("output", {}, `\u00d7 ${factor(k).toFixed(2)}`)), keep);
  };

  // -- what it does --------------------------------------------------------------------------------------------------------

  // What limits a trial breaks in an hour, in words.
  p2pdnr.breaches = function ({ network, buses, lines }, hour) {
    const roots = new Set(network.substations);
    const volts = buses.vm_pu[hour].map((value, bus) => [value, bus + 1]).filter(([value, bus]) => value !== null && !roots.has(bus));
    const worst = (pick) => volts.reduce((best, item) => (best === null || pick(item[0], best[0]) ? item : best), null);
    const [low, high] = [worst((a, b) => a < b), worst((a, b) => a > b)];
    const load = lines.loading_percent[hour].reduce((most, value, line) => (value !== null && value > most[0] ? [value, line + 1] : most), [0, 0]);
    return [
      high && high[0] > network.vm_max_pu + 1e-5 && `bus ${high[1]} rises to ${format.number(high[0], 3)} p.u.`,
      low && low[0] < network.vm_min_pu - 1e-5 && `bus ${low[1]} falls to ${format.number(low[0], 3)} p.u.`,
      load[0] > 100.05 && `line ${load[1]} is loaded to ${format.number(load[0])} %`,
    ].filter(Boolean);
  };

  const total = (values, step) => step * values.reduce((sum, value) => sum + (value || 0), 0);

  p2pdnr.trialRank = function (payload, trial, day, hour) {
    if (day.costs[hour] === null || !day.whole) return null;
    const entry = p2pdnr.ranking(payload, hour, trial.pv);
    return entry.found ? { ...entry.found, rank: p2pdnr.rankOf(entry.found.costs, day.costs[hour]) } : { rank: null, failed: entry.failed };
  };

  function cards(payload, trial, day, hour) {
    const { series, network } = day;
    const dash = "\u2013";
    const loss = day.whole ? series.loss_kw[hour] : null;
    const rank = p2pdnr.trialRank(payload, trial, day, hour);
    const beyond = p2pdnr.breaches(day, hour).length > 0;
    const percent = loss === null ? null : series.max_loading_percent[hour];
    const inside = series.vm_max_pu[hour] <= network.vm_max_pu + 1e-5 && series.vm_min_pu[hour] >= network.vm_min_pu - 1e-5;
    const worse = loss === null ? 0 : loss - payload.series.loss_kw[hour];
    return [
      { name: "Losses now", value: loss === null ? dash : format.number(loss, 1), unit: loss === null ? "" : "kW", note: { text: loss === null ? (day.whole ? "no power flow" : "not radial") : `optimiser ${format.number(payload.series.loss_kw[hour], 1)}`, kind: worse > 0.05 ? "bad" : "" } },
      { name: "Voltage", value: loss === null ? dash : `${format.number(series.vm_min_pu[hour], 3)}\u2013${format.number(series.vm_max_pu[hour], 3)}`,
        note: { text: loss === null ? "" : `${inside ? "within" : "outside"} ${format.number(network.vm_min_pu, 2)}\u2013${format.number(network.vm_max_pu, 2)} p.u.`, kind: inside ? "" : "bad" } },
      { name: "Highest loading", value: percent === null ? dash : format.number(percent), unit: percent === null ? "" : "%", note: { text: loss === null ? "" : percent === null ? "no limits" : "of the current limit", kind: percent > 100.05 ? "bad" : "" } },
      { name: "Rank", value: rank && rank.rank ? format.number(rank.rank) : dash, note: { text: !rank ? "" : rank.failed ? "not ranked" : rank.rank ? `of ${format.number(rank.count)}${rank.all ? "" : " tried"}` : "ranking \u2026", kind: beyond ? "bad" : "" } },
    ];
  }

  p2pdnr.trialHeadlines = (holder, payload, trial, day, hour) => p2pdnr.renderCards(holder, cards(payload, trial, day, hour),
    `${Object.keys(trial.pv).length ? "PV changed by hand. " : ""}Trades and injections stay as they were negotiated for the plan.`);

  // One line above the drawing, and the sentences below the time control.
  p2pdnr.trialWords = function (payload, trial, day, hour) {
    const fault = p2pdnr.faultText(payload, day.state, trial.closed || shownClosed(hour));
    if (fault) return { line: fault, below: fault };
    const loss = day.series.loss_kw[hour];
    if (loss === null) return { line: ["No power flow: ", "the voltages collapse."], below: ["No power flow. ", "At these injections the voltages collapse: the lines cannot carry that power."] };
    const rank = p2pdnr.trialRank(payload, trial, day, hour);
    const broken = p2pdnr.breaches(day, hour);
    const solar = Object.entries(trial.pv).map(([k, value]) => `PV of ${payload.prosumers.id[k]} \u00d7 ${value.toFixed(2)}`);
    const place = rank && rank.rank ? `, rank ${format.number(rank.rank)} of ${format.number(rank.count)}${rank.all ? "" : " tried"}` : "";
    const [yours, theirs] = [total(day.series.loss_kw, day.step_h), total(payload.series.loss_kw, payload.step_h)];
    const told = trial.mine ? `The cheapest topology of this hour${trial.mine.proved ? "" : ", of those tried,"} loses ${format.kw(loss)}; yours lost ${trial.mine.loss === null ? "nothing, as it was not radial" : format.kw(trial.mine.loss)}. `
      : broken.length ? `Breaks a limit: ${broken.join(", ").replace(/\.$/, "")}. ` : "Keeps the limits. ";
    return {
      line: [format.kw(loss), `${place}${broken.length ? `; ${broken[0]}` : ""}`],
      below: [told, `${solar.length ? `${solar.join(", ")}. ` : ""}${trial.closed ? `The whole day like this, at these injections: ${format.number(yours)} kWh lost instead of ${format.number(theirs)}.` : ""}`],
    };
  };

  // Marks on the drawing: the lines of a loop, the lines that would bring supply.
  p2pdnr.markFaults = function (drawing, day, trial, hour) {
    const loop = new Set(day ? day.state.loops.flat() : []);
    const supply = new Set(day && day.state.dark.length ? p2pdnr.suppliers(p2pdnr.gridFor(p2pdnr.view.payload), trial.closed || shownClosed(hour), day.state.dark) : []);
    drawing.lines.forEach(({ hit }, line) => {
      const look = loop.has(line) ? "hit inloop" : supply.has(line) ? "hit supplier" : "hit";
      if (hit.getAttribute("class") !== look) hit.setAttribute("class", look);
    });
    drawing.root.classList.toggle("trial", Boolean(day));
    drawing.root.classList.toggle("looped", loop.size > 0);
    drawing.root.classList.toggle("faulty", Boolean(day) && !day.whole);
  };

  p2pdnr.showBench = function ({ trial, hour }) {
    const on = Boolean(trial);
    byId("try").hidden = on;
    byId("bench").hidden = !on;
    byId("held").hidden = !on;
    if (!on) return;
    const entry = p2pdnr.ranking(p2pdnr.view.payload, hour, trial.pv);
    byId("take-back").disabled = !trial.past.length;
    byId("reveal").disabled = !entry.found;
    const best = entry.found && !entry.found.all ? "Reveal the best tried" : "Reveal optimum";
    byId("reveal").textContent = trial.mine ? "Back to mine" : best;
  };

  p2pdnr.wireBench = function () {
    byId("try").addEventListener("click", (event) => { p2pdnr.startTrial(); if (!event.detail) byId("start-over").focus(); });
    byId("take-back").addEventListener("click", () => { const { past } = store.get().trial; change({ closed: past[past.length - 1], past: past.slice(0, -1), mine: null }); });
    byId("start-over").addEventListener("click", () => store.set({ trial: fresh }));
    byId("reveal").addEventListener("click", reveal);
    byId("leave").addEventListener("click", () => { p2pdnr.endTrial(); byId("try").focus(); });
  };
}(window.p2pdnr));
