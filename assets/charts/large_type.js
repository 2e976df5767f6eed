// A chart's layout with type as large as the page's small type, and every second hour where `width` has no room for
// all.

import { presenting } from "../page/presenting.js";
import { smallPx } from "../page/type_size.js";

export function forTheRoom(layout, width) {
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
  return presenting() ? { ...large, margin: { ...large.margin, l: 64 * k, b: 40 * k, t: 40 * k } } : large;
}
