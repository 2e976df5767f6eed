// Two results side by side as curves: losses and voltages by hour.

import { byId, html, svg } from "../page/elements.js";
import { format } from "../page/format.js";
import { t } from "../page/language.js";
import { curveScale } from "./curve_scale.js";

function curves(title, unit, sets, step) {
  const columns = window.innerWidth > 1080 ? 3 : window.innerWidth > 640 ? 2 : 1;
  const room = byId("compare").clientWidth || 1200;
  const [width, height, left, bottom] = [Math.round((room - 32 * (columns - 1)) / columns), 150, 40, 22];
  const values = sets.flatMap(({ lines }) => lines.flat());
  const [low, high] =
    unit === "p.u."
      ? [Math.floor(Math.min(...values) * 50) / 50, Math.ceil(Math.max(...values) * 50) / 50]
      : [0, curveScale(values).top];
  const hours = Math.max(...sets.map(({ lines }) => lines[0].length));
  const x = (hour) => left + ((width - left - 6) * (hour + 0.5)) / hours;
  const y = (value) => 8 + ((height - 8 - bottom) * (high - value)) / (high - low || 1);
  const text = (attributes, content) => {
    const node = svg("text", { class: "live-label", ...attributes });
    node.textContent = content;
    return node;
  };
  const grid = [low, (low + high) / 2, high].flatMap((value) => [
    svg("line", { class: "live-grid", x1: left, x2: width - 6, y1: y(value), y2: y(value) }),
    text({ x: left - 6, y: y(value) + 4 }, format.number(value, unit === "p.u." ? 2 : high < 10 ? 1 : 0)),
  ]);
  const every = Math.ceil(hours / 8);
  const clocks = Array.from({ length: Math.ceil(hours / every) }, (_, i) =>
    text({ x: x(i * every), y: height - 5, style: "text-anchor:middle" }, format.clock(i * every, step).slice(-5, -3)),
  );
  const path = (numbers) => numbers.map((value, hour) => `${x(hour).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  return html(
    "figure",
    {},
    html("figcaption", { class: "quiet" }, title),
    svg(
      "svg",
      {
        viewBox: `0 0 ${width} ${height}`,
        class: "compare-curves",
        role: "img",
        "aria-label": t`${title} of A (dotted) and B`,
      },
      ...grid,
      ...clocks,
      ...sets.flatMap(({ side, lines }) =>
        lines.map((numbers) => svg("polyline", { class: `side-${side}`, points: path(numbers) })),
      ),
    ),
  );
}

export function comparedCurves({ a, b }) {
  const step = a.step_h;
  const volts = ({ series }) => [series.vm_min_pu, series.vm_max_pu];
  return html(
    "div",
    { class: "compare-charts" },
    html(
      "p",
      { class: "quiet compare-key" },
      html("span", { class: "key-a" }),
      "A",
      html("span", { class: "key-b" }),
      "B",
    ),
    curves(
      t("Losses, kW"),
      "kW",
      [
        { side: "a", lines: [a.series.loss_kw] },
        { side: "b", lines: [b.series.loss_kw] },
      ],
      step,
    ),
    curves(
      t("Lowest and highest voltage, p.u."),
      "p.u.",
      [
        { side: "a", lines: volts(a) },
        { side: "b", lines: volts(b) },
      ],
      step,
    ),
  );
}
