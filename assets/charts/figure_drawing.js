// A figure of the server drawn as SVG, where the chart library is not there: in a day that is one file. It draws what
// p2pdnr/figures uses and no more. Colours are names of the style sheet, so that a figure serves both themes.

import { svg } from "../page/elements.js";
import { levelAxis, uprightAxis } from "./figure_scales.js";

const LETTER = 0.55; // width of a letter as a share of its height

// "var(--ink,0.1)" is a colour of the style sheet with an opacity.
export function paint(colour) {
  const found = /^var\((--[a-z-]+),([\d.]+)\)$/.exec(colour || "");
  return found ? `color-mix(in srgb, var(${found[1]}) ${100 * Number(found[2])}%, transparent)` : colour;
}

// The colour of a value from 0 to 1 on a scale of [place, colour].
export function onScale(scale, share) {
  const at = Math.min(1, Math.max(0, share));
  const next = Math.max(
    1,
    scale.findIndex(([place]) => place >= at),
  );
  const [[low, from], [high, to]] = [scale[next - 1], scale[next]];
  return `color-mix(in srgb, ${to} ${Math.round((100 * (at - low)) / (high - low))}%, ${from})`;
}

const dashes = (dash) =>
  !dash || dash === "solid"
    ? null
    : dash
        .split(/[\s,]+/)
        .map(parseFloat)
        .join(" ");
const textOf = (
  content,
  x,
  y,
  { font = {}, anchor = "start", shift = "0.35em", ...others } = /** @type {any} */ ({}),
) =>
  svg(
    "text",
    { x, y, dy: shift, "text-anchor": anchor, fill: font.color || "var(--muted)", "font-size": font.size, ...others },
    content,
  );

// Corners of a curve as runs without gaps; "hvh" changes halfway between two values, "hv" at the next.
export function runsOf(trace, across, upright) {
  const { y, line = {} } = trace;
  const runs = [];
  let run = null;
  y.forEach((value, i) => {
    if (value === null) {
      run = null;
      return;
    }
    const spot = [across.at(trace.x ? trace.x[i] : i), upright.at(value)];
    if (!run) runs.push((run = []));
    const last = run[run.length - 1];
    if (last && line.shape === "hvh") {
      const middle = (last[0] + spot[0]) / 2;
      run.push([middle, last[1]], [middle, spot[1]]);
    }
    if (last && line.shape === "hv") run.push([spot[0], last[1]]);
    run.push(spot);
  });
  return runs;
}

const pathOf = (spots) => spots.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

function area(trace, runs, below, upright) {
  const floor = upright.at(Math.max(0, upright.low));
  return runs.map((run, i) => {
    const under =
      trace.fill === "tonexty"
        ? [...(below[i] || [])].reverse()
        : [
            [run[run.length - 1][0], floor],
            [run[0][0], floor],
          ];
    return svg("path", { d: `${pathOf([...run, ...under])}Z`, fill: paint(trace.fillcolor), stroke: "none" });
  });
}

function curve(trace, runs) {
  const { color, width = 2, dash } = trace.line;
  if (!width) return [];
  const look = {
    fill: "none",
    stroke: paint(color),
    "stroke-width": width,
    "stroke-dasharray": dashes(dash),
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
  };
  return runs.map((run) => svg("path", { d: pathOf(run), ...look }));
}

// Bars stand on those of the same sign before them.
function bars(trace, across, upright, stacks, gap) {
  const wide = across.one * (trace.width || 1 - gap);
  return trace.y.flatMap((value, i) => {
    if (value === null || value === 0) return [];
    const hour = trace.x ? trace.x[i] : i;
    const key = `${trace.yaxis || "y"} ${hour} ${value > 0}`;
    const from = stacks.get(key) || 0;
    stacks.set(key, from + value);
    const [a, b] = [upright.at(from), upright.at(from + value)];
    const box = { x: across.at(hour) - wide / 2, y: Math.min(a, b), width: wide, height: Math.abs(a - b) };
    return [svg("rect", { ...box, fill: paint(trace.marker.color) })];
  });
}

function heat(trace, across, upright) {
  const { z, zmin, zmax, xgap = 0, ygap = 0 } = trace;
  const rowOf = (i) => (trace.y ? trace.y[i] : i);
  const tall = Math.abs(upright.at(1) - upright.at(0));
  return z.flatMap((row, i) =>
    row.map((value, hour) =>
      value === null
        ? ""
        : svg("rect", {
            x: across.at(hour) - across.one / 2 + xgap / 2,
            y: upright.at(rowOf(i)) - tall / 2 + ygap / 2,
            // cells without a gap overlap a little, so that no seams show
            width: across.one - xgap + (xgap ? 0 : 0.6),
            height: Math.max(0.5, tall - ygap + (ygap ? 0 : 0.6)),
            fill: onScale(trace.colorscale, (value - zmin) / (zmax - zmin)),
          }),
    ),
  );
}

function shape({ type, x0, x1, y0, y1, xref, yref, line, fillcolor }, { across, box }, uprights) {
  const x = (value) => (xref === "paper" ? box.left + box.width * value : across.at(value));
  const y = (value) => (yref === "paper" ? box.top + box.height * (1 - value) : uprights[yref || "y"].at(value));
  if (type === "rect")
    return svg("rect", { x: x(x0), y: y(y1), width: x(x1) - x(x0), height: y(y0) - y(y1), fill: paint(fillcolor) });
  const ends = { x1: x(x0), x2: x(x1), y1: y(y0), y2: y(y1) };
  return svg("line", {
    ...ends,
    stroke: line.color,
    "stroke-width": line.width,
    "stroke-dasharray": dashes(line.dash),
  });
}

