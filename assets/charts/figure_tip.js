// What stands beside the pointer on a chart that is drawn here: the values of the hour, or of the cell.

import { html } from "../page/elements.js";
import { written } from "./figure_scales.js";

// The server's template of a value with the value in it: "%{y:.1f} kW" and the like.
export function filledTemplate(template, values) {
  return template
    .replace(/<extra>.*?<\/extra>/g, "")
    .replace(/%\{(\w+)(?::([^}]*))?\}/g, (_, name, form) =>
      typeof values[name] === "number" ? written(values[name], form) : String(values[name] ?? ""),
    );
}

const place = (trace, i) => (trace.x ? trace.x[i] : i);
const title = (hour, { unifiedhovertitle }) => {
  const text = (unifiedhovertitle || {}).text || "%{x}";
  return text.replace("%{x:02d}", String(hour).padStart(2, "0")).replace("%{x}", String(hour));
};

function cellOf(trace, hour, upright, top) {
  const rows = trace.z.map((_, i) => (trace.y ? trace.y[i] : i));
  const nearest = rows.reduce(
    (best, row, i) => (Math.abs(upright.at(row) - top) < Math.abs(upright.at(rows[best]) - top) ? i : best),
    0,
  );
  const z = trace.z[nearest][hour];
  const text = trace.text ? trace.text[nearest][hour] : "";
  return z === null || z === undefined
    ? null
    : filledTemplate(trace.hovertemplate, { x: hour, y: rows[nearest], z, text });
}

function valueOf(trace, hour) {
  const i = trace.x ? trace.x.indexOf(hour) : hour;
  const y = trace.y[i];
  if (i < 0 || y === null || y === undefined || trace.hoverinfo === "skip") return null;
  const text = filledTemplate(trace.hovertemplate || "%{y}", {
    x: place(trace, i),
    y,
    customdata: (trace.customdata || [])[i],
  });
  return trace.name ? `${trace.name}: ${text}` : text;
}

// Lines of the tip at an hour and a height in pixels.
export function tipLines({ data, layout }, { uprights }, hour, top) {
  const map = data.find(({ type }) => type === "heatmap");
  const inMap = map && top >= uprights[map.yaxis || "y"].top && top <= uprights[map.yaxis || "y"].bottom;
  if (inMap) {
    const cell = cellOf(map, hour, uprights[map.yaxis || "y"], top);
    return cell ? [title(hour, layout.xaxis), cell] : [];
  }
  const told = data
    .filter(({ type, yaxis }) => type !== "heatmap" && uprights[yaxis || "y"])
    .map((one) => valueOf(one, hour));
  const lines = told.filter(Boolean);
  return lines.length ? [title(hour, layout.xaxis), ...lines] : [];
}

// The tip follows the pointer over a plot; `drawn` gives what is drawn there now.
export function wireTip(plot, drawn) {
  const tip = html("div", { class: "plot-tip", hidden: "" });
  plot.addEventListener("pointermove", (event) => {
    const { figure, picture } = drawn();
    const [box, { across }] = [plot.getBoundingClientRect(), picture.axes];
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const lines = tipLines(figure, picture, Math.round(across.value(x)), y);
    tip.hidden = !lines.length;
    tip.replaceChildren(...lines.map((text, i) => html(i ? "span" : "strong", {}, text)));
    plot.append(tip);
    tip.style.left = `${Math.max(0, x + 14 + tip.offsetWidth > box.width ? x - 14 - tip.offsetWidth : x + 14)}px`;
    tip.style.top = `${Math.max(0, Math.min(y - 10, box.height - tip.offsetHeight))}px`;
  });
  plot.addEventListener("pointerleave", () => {
    tip.hidden = true;
  });
}
