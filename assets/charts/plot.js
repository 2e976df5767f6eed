// Charts that the server draws: a figure per result comes once, this file shows it and moves the hour cursor over it.

import { byId, html } from "../page/elements.js";
import { goTo, store } from "../page/store.js";
import { showCaption } from "./caption.js";
import { forTheRoom } from "./large_type.js";

const cache = new Map();
let loading = null;

// Plotly comes after the diagram; one promise for all who need it.
function plotly() {
  loading =
    loading ||
    new Promise((resolve, reject) => {
      const script = html("script", { src: document.body.dataset.plotly });
      script.onload = () => resolve(window.Plotly);
      script.onerror = () => {
        loading = null;
        reject(new Error("The chart library did not load."));
      };
      document.head.append(script);
    });
  return loading;
}

// Address of a figure: the shown result first, the other modes beside it where the figure compares.
/** @param {State} state */
function figureUrl(state) {
  const id = state.ids[state.mode] || Object.values(state.ids)[0];
  const query = new URLSearchParams({ theme: state.theme });
  if (state.tab === "losses")
    ["hourly", "static", "fixed"]
      .map((mode) => state.ids[mode])
      .filter((other) => other && other !== id)
      .forEach((other) => query.append("with", other));
  if (state.tab === "prosumer") query.set("prosumer", String(state.chosen || 0));
  return `/results/${encodeURIComponent(id)}/figures/${state.tab}.json?${query}`;
}

function fetchFigure(url) {
  if (!cache.has(url)) {
    if (cache.size > 60) cache.delete(cache.keys().next().value);
    cache.set(
      url,
      fetch(url)
        .catch(() => {
          throw new Error("The server does not answer.");
        })
        .then((answer) => {
          if (!answer.ok)
            throw new Error(
              answer.status === 404 ? "This result has expired on the server." : "The chart could not be made.",
            );
          return answer.json();
        })
        .catch((error) => {
          cache.delete(url);
          throw error;
        }),
    );
  }
  return cache.get(url);
}

// One drawing at a time, after what is `ready` before it, each from nothing and never before the font is there: else
// Plotly leaves legends where earlier measures put them.
let turn = Promise.resolve();
/** @param {State} state */
export function drawFigure(state, body, ready) {
  turn = turn.catch(() => {}).then(() => drawNow(state, body, ready));
  return turn;
}

/** @param {State} state */
async function drawNow(state, body, ready) {
  const url = figureUrl(state);
  const [figure, Plotly] = await Promise.all([
    fetchFigure(url),
    plotly(),
    document.fonts.load("12px 'Hanken Grotesk'"),
    ready,
  ]);
  if (figureUrl(store.get()) !== url) return;
  let plot = body.querySelector(".plot");
  if (!plot) {
    plot = html("div", { class: "plot" });
    body.replaceChildren(plot);
  }
  showCaption((figure.layout.meta || {}).caption || [""]);
  const layout = {
    ...forTheRoom(structuredClone(figure.layout), body.clientWidth),
    width: body.clientWidth,
    height: body.clientHeight,
    autosize: false,
  };
  Plotly.purge(plot);
  await Plotly.newPlot(plot, structuredClone(figure.data), layout, {
    displayModeBar: false,
    staticPlot: false,
    scrollZoom: false,
    doubleClick: false,
  });
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", ((figure.layout.meta || {}).caption || []).join(""));
  plot.cursor = (figure.layout.meta || {}).cursor || null;
  if (!plot.wired) wire(plot);
  moveCursor(store.get().hour);
}

// A click on a chart of hours goes to that hour.
function wire(plot) {
  plot.wired = true;
  plot.addEventListener("click", (event) => {
    if (!plot.cursor) return;
    const axis = plot._fullLayout.xaxis;
    const hour = Math.round(axis.p2d(event.clientX - plot.getBoundingClientRect().left - axis._offset));
    goTo(hour);
  });
}

// The hour as a line over every panel of the chart, or a frame around a column of a heat map.
/** @param {number} hour */
export function moveCursor(hour) {
  const body = byId("chart-body");
  const plot = body.querySelector(".plot");
  let mark = body.querySelector(".cursor");
  if (!plot || !plot.cursor || !plot._fullLayout) {
    if (mark) mark.remove();
    return;
  }
  // below the layer of the labels that stand beside the pointer
  if (!mark) {
    mark = html("div", { class: "cursor" });
    const sheets = plot.querySelectorAll(".main-svg");
    sheets[sheets.length - 1].before(mark);
  }
  const x = plot._fullLayout.xaxis;
  const panels = Object.keys(plot._fullLayout)
    .filter((key) => /^yaxis\d*$/.test(key))
    .map((key) => plot._fullLayout[key])
    .filter((axis) => axis.visible);
  const top = Math.min(...panels.map((axis) => axis._offset));
  const column = plot.cursor === "column";
  mark.className = column ? "cursor" : "cursor line";
  mark.style.left = `${x._offset + x.d2p(hour) - (column ? x.d2p(1) - x.d2p(0) : 1.5) / 2}px`;
  mark.style.width = column ? `${x.d2p(1) - x.d2p(0)}px` : "0";
  mark.style.top = `${top}px`;
  mark.style.height = `${Math.max(...panels.map((axis) => axis._offset + axis._length)) - top}px`;
}

// A chart is as large as its place, also when only the height of that changes.
function refit() {
  const body = byId("chart-body");
  const plot = body.querySelector(".plot");
  const { clientWidth: width, clientHeight: height } = body;
  if (!plot || !plot._fullLayout || !width || (plot._fullLayout.width === width && plot._fullLayout.height === height))
    return;
  turn = turn
    .catch(() => {})
    .then(() => plot.isConnected && window.Plotly.relayout(plot, { width, height }))
    .then(() => moveCursor(store.get().hour));
}
export const watchChart = () => new ResizeObserver(refit).observe(byId("chart-body"));
