// A figure for a paper: the diagram or the chart on show, drawn anew at the width of a column, always light, with what
// its colours mean and one sentence below. Saved as SVG, or printed on a sheet of its own size, which makes a PDF.

import { showDialog } from "../page/dialog.js";
import { byId, html, svg } from "../page/elements.js";
import { closeMenu } from "../page/menus.js";
import { say } from "../page/status.js";
import { shownPayload, store } from "../page/store.js";
import { smallPx } from "../page/type_size.js";
import { seenDay, tradingDay, view } from "../page/view.js";
import { t } from "../page/language.js";
import { colours } from "../page/colours.js";
import { fontRule, serialised } from "../io/picture.js";
import { saveFile } from "../io/saving.js";
import { updateArcs } from "../diagram/arcs.js";
import { buildDiagram } from "../diagram/diagram.js";
import { updateDiagram } from "../diagram/hour.js";
import { placesOf } from "../diagram/moved.js";
import { pictureOf } from "../charts/figure_drawing.js";
import { diagramSentence } from "../charts/figure_tools.js";
import { isTable } from "../charts/charts.js";
import { figureOf } from "../charts/plot.js";
import { paperCaption, paperLegend } from "../charts/paper_figure.js";

const PX_PER_MM = 96 / 25.4;
const WIDTHS = /** @type {[string, string][]} */ ([
  ["85", t("85 mm, one column")],
  ["170", t("170 mm, two columns")],
]);

// The diagram of the hour at a width in px: laid out anew, so that its type keeps its size.
/** @param {HTMLElement} place */
function diagramAt(place) {
  const state = store.get();
  const payload = view.payload;
  const drawing = buildDiagram(place, payload, placesOf(state, payload));
  const tints = colours();
  drawing.colouring = state.colouring;
  updateDiagram(drawing, seenDay(), state.hour, view.scales, tints);
  updateArcs(drawing, tradingDay(), state, view.scales, tints);
  return { node: drawing.root, width: drawing.width, height: drawing.fit.height };
}

async function chartAt(width) {
  const state = store.get();
  const { data, layout } = await figureOf({ ...state, theme: "light" });
  const height = Math.round(width < 400 ? 0.9 * width : 0.55 * width);
  return { node: pictureOf({ data, layout }, width, height).node, width, height, said: layout.meta.caption.join("") };
}

// Everything on one sheet; the page is light while its style sheets are read, which no eye sees: nothing waits between.
async function sheet(kind, mm) {
  const width = Math.round(mm * PX_PER_MM);
  const [rule, chart] = [await fontRule(), kind === "chart" ? await chartAt(width) : null];
  const { dataset } = document.documentElement;
  const [theme, place] = [dataset.theme, html("div", { class: "diagram", id: "figure-out" })];
  dataset.theme = "light";
  place.style.cssText = `position: absolute; left: -9999px; width: ${width}px; --small: ${smallPx()}px`;
  document.body.append(place);
  try {
    const { hour } = store.get();
    const payload = shownPayload(store.get());
    const drawn = chart || diagramAt(place);
    const legend = chart ? null : paperLegend(view.scales, width);
    const words = paperCaption(payload, hour, chart ? chart.said : diagramSentence(payload, hour), width);
    const rows = [drawn, legend, words].filter(Boolean);
    const height = rows.reduce((sum, one) => sum + one.height, 0);
    const root = svg("svg", { class: "paper-figure", viewBox: `0 0 ${width} ${height}`, width, height });
    let top = 0;
    rows.forEach((one) => {
      one.node.setAttribute("y", top);
      one.node.setAttribute("width", one.width);
      one.node.setAttribute("height", one.height);
      root.append(one.node);
      top += one.height;
    });
    place.replaceChildren(root);
    return { text: serialised(root, rule, [`${mm}mm`, `${((mm * height) / width).toFixed(2)}mm`]), mm, height, width };
  } finally {
    dataset.theme = theme;
    place.remove();
  }
}

// On a sheet of the figure's own size: the browser's print makes a PDF of it.
async function print({ text, mm, height, width }) {
  const image = html("img", { src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`, alt: "" });
  const style = html("style", {});
  const tall = (mm * height) / width + 1; // a hair more than the picture, so that nothing spills to a second sheet
  const size = [mm, tall.toFixed(2)].map((side) => `${side}mm`).join(" ");
  style.textContent = `@page{size:${size};margin:0}`;
  document.querySelectorAll("#print-figure").forEach((left) => left.remove()); // of a print that was never made
  const holder = html("div", { id: "print-figure" }, style, image);
  document.body.append(holder);
  document.documentElement.dataset.figure = "1";
  await image.decode();
  afterNextPrint(() => {
    delete document.documentElement.dataset.figure;
    holder.remove();
  });
  window.print();
}

// The end of a print that had begun before is not that of the next one, however late it is told.
function afterNextPrint(act) {
  let begun = false;
  const begin = () => {
    begun = true;
  };
  const end = () => {
    if (!begun) return;
    window.removeEventListener("beforeprint", begin);
    window.removeEventListener("afterprint", end);
    act();
  };
  window.addEventListener("beforeprint", begin);
  window.addEventListener("afterprint", end);
}

const select = (id, label, options) =>
  html(
    "label",
    { class: "figure-choice" },
    label,
    html("select", { id }, ...options.map(([value, text]) => html("option", { value }, text))),
  );

async function act(how) {
  const [kind, mm] = [byId("figure-kind").value, Number(byId("figure-width").value)];
  byId("dialog").close();
  try {
    const made = await sheet(kind, mm);
    if (how === "pdf") await print(made);
    else saveFile(new Blob([made.text], { type: "image/svg+xml" }), `${kind}-${mm}mm.svg`);
  } catch (error) {
    say(error.message, "bad");
  }
}

function open() {
  closeMenu(byId("take"));
  const state = store.get();
  const payload = shownPayload(state);
  if (!payload) {
    say(t("There is no result yet. Solve first."), "bad");
    return;
  }
  const kinds = [["diagram", t("The diagram of this hour")]];
  const plot = document.querySelector("#chart-body .plot");
  if (plot && !isTable(state.tab, payload)) kinds.push(["chart", byId(`tab-${state.tab}`).textContent]);
  const [save, pdf] = [html("button", { type: "button" }, t("SVG")), html("button", { type: "button" }, t("PDF"))];
  save.addEventListener("click", () => act("svg"));
  pdf.addEventListener("click", () => act("pdf"));
  showDialog(
    t("Figure for a paper"),
    html(
      "p",
      {},
      t("Light, with its legend and one sentence below. PDF opens the print, whose sheet is as large as the figure."),
    ),
    select("figure-kind", t("Figure"), kinds),
    select("figure-width", t("Width"), WIDTHS),
    html("div", { class: "figure-outs" }, save, pdf),
  );
}

export const wireFigureExport = () => byId("out-figure").addEventListener("click", open);
