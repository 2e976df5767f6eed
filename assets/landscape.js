// Why this topology: the losses of all radial topologies at the hour with "you are here", and what the next best cost.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { html, svg, format, store } = p2pdnr;
  const BINS = 56;

  // Counts of sorted values in equal bins from `low` to `high`.
  p2pdnr.histogram = function (sorted, low, high, bins) {
    const counts = new Array(bins).fill(0);
    for (let i = 0; i < sorted.length && sorted[i] <= high; i += 1) counts[Math.min(bins - 1, Math.max(0, Math.floor(bins * (sorted[i] - low) / (high - low || 1))))] += 1;
    return counts;
  };

  function niceStep(span, most) {
    const rough = span / most;
    const power = 10 ** Math.floor(Math.log10(rough));
    return [1, 2, 5, 10].map((times) => times * power).find((step) => step >= rough);
  }

  function axis(low, high, x, base, width) {
    const step = niceStep(high - low, 6);
    const ticks = Array.from({ length: 9 }, (_, i) => step * (Math.ceil(low / step) + i)).filter((value) => value <= high);
    return ticks.map((value) => { const text = svg("text", { class: "live-label middle", x: Math.min(width - 14, Math.max(12, x(value))), y: base + 16 }); text.textContent = format.number(value); return text; });
  }

  // Lines with their words above the bars, each word on a row of its own where two would touch.
  function flags(marks, x, width, base) {
    const rows = [];
    return marks.map(({ kw, text, token }) => {
      const at = x(kw);
      const [end, room] = [at + 6 + 6.4 * text.length, width];
      const left = end > room;
      const span = left ? [at - 6 - 6.4 * text.length, at] : [at, end];
      let row = rows.findIndex((taken) => taken.every(([from, to]) => span[1] < from || span[0] > to));
      if (row < 0) { row = rows.length; rows.push([]); }
      rows[row].push(span);
      const y = 14 + 18 * row;
      const words = svg("text", { x: left ? at - 6 : at + 6, y, class: left ? "flag end" : "flag", fill: `var(--${token})` });
      words.textContent = text;
      return svg("g", {}, svg("line", { x1: at, x2: at, y1: y - 10, y2: base, stroke: `var(--${token})`, "stroke-width": 2 }), words);
    });
  }

  // `base` is where the bars stand, px from the top.
  function drawing(found, marks, width, base) {
    const { losses, within } = found;
    const low = Math.min(losses[0], ...marks.map(({ kw }) => kw));
    const high = Math.max(losses[Math.floor(0.9 * (losses.length - 1))], ...marks.map(({ kw }) => Math.min(kw, 4 * losses[0] + 20)), low + 1e-6);
    const top = 36;
    const x = (kw) => 4 + (width - 8) * Math.min(1, Math.max(0, (kw - low) / (high - low)));
    const all = p2pdnr.histogram(losses, low, high, BINS);
    const fine = p2pdnr.histogram(within, low, high, BINS);
    const most = Math.max(...all, 1);
    const bars = (counts, name) => svg("path", { class: name, d: counts.map((count, i) => {
      const height = count ? Math.max(1.5, (base - top) * Math.sqrt(count / most)) : 0;
      return height ? `M${(4 + (i + 0.08) * (width - 8) / BINS).toFixed(1)} ${base}v${(-height).toFixed(1)}h${(0.84 * (width - 8) / BINS).toFixed(1)}v${height.toFixed(1)}z` : "";
    }).join("") });
    return svg("svg", { class: "landscape", viewBox: `0 0 ${width} ${base + 36}`, width, height: base + 36, role: "img", "aria-label": reading(found, marks) },
      bars(all, "all"), bars(fine, "fine"), svg("line", { class: "live-grid", x1: 0, x2: width, y1: base, y2: base }), ...axis(low, high, x, base, width), ...flags(marks, x, width, base), named(width, base));
  }

  function named(width, base) {
    const text = svg("text", { class: "live-label middle", x: width / 2, y: base + 32 });
    text.textContent = width < 400 ? "losses at this hour, kW" : "losses of each topology at this hour, kW (higher bars: more of them)";
    return text;
  }

  function reading({ losses, within, count, all }, marks) {
    return `${format.number(count)} ${all ? "radial topologies" : "topologies tried"}, from ${format.number(losses[0], 1)} kW up; ${format.number(within.length)} keep all limits. ${marks.map(({ text, kw }) => `${text}: ${format.number(kw, 1)} kW`).join("; ")}.`;
  }

  const difference = (open, other) => ({ opened: open.filter((line) => !other.includes(line)).map((line) => line + 1), closed: other.filter((line) => !open.includes(line)).map((line) => line + 1) });

  const numbers = (lines) => p2pdnr.numberList(lines.map((line) => line - 1));
  const counted = (lines) => `${lines.length > 1 ? "lines" : "line"} ${numbers(lines)}`;
  const [MANY, A_ROW] = [6, 8];

  // What would have to be switched to come from one topology to another, by open lines from 0.
  p2pdnr.changeText = function (open, other) {
    const { opened, closed } = difference(open, other);
    if (!opened.length) return "as shown";
    return opened.length > A_ROW ? `${opened.length} lines open, ${closed.length} others close` : `open ${numbers(opened)}, close ${numbers(closed)}`;
  };

  // The same inside a sentence: "opens line 4 and closes line 24".
  p2pdnr.changeWords = function (open, other) {
    const { opened, closed } = difference(open, other);
    return opened.length > MANY ? `opens ${opened.length} lines and closes ${closed.length} others` : `opens ${counted(opened)} and closes ${counted(closed)}`;
  };

  const shownOpen = (payload, hour) => payload.series.open_lines[hour].map((line) => line - 1);

  function table(payload, found, own, { hour, most }) {
    const shown = shownOpen(payload, hour);
    const rank = p2pdnr.rankOf(found.costs, own.cost);
    const rows = found.best.slice(0, most).map((tree, i) => ({ ...tree, place: i + 1 }));
    if (rank > rows.length) rows.splice(rows.length - 1, 1, { ...own, open: shown, place: rank });
    const row = (tree) => {
      const same = tree.open.join() === shown.join();
      const button = html("button", { type: "button", class: "link", title: `Open ${numbers(difference(tree.open, shown).opened)}; close ${numbers(difference(tree.open, shown).closed)}. Click to try it on the diagram.` }, p2pdnr.changeText(tree.open, shown));
      button.addEventListener("click", () => p2pdnr.tryTopology(tree.open));
      return html("tr", { class: same ? "shown" : null }, html("td", { class: "n" }, format.number(tree.place)), html("td", {}, same ? "as shown" : button),
        html("td", { class: "n" }, format.number(tree.loss, 1)), html("td", { class: `n${tree.breach > 0.005 ? " fails" : ""}` }, tree.breach > 0.005 ? format.number(tree.breach, 2) : "\u2013"),
        html("td", { class: "n" }, same ? "" : format.signed(tree.cost - own.cost, 2)));
    };
    const head = html("tr", {}, ...["Rank", "Switch instead", "Losses, kW", "Limits, \u20ac", "Dearer by, \u20ac"].map((text, i) => html("th", { scope: "col", class: i === 1 ? null : "n" }, text)));
    return html("table", { class: "plain tight next" }, html("thead", {}, head), html("tbody", {}, ...rows.map(row)));
  }

  function costOf(payload, hour) {
    const closed = Uint8Array.from(payload.lines.closed[hour]);
    return p2pdnr.flowOf(p2pdnr.gridFor(payload), p2pdnr.takenIn(payload, {}, hour), closed);
  }

  // The place of the hour's topology: among all of them as the solver counted it, among those tried here, or how to learn it.
  p2pdnr.rankLine = function (payload, hour) {
    const [rank, all] = [payload.series.rank[hour], payload.summary.topologies];
    if (rank !== null) return [p2pdnr.term("rank", "rank"), ` ${format.number(rank)} ${all ? `of ${format.number(all)} radial topologies` : "among the topologies tried"}`];
    const found = p2pdnr.knownRanking(payload, hour);
    if (found) return [p2pdnr.rankText(found, costOf(payload, hour).cost)];
    const button = html("button", { type: "button", class: "link", title: "There are too many radial topologies to try them all: a few thousand neighbours of this one are ranked" }, "rank among its neighbours");
    button.addEventListener("click", () => store.set({ tab: "why" }));
    return [button];
  };

  function marksOf(payload, found, own, state) {
    const { trial } = p2pdnr.view;
    const rank = (cost) => format.number(p2pdnr.rankOf(found.costs, cost));
    const marks = [{ kw: own.loss, text: `optimiser ${format.number(own.loss, 1)} kW, rank ${rank(own.cost)}`, token: "accent" }];
    if (trial && trial.whole && trial.solvedAt[state.hour] && !Object.keys(state.trial.pv).length) marks.push({ kw: trial.series.loss_kw[state.hour], text: `you ${format.number(trial.series.loss_kw[state.hour], 1)} kW, rank ${rank(trial.costs[state.hour])}`, token: "ink" });
    return marks;
  }

  p2pdnr.whyTable = function (payload, state) {
    const again = (share) => { const told = p2pdnr.byId("ranking-share"); if (told) told.textContent = `${format.number(100 * share)} %`; };
    const entry = p2pdnr.ranking(payload, state.hour, {}, again);
    if (!entry.found) return html("p", { class: "waiting" }, html("span", {}, entry.failed ? "This browser could not rank the topologies." : "Ranking the radial topologies of this hour \u2026 ", html("span", { id: "ranking-share" }, "")));
    const own = costOf(payload, state.hour);
    const { clientWidth, clientHeight } = p2pdnr.byId("chart-body");
    const width = Math.max(260, clientWidth - 12);
    const base = clientHeight > 440 ? 180 : 98;
    const most = Math.max(4, Math.floor((clientHeight - base - 68) / 28.5));
    return html("div", { class: "scroll why", tabindex: 0, role: "region", "aria-label": "All topologies of this hour" }, drawing(entry.found, marksOf(payload, entry.found, own, state), width, base), table(payload, entry.found, own, { hour: state.hour, most }));
  };

  // What drove the choice: the next best, the topology of least loss and the limit it breaks, or the price of operations.
  p2pdnr.whyWords = function (payload, found, own, hour) {
    const shown = shownOpen(payload, hour);
    const rank = p2pdnr.rankOf(found.costs, own.cost);
    const next = found.best.find(({ open }) => open.join() !== shown.join());
    const parts = [];
    if (rank === 1 && next) parts.push(`The next best ${p2pdnr.changeWords(next.open, shown)}: ${format.number(next.cost - own.cost, 2)}\u00a0\u20ac dearer in this hour.`);
    if (rank > 1) parts.push(switchingWords(payload, found.best[0], own, hour));
    const { least } = found;
    if (least && least.breach > 0.005 && least.loss < own.loss - 0.05) {
      const closed = Uint8Array.from(payload.network.from, (_, line) => (least.open.includes(line) ? 0 : 1));
      const broken = p2pdnr.breaches(p2pdnr.trialDay(payload, { closed, pv: {} }), hour);
      parts.push(`Losses could fall to ${format.number(least.loss, 1)} kW, but that breaks a limit: ${broken[0] || "a voltage"}`);
    }
    return parts.join(" ");
  };

  function switchingWords(payload, best, own, hour) {
    const before = (hour ? payload.series.open_lines[hour - 1] : payload.network.initially_open).map((line) => line - 1);
    const moves = (open) => { const { opened, closed } = difference(open, before); return opened.length + closed.length; };
    const [more, price] = [moves(best.open) - moves(shownOpen(payload, hour)), payload.dso.switching_cost_eur];
    const gain = `The cheapest of this hour ${p2pdnr.changeWords(best.open, shownOpen(payload, hour))}, which would save ${format.number(own.cost - best.cost, 2)}\u00a0\u20ac`;
    if (payload.mode !== "hourly") return `${payload.mode === "fixed" ? "The initial topology is held all day" : "One topology serves the whole day"}. ${gain} at these injections.`;
    return more > 0 ? `${gain} but takes ${more} more operations${price ? ` at ${format.number(price, 2)}\u00a0\u20ac each` : ""}.` : `${gain} at these injections, for this hour alone.`;
  }

  p2pdnr.whyCaption = function (payload, state) {
    const { found } = p2pdnr.ranking(payload, state.hour, {});
    if (!found) return ["", ""];
    const own = costOf(payload, state.hour);
    const kept = `${format.number(found.within.length)} of ${format.number(found.count)} ${found.all ? "radial topologies" : "topologies tried"} keep all limits (strong bars). `;
    return [kept, p2pdnr.whyWords(payload, found, own, state.hour)];
  };

  p2pdnr.wireLandscape = () => store.on("hour trial ranked", (state) => { if (state.tab === "why" && p2pdnr.view.payload) p2pdnr.renderChart(state); });
}(window.p2pdnr));
