// Who draws a figure: the chart library where the page names its address, else the SVG of figure_drawing.js. Both give
// the same: where an hour is, which hour is where, and how far the panels reach.

import { html } from "../page/elements.js";
import { t } from "../page/language.js";
import { pictureOf } from "./figure_drawing.js";
import { wireTip } from "./figure_tip.js";

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
        reject(new Error(t("The chart library did not load.")));
      };
      document.head.append(script);
    });
  return loading;
}

async function drawByLibrary(plot, { data, layout }, width, height) {
  const Plotly = await plotly();
  Plotly.purge(plot);
  await Plotly.newPlot(
    plot,
    structuredClone(data),
    { ...layout, width, height, autosize: false },
    {
      displayModeBar: false,
      staticPlot: false,
      scrollZoom: false,
      doubleClick: false,
    },
  );
}

function axesOfLibrary(plot) {
  const full = plot._fullLayout;
  if (!full) return null;
  const panels = Object.keys(full)
    .filter((key) => /^yaxis\d*$/.test(key))
    .map((key) => full[key])
    .filter((axis) => axis.visible);
  const x = full.xaxis;
  const sheets = plot.querySelectorAll(".main-svg");
  return {
    at: (hour) => x._offset + x.d2p(hour),
    hourAt: (pixel) => Math.round(x.p2d(pixel - x._offset)),
    one: x.d2p(1) - x.d2p(0),
    top: Math.min(...panels.map((axis) => axis._offset)),
    bottom: Math.max(...panels.map((axis) => axis._offset + axis._length)),
    // below the layer of the labels that stand beside the pointer
    put: (mark) => sheets[sheets.length - 1].before(mark),
  };
}

function drawHere(plot, figure, width, height) {
  const picture = pictureOf(figure, width, height);
  if (!plot.own) wireTip(plot, () => plot.own);
  plot.own = { figure, picture };
  plot.replaceChildren(picture.node);
}

function axesHere(plot) {
  if (!plot.own) return null;
  const { across, top, bottom } = plot.own.picture.axes;
  return {
    at: across.at,
    hourAt: (pixel) => Math.round(across.value(pixel)),
    one: across.one,
    top,
    bottom,
    put: (mark) => plot.append(mark),
  };
}

const library = () => Boolean(document.body.dataset.plotly);

// Fetches what a drawing needs, so that figure and library come at once.
export const readyToDraw = async () => (library() ? plotly() : null);

export async function draw(plot, figure, width, height) {
  plot.drawn = figure;
  await (library() ? drawByLibrary : drawHere)(plot, figure, width, height);
}

// The same figure in another size.
export async function drawAgain(plot, width, height) {
  if (library()) await window.Plotly.relayout(plot, { width, height });
  else drawHere(plot, plot.drawn, width, height);
}

// Null until something is drawn.
export const axesOf = (plot) => (library() ? axesOfLibrary(plot) : axesHere(plot));
