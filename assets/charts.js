// One chart at a time: figures come from the server once per result, this file only shows them and moves the hour cursor.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { html } = p2pdnr;
  const TABS = [["losses", "Losses"], ["why", "Why"], ["modes", "Modes"], ["voltages", "Voltages"], ["trades", "Trades"], ["prices", "Prices"], ["prosumer", "Prosumer"], ["bills", "Bills"], ["convergence", "Solver"], ["checks", "Checks"]];
  const cache = new Map();
  let loading = null;
  let toolsReady = null;
  p2pdnr.live = [];

  // Plotly comes after the diagram; one promise for all who need it.
  p2pdnr.plotly = function () {
    loading = loading || new Promise((resolve, reject) => {
      const script = html("script", { src: document.body.dataset.plotly });
      script.onload = () => resolve(window.Plotly);
      script.onerror = () => { loading = null; reject(new Error("The chart library did not load.")); };
      document.head.append(script);
    });
    return loading;
  };

  // Address of a figure: the shown result first, the other modes beside it where the figure compares.
  p2pdnr.figureUrl = function (state) {
    const id = state.ids[state.mode] || Object.values(state.ids)[0];
    const query = new URLSearchParams({ theme: state.theme });
    if (state.tab === "losses") ["hourly", "static", "fixed"].map((mode) => state.ids[mode]).filter((other) => other && other !== id).forEach((other) => query.append("with", other));
    if (state.tab === "prosumer") query.set("prosumer", state.chosen === null ? 0 : state.chosen);
    return `/results/${encodeURIComponent(id)}/figures/${state.tab}.json?${query}`;
  };

  function fetchFigure(url) {
    if (!cache.has(url)) {
      if (cache.size > 60) cache.delete(cache.keys().next().value);
      cache.set(url, fetch(url).catch(() => { throw new Error("The server does not answer."); }).then((answer) => {
        if (!answer.ok) throw new Error(answer.status === 404 ? "This result has expired on the server." : "The chart could not be made.");
        return answer.json();
      }).catch((error) => { cache.delete(url); throw error; }));
    }
    return cache.get(url);
  }

  p2pdnr.isTab = (name) => TABS.some(([key]) => key === name);

  p2pdnr.buildTabs = function (holder, pick) {
    holder.replaceChildren(...TABS.map(([key, name]) => {
      const tab = html("button", { type: "button", role: "tab", id: `tab-${key}`, "aria-controls": "chart-panel", "aria-selected": "false", tabindex: -1 }, name);
      tab.addEventListener("click", () => pick(key));
      return tab;
    }));
    holder.addEventListener("keydown", (event) => {
      const keys = TABS.map(([key]) => key);
      const at = keys.indexOf(p2pdnr.store.get().tab);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: keys.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      pick(keys[(to + keys.length) % keys.length]);
      p2pdnr.byId(`tab-${p2pdnr.store.get().tab}`).focus();
    });
  };

  p2pdnr.markTab = function (current) {
    TABS.forEach(([key]) => {
      const tab = p2pdnr.byId(`tab-${key}`);
      tab.setAttribute("aria-selected", String(key === current));
      tab.tabIndex = key === current ? 0 : -1;
    });
    p2pdnr.byId("chart-panel").setAttribute("aria-labelledby", `tab-${current}`);
  };

  function caption(parts) {
    const [first, rest] = parts;
    p2pdnr.byId("caption").replaceChildren(html("strong", {}, first), rest || "");
  }

  // The prosumer tab's own choice.
  function tools(state, payload) {
    const holder = p2pdnr.byId("chart-tools");
    if (state.tab === "convergence" && !p2pdnr.live.length) { toolsReady = p2pdnr.replayTools(holder, state); return; }
    delete holder.dataset.replay;
    holder.classList.remove("replay");
    holder.hidden = state.tab !== "prosumer";
    if (holder.hidden) return;
    const select = html("select", { id: "prosumer", "aria-label": "Prosumer" }, ...payload.prosumers.id.map((id, k) => html("option", { value: k }, id)));
    select.value = state.chosen === null ? 0 : state.chosen;
    select.addEventListener("change", () => p2pdnr.store.set({ chosen: Number(select.value) }));
    holder.replaceChildren(select);
  }

  // One drawing at a time, each from nothing and never before the font is there: else Plotly leaves legends where earlier measures put them.
  let turn = Promise.resolve();
  function drawFigure(state, body) {
    turn = turn.catch(() => {}).then(() => drawNow(state, body));
    return turn;
  }

  async function drawNow(state, body) {
    const url = p2pdnr.figureUrl(state);
    const [figure, Plotly] = await Promise.all([fetchFigure(url), p2pdnr.plotly(), document.fonts.load("12px 'Hanken Grotesk'"), toolsReady]);
    if (p2pdnr.figureUrl(p2pdnr.store.get()) !== url) return;
    let plot = body.querySelector(".plot");
    if (!plot) {
      plot = html("div", { class: "plot" });
      body.replaceChildren(plot);
    }
    caption((figure.layout.meta || {}).caption || [""]);
    const layout = { ...p2pdnr.forTheRoom(structuredClone(figure.layout), body.clientWidth), width: body.clientWidth, height: body.clientHeight, autosize: false };
    Plotly.purge(plot);
    await Plotly.newPlot(plot, structuredClone(figure.data), layout, { displayModeBar: false, staticPlot: false, scrollZoom: false, doubleClick: false });
    plot.setAttribute("role", "img");
    plot.setAttribute("aria-label", ((figure.layout.meta || {}).caption || []).join(""));
    plot.cursor = (figure.layout.meta || {}).cursor || null;
    if (!plot.wired) wire(plot);
    p2pdnr.moveCursor(p2pdnr.store.get().hour);
  }

  // A click on a chart of hours goes to that hour.
  function wire(plot) {
    plot.wired = true;
    plot.addEventListener("click", (event) => {
      if (!plot.cursor) return;
      const axis = plot._fullLayout.xaxis;
      const hour = Math.round(axis.p2d(event.clientX - plot.getBoundingClientRect().left - axis._offset));
      p2pdnr.goTo(hour);
    });
  }

  // The hour as a line over every panel of the chart, or a frame around a column of a heat map.
  p2pdnr.moveCursor = function (hour) {
    const body = p2pdnr.byId("chart-body");
    const plot = body.querySelector(".plot");
    let mark = body.querySelector(".cursor");
    if (!plot || !plot.cursor || !plot._fullLayout) { if (mark) mark.remove(); return; }
    // below the layer of the labels that stand beside the pointer
    if (!mark) {
      mark = html("div", { class: "cursor" });
      const sheets = plot.querySelectorAll(".main-svg");
      sheets[sheets.length - 1].before(mark);
    }
    const x = plot._fullLayout.xaxis;
    const panels = Object.keys(plot._fullLayout).filter((key) => /^yaxis\d*$/.test(key)).map((key) => plot._fullLayout[key]).filter((axis) => axis.visible);
    const top = Math.min(...panels.map((axis) => axis._offset));
    const column = plot.cursor === "column";
    mark.className = column ? "cursor" : "cursor line";
    mark.style.left = `${x._offset + x.d2p(hour) - (column ? x.d2p(1) - x.d2p(0) : 1.5) / 2}px`;
    mark.style.width = column ? `${x.d2p(1) - x.d2p(0)}px` : "0";
    mark.style.top = `${top}px`;
    mark.style.height = `${Math.max(...panels.map((axis) => axis._offset + axis._length)) - top}px`;
  };

  // A chart is as large as its place, also when only the height of that changes.
  function refit() {
    const body = p2pdnr.byId("chart-body");
    const plot = body.querySelector(".plot");
    const { clientWidth: width, clientHeight: height } = body;
    if (!plot || !plot._fullLayout || !width || (plot._fullLayout.width === width && plot._fullLayout.height === height)) return;
    turn = turn.catch(() => {}).then(() => plot.isConnected && window.Plotly.relayout(plot, { width, height })).then(() => p2pdnr.moveCursor(p2pdnr.store.get().hour));
  }
  p2pdnr.watchChart = () => new ResizeObserver(refit).observe(p2pdnr.byId("chart-body"));

  // Shows the tab of the state; resolves when it is drawn.
  p2pdnr.renderChart = async function (state) {
    const payload = p2pdnr.shown(state);
    const body = p2pdnr.byId("chart-body");
    p2pdnr.markTab(state.tab);
    if (!payload) return;
    tools(state, payload);
    if (state.tab === "convergence" && p2pdnr.live.length) { p2pdnr.drawLive(body, p2pdnr.live); p2pdnr.moveCursor(state.hour); return; }
    if (p2pdnr[`${state.tab}Table`]) {
      body.replaceChildren(p2pdnr[`${state.tab}Table`](payload, state));
      caption(p2pdnr[`${state.tab}Caption`](payload, state));
      return;
    }
    if (!body.querySelector(".plot")) body.replaceChildren(html("p", { class: "waiting" }, "Drawing \u2026"));
    try {
      await drawFigure(state, body);
    } catch (error) {
      body.replaceChildren(html("p", { class: "waiting" }, error.message));
      caption([""]);
    }
  };
}(window.p2pdnr));
