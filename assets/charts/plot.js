// Charts that the server draws: a figure per result comes once, this file shows it and moves the hour cursor over it.

import { byId, html } from "../page/elements.js";
import { goTo, store } from "../page/store.js";
import { language, t } from "../page/language.js";
import { ask, inOneFile } from "../io/answers.js";
import { showCaption } from "./caption.js";
import { forTheRoom } from "./large_type.js";
import { axesOf, draw, drawAgain, readyToDraw } from "./pens.js";

const cache = new Map();

// Address of a figure: the shown result first, the other modes beside it where the figure compares.
/** @param {State} state */
function figureUrl(state) {
  const id = state.ids[state.mode] || Object.values(state.ids)[0];
  const query = new URLSearchParams({ theme: state.theme });
  if (language !== "en") query.set("lang", language);
  if (state.tab === "losses")
    ["hourly", "static", "fixed"]
      .map((mode) => state.ids[mode])
      .filter((other) => other && other !== id)
      .forEach((other) => query.append("with", other));
  if (state.tab === "prosumer") query.set("prosumer", String(state.chosen || 0));
  if (state.tab === "trades" && state.chosen !== null && !inOneFile()) query.set("prosumer", String(state.chosen));
  return `/results/${encodeURIComponent(id)}/figures/${state.tab}.json?${query}`;
}

function fetchFigure(url) {
  if (!cache.has(url)) {
    if (cache.size > 60) cache.delete(cache.keys().next().value);
    cache.set(
      url,
      ask(url)
        .catch(() => {
          throw new Error(t("The server does not answer."));
        })
        .then((answer) => {
          if (!answer.ok)
            throw new Error(
              answer.status !== 404
                ? t("The chart could not be made.")
                : inOneFile()
                  ? t("This chart is not in the file.")
                  : t("This result has expired on the server."),
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

// The figure of a state as the server describes it.
/** @param {State} state */
export const figureOf = (state) => fetchFigure(figureUrl(state));

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
  const [figure] = await Promise.all([
    fetchFigure(url),
    readyToDraw(),
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
  const { clientWidth: width, clientHeight: height } = body;
  const layout = forTheRoom(structuredClone(figure.layout), width, figure.data, height);
  await draw(plot, { data: figure.data, layout }, width, height);
  [plot.width, plot.height] = [width, height];
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
    goTo(axesOf(plot).hourAt(event.clientX - plot.getBoundingClientRect().left));
  });
}

// The hour as a line over every panel of the chart, or a frame around a column of a heat map.
/** @param {number} hour */
export function moveCursor(hour) {
  const body = byId("chart-body");
  const plot = body.querySelector(".plot");
  let mark = body.querySelector(".cursor");
  const axes = plot && plot.cursor ? axesOf(plot) : null;
  if (!axes) {
    if (mark) mark.remove();
    return;
  }
  if (!mark) {
    mark = html("div", { class: "cursor" });
    axes.put(mark);
  }
  const column = plot.cursor === "column";
  mark.className = column ? "cursor" : "cursor line";
  mark.style.left = `${axes.at(hour) - (column ? axes.one : 1.5) / 2}px`;
  mark.style.width = column ? `${axes.one}px` : "0";
  mark.style.top = `${axes.top}px`;
  mark.style.height = `${axes.bottom - axes.top}px`;
}

// A chart is as large as its place, also when only the height of that changes.
function refit() {
  const body = byId("chart-body");
  const plot = body.querySelector(".plot");
  const { clientWidth: width, clientHeight: height } = body;
  if (!plot || !plot.width || !width || (plot.width === width && plot.height === height)) return;
  turn = turn
    .catch(() => {})
    .then(async () => {
      if (!plot.isConnected) return;
      await drawAgain(plot, width, height);
      [plot.width, plot.height] = [width, height];
    })
    .then(() => moveCursor(store.get().hour));
}
export const watchChart = () => new ResizeObserver(refit).observe(byId("chart-body"));
