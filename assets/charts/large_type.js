// A chart's layout with type as large as the page's small type, and every second hour where `width` has no room for
// all.

import { presenting } from "../page/presenting.js";
import { smallPx } from "../page/type_size.js";
import { legendRows } from "./figure_drawing.js";

// Names that stand in their own strip above the bars need more of it where they take several rows.
const LEGEND_ROW = 2.4;
function roomForLegend(layout, data, width, height, size) {
  const { legend = {}, margin, yaxis } = layout;
  if (legend.yanchor !== "top" || !yaxis || !yaxis.domain) return layout;
  const { rows } = legendRows({ layout, data }, 0.85 * (width - margin.l - margin.r));
  const need = rows * LEGEND_ROW * size;
  if (rows < 2 || need <= (1 - yaxis.domain[1]) * (height - margin.t - margin.b)) return layout;
  const domain = [yaxis.domain[0], 1];
  return {
    ...layout,
    legend: { ...legend, y: 1, yanchor: "bottom" },
    margin: { ...margin, t: margin.t + need },
    yaxis: { ...yaxis, domain },
  };
}

/**
 * @param {any} layout
 * @param {number} width
 * @param {any[]} [data]
 * @param {number} [height]
 */
export function forTheRoom(layout, width, data = [], height = 0) {
  const size = smallPx();
  const large = JSON.parse(JSON.stringify(layout).replace(/"size":12\b/g, `"size":${size}`));
  const { xaxis } = large;
  const wide = (xaxis.ticktext || []).join("").length * 0.6 * size;
  if (wide > width - 110)
    Object.assign(xaxis, {
      tickvals: xaxis.tickvals.filter((_, i) => i % 2 === 0),
      ticktext: xaxis.ticktext.filter((_, i) => i % 2 === 0),
    });
  // names beside curves are placed for small type on a usual width
  if (presenting() || width < 400) {
    const direct = (large.annotations || []).filter(({ name }) => name === "direct");
    if (direct.length)
      Object.assign(large, {
        showlegend: true,
        annotations: large.annotations.filter((one) => !direct.includes(one)),
        margin: { ...large.margin, r: 10, t: 28 },
      });
  }
  const k = Math.max(1, size / 16);
  const roomy = presenting() ? { ...large, margin: { ...large.margin, l: 64 * k, b: 40 * k, t: 40 * k } } : large;
  return data.length ? roomForLegend(roomy, data, width, height, size) : roomy;
}
