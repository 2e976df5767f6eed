// Trades as violet arcs over the diagram: from the seller's bus to the buyer's, width = power, small ones faded.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { svg } = p2pdnr;

  // The bow that stays inside the drawing: on its usual side, else flatter, else on the other side.
  function bowInside(a, b, bulge, box) {
    const inside = (path) => path.every(([x, y]) => x >= box[0] && y >= box[1] && x <= box[2] && y <= box[3]);
    const paths = [1, 0.6, -1, 0.3, -0.6].map((share) => p2pdnr.bow(a, b, share * bulge));
    return paths.find(inside) || paths[3];
  }

  function arcFor(drawing, from, to) {
    const key = `${from}-${to}`;
    if (!drawing.arcs.has(key)) {
      const [a, b] = [drawing.places[from], drawing.places[to]];
      const length = Math.hypot(a[0] - b[0], a[1] - b[1]);
      const path = bowInside(a, b, (a[0] + a[1] < b[0] + b[1] ? -1 : 1) * (0.12 * length + 9), drawing.fit.box);
      const end = p2pdnr.along(path, 1 - Math.min(0.4, 10 / length));
      const turn = `translate(${end.x.toFixed(1)} ${end.y.toFixed(1)}) rotate(${((end.angle * 180) / Math.PI).toFixed(1)})`;
      const arc = { line: svg("path", { class: "arc", d: p2pdnr.pathData(path, 0) }), head: svg("path", { class: "arc-head", d: "M-6-4L3 0L-6 4Z", transform: turn }) };
      drawing.group.arcs.append(arc.line, arc.head);
      drawing.arcs.set(key, arc);
    }
    return drawing.arcs.get(key);
  }

  // Trades of an hour between buses, those of one bus pair summed: Map "from-to" -> {from, to, kw}, largest first.
  p2pdnr.busTrades = function (trades, buses, chosen) {
    const sums = new Map();
    trades.power_kw.forEach((kw, i) => {
      const [seller, buyer] = [trades.seller[i], trades.buyer[i]];
      const [from, to] = [buses[seller] - 1, buses[buyer] - 1];
      if (from === to || (chosen !== null && chosen !== seller && chosen !== buyer)) return;
      const key = `${from}-${to}`;
      sums.set(key, { from, to, kw: kw + (sums.has(key) ? sums.get(key).kw : 0) });
    });
    return [...sums.values()].sort((a, b) => b.kw - a.kw);
  };

  p2pdnr.updateArcs = function (drawing, payload, hour, scales, chosen) {
    const rows = p2pdnr.busTrades(payload.trades[hour], payload.prosumers.bus, chosen);
    const strong = p2pdnr.strongTrades(rows.map(({ kw }) => kw), chosen === null ? 6 : Infinity);
    const seen = new Set();
    rows.forEach(({ from, to, kw }, i) => {
      const { line, head } = arcFor(drawing, from, to);
      seen.add(`${from}-${to}`);
      const full = strong[i] || chosen !== null;
      line.style.strokeWidth = `${(full ? scales.arcWidth(kw) : 1).toFixed(2)}px`;
      line.style.opacity = full ? 0.72 : 0.18;
      head.style.opacity = full ? 0.95 : 0;
    });
    drawing.arcs.forEach(({ line, head }, key) => {
      if (seen.has(key)) return;
      line.style.opacity = 0;
      head.style.opacity = 0;
    });
    if (drawing.chosen === chosen) return;
    drawing.chosen = chosen;
    drawing.buses.forEach(({ node }, i) => node.classList.toggle("chosen", chosen !== null && (drawing.at[i] || []).includes(chosen)));
  };
}(window.p2pdnr));
