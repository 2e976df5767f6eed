// The losses of all topologies of an hour as bars, with the hour's own among them.

import { svg } from "../page/elements.js";
import { format } from "../page/format.js";
import { t } from "../page/language.js";

const BINS = 56;

// Counts of sorted values in equal bins from `low` to `high`.
export function histogram(sorted, low, high, bins) {
  const counts = new Array(bins).fill(0);
  for (let i = 0; i < sorted.length && sorted[i] <= high; i += 1)
    counts[Math.min(bins - 1, Math.max(0, Math.floor((bins * (sorted[i] - low)) / (high - low || 1))))] += 1;
  return counts;
}

function niceStep(span, most) {
  const rough = span / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((times) => times * power).find((step) => step >= rough);
}

function axis(low, high, x, base, width) {
  const step = niceStep(high - low, 6);
  const ticks = Array.from({ length: 9 }, (_, i) => step * (Math.ceil(low / step) + i)).filter(
    (value) => value <= high,
  );
  return ticks.map((value) => {
    const text = svg("text", {
      class: "live-label middle",
      x: Math.min(width - 14, Math.max(12, x(value))),
      y: base + 16,
    });
    text.textContent = format.number(value);
    return text;
  });
}

// Lines with their words above the bars, each word on a row of its own where two would touch.
function flags(marks, x, width, base) {
  const rows = [];
  return marks.map(({ kw, text, token }) => {
    const at = x(kw);
    const [end, room] = [at + 6 + 6.4 * text.length, width];
    const left = end > room;
    const span = left ? [at - 6 - 6.4 * text.length, at] : [at, end];
    let row = rows.findIndex((taken) => taken.every(([from, to]) => span[1] < from || span[0] > to));
    if (row < 0) {
      row = rows.length;
      rows.push([]);
    }
    rows[row].push(span);
    const y = 14 + 18 * row;
    const words = svg("text", {
      x: left ? at - 6 : at + 6,
      y,
      class: left ? "flag end" : "flag",
      fill: `var(--${token})`,
    });
    words.textContent = text;
    return svg(
      "g",
      {},
      svg("line", { x1: at, x2: at, y1: y - 10, y2: base, stroke: `var(--${token})`, "stroke-width": 2 }),
      words,
    );
  });
}

// `base` is where the bars stand, px from the top.
export function drawLandscape(found, marks, width, base) {
  const { losses, within } = found;
  const low = Math.min(losses[0], ...marks.map(({ kw }) => kw));
  const high = Math.max(
    losses[Math.floor(0.9 * (losses.length - 1))],
    ...marks.map(({ kw }) => Math.min(kw, 4 * losses[0] + 20)),
    low + 1e-6,
  );
  const top = 36;
  const x = (kw) => 4 + (width - 8) * Math.min(1, Math.max(0, (kw - low) / (high - low)));
  const all = histogram(losses, low, high, BINS);
  const fine = histogram(within, low, high, BINS);
  const most = Math.max(...all, 1);
  const bars = (counts, name) =>
    svg("path", {
      class: name,
      d: counts
        .map((count, i) => {
          const height = count ? Math.max(1.5, (base - top) * Math.sqrt(count / most)) : 0;
          const [left, wide] = [4 + ((i + 0.08) * (width - 8)) / BINS, (0.84 * (width - 8)) / BINS];
          return height
            ? `M${left.toFixed(1)} ${base}v${(-height).toFixed(1)}h${wide.toFixed(1)}v${height.toFixed(1)}z`
            : "";
        })
        .join(""),
    });
  return svg(
    "svg",
    {
      class: "landscape",
      viewBox: `0 0 ${width} ${base + 36}`,
      width,
      height: base + 36,
      role: "img",
      "aria-label": reading(found, marks),
    },
    bars(all, "all"),
    bars(fine, "fine"),
    svg("line", { class: "live-grid", x1: 0, x2: width, y1: base, y2: base }),
    ...axis(low, high, x, base, width),
    ...flags(marks, x, width, base),
    named(width, base),
  );
}

// A letter of small type, on average.
const TYPE_PX = 6;

function named(width, base) {
  const text = svg("text", { class: "live-label middle", x: width / 2, y: base + 32 });
  const whole = t("losses of each topology at this hour, kW (higher bars: more of them)");
  text.textContent = TYPE_PX * whole.length < width ? whole : t("losses at this hour, kW");
  return text;
}

function reading({ losses, within, count, all }, marks) {
  const compared = all ? t`${format.number(count)} radial topologies` : t`${format.number(count)} topologies tried`;
  const told = marks.map(({ text, kw }) => `${text}: ${format.number(kw, 1)} kW`).join("; ");
  const kept = t`${format.number(within.length)} keep all limits`;
  return t`${compared}, from ${format.number(losses[0], 1)} kW up; ${kept}. ${told}.`;
}