function note({ text, x, y, xref, yref, xanchor, yanchor, xshift = 0, font }, { across, box }, uprights) {
  const left = (xref === "paper" ? box.left + box.width * x : across.at(x)) + xshift;
  const top = yref === "paper" ? box.top + box.height * (1 - y) : uprights[yref || "y"].at(y);
  const anchor = { left: "start", right: "end" }[xanchor] || "middle";
  return textOf(text, left, top, { font, anchor, shift: yanchor === "top" ? "1.1em" : "0.35em" });
}

function upright(axis, drawn, box) {
  const { font } = axis.title || {};
  const ticks = drawn.ticks.filter(({ at }) => at <= drawn.bottom + 0.5 && at >= drawn.top - 0.5);
  const grid = axis.showgrid === false ? [] : ticks;
  const line = ({ at }) =>
    svg("line", { x1: box.left, x2: box.left + box.width, y1: at, y2: at, stroke: axis.gridcolor });
  const label = ({ at, text }) => textOf(text, box.left - 6, at, { font: axis.tickfont, anchor: "end" });
  const middle = (drawn.top + drawn.bottom) / 2;
  const x = 0.8 * ((font || {}).size || 12);
  const title = axis.title && axis.title.text;
  return {
    grid: grid.map(line),
    labels: [
      ...ticks.map(label),
      ...(title
        ? [textOf(title, x, middle, { font, anchor: "middle", shift: "0", transform: `rotate(-90 ${x} ${middle})` })]
        : []),
    ],
  };
}

// Names of the series, in rows above the panels.
function legend(figure, box) {
  const { layout, data } = figure;
  const named = data.filter(
    (trace, i) =>
      trace.name && trace.showlegend !== false && data.findIndex((other) => other.name === trace.name) === i,
  );
  if (layout.showlegend === false || named.length + Number(Boolean(layout.showlegend)) < 2) return [];
  const { font, y, yanchor } = { y: 1, yanchor: "bottom", ...layout.legend };
  const step = 1.5 * font.size;
  let [x, row] = [0, 0];
  const spots = named.map((trace) => {
    const wide = 34 + trace.name.length * LETTER * font.size;
    if (x && x + wide > box.width) [x, row] = [0, row + 1];
    const spot = { trace, x: box.left + x, row };
    x += wide;
    return spot;
  });
  const first = box.top + box.height * (1 - y) + (yanchor === "top" ? step / 2 + 2 : -(row + 0.5) * step - 2);
  return spots.flatMap(({ trace, x: left, row: at }) => {
    const top = first + at * step;
    const mark = trace.marker
      ? svg("rect", { x: left, y: top - 5, width: 14, height: 10, fill: paint(trace.marker.color) })
      : curve(trace, [
          [
            [left, top],
            [left + 16, top],
          ],
        ])[0] || svg("rect", { x: left, y: top - 5, width: 14, height: 10, fill: paint(trace.fillcolor) });
    return [mark, textOf(trace.name, left + 21, top, { font })];
  });
}

function marks(figure, across, uprights) {
  const stacks = new Map();
  let below = [];
  return figure.data.flatMap((trace) => {
    const own = uprights[trace.yaxis || "y"];
    if (trace.type === "heatmap") return heat(trace, across, own);
    if (trace.type === "bar") return bars(trace, across, own, stacks, figure.layout.bargap || 0.2);
    const runs = runsOf(trace, across, own);
    const filled = trace.fill && trace.fill !== "none" ? area(trace, runs, below, own) : [];
    below = runs;
    return [...filled, ...curve(trace, runs)];
  });
}

// The figure as {node, axes}: an SVG of that size, and where its hours and panels are.
export function pictureOf(figure, width, height) {
  const { layout, data } = figure;
  const { l, r, t, b } = layout.margin;
  const box = { left: l, top: t, width: Math.max(40, width - l - r), height: Math.max(40, height - t - b) };
  const across = levelAxis(layout.xaxis, data, box);
  const shown = ["y", "y2"].filter((key) => {
    const axis = layout[key.replace("y", "yaxis")];
    return axis && axis.visible !== false && data.some((trace) => (trace.yaxis || "y") === key);
  });
  const axisOf = (key) => layout[key.replace("y", "yaxis")];
  const own = (key) => data.filter((trace) => (trace.yaxis || "y") === key);
  const uprights = Object.fromEntries(shown.map((key) => [key, uprightAxis(axisOf(key), own(key), box)]));
  const panels = shown.map((key) => upright(axisOf(key), uprights[key], box));
  const bottom = box.top + box.height;
  const frame = { across, box };
  const [under, over] = ["below", "above"].map((layer) =>
    (layout.shapes || []).filter((one) => (one.layer || "above") === layer).map((one) => shape(one, frame, uprights)),
  );
  const hours = across.ticks.map(({ at, text }) =>
    textOf(text, at, bottom + 5, { font: layout.xaxis.tickfont, anchor: "middle", shift: "0.9em" }),
  );
  const { title } = layout.xaxis;
  if (title && title.text)
    hours.push(textOf(title.text, box.left + box.width / 2, height - 6, { ...title, anchor: "middle", shift: "0" }));
  const drawn = { ...figure, data: data.filter((trace) => shown.includes(trace.yaxis || "y")) };
  const node = svg(
    "svg",
    { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", class: "own-chart" },
    ...under,
    ...panels.flatMap(({ grid }) => grid),
    ...marks(drawn, across, uprights),
    ...over,
    ...hours,
    ...panels.flatMap(({ labels }) => labels),
    ...(layout.annotations || []).map((one) => note(one, frame, uprights)),
    ...legend(figure, box),
  );
  const ends = Object.values(uprights);
  const top = Math.min(...ends.map((one) => one.top));
  return { node, axes: { across, top, bottom: Math.max(...ends.map((one) => one.bottom)) }, uprights };
}
