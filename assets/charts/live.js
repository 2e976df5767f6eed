// The negotiation while it runs: residuals on a log axis as they arrive, before there is a result to draw.

import { byId, html, svg } from "../page/elements.js";
import { format } from "../page/format.js";
import { store } from "../page/store.js";
import { marked, t } from "../page/language.js";

const MARGIN = { left: 46, right: 10, top: 12, bottom: 26 };

// Decades that hold all values, at least three of them: [lowest exponent, highest exponent].
export function decades(values) {
  const known = values.filter((value) => value > 0).map(Math.log10);
  const high = Math.ceil(Math.max(0, ...known));
  return [Math.min(high - 3, Math.floor(Math.min(high, ...known))), high];
}

function curve(values, x, y) {
  const points = values
    .map((value, i) => (value > 0 ? `${x(i).toFixed(1)} ${y(Math.log10(value)).toFixed(1)}` : null))
    .filter(Boolean);
  return points.length ? `M${points.join("L")}` : "";
}

function gridLine(exponent, y, width) {
  const text = svg("text", { x: MARGIN.left - 8, y: y + 4, class: "live-label" });
  text.textContent = marked(exponent < 0 ? (10 ** exponent).toFixed(-exponent) : String(10 ** exponent));
  return [svg("line", { x1: MARGIN.left, x2: width - MARGIN.right, y1: y, y2: y, class: "live-grid" }), text];
}

// Keeps an event for the drawing, at most a thousand of a solve.
export function keepLive(event) {
  const live = [...store.get().live, event];
  store.set({ live: live.length > 1000 ? live.filter((_, i) => i % 2) : live });
}

export function drawLive(body, events) {
  const [width, height] = [body.clientWidth, body.clientHeight];
  const primal = events.map((event) => event.primal_kw);
  const [low, high] = decades(primal);
  const x = (i) => MARGIN.left + ((width - MARGIN.left - MARGIN.right) * i) / Math.max(20, events.length - 1);
  const y = (exponent) => MARGIN.top + ((height - MARGIN.top - MARGIN.bottom) * (high - exponent)) / (high - low);
  const rows = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  body.replaceChildren(
    svg(
      "svg",
      {
        class: "live-chart",
        viewBox: `0 0 ${width} ${height}`,
        width,
        height,
        role: "img",
        "aria-label": t("Primal residual of the running solve, kW"),
      },
      ...rows.flatMap((exponent) => gridLine(exponent, y(exponent), width)),
      svg("path", { class: "live-curve", d: curve(primal, x, y) }),
    ),
  );
  const last = events[events.length - 1] || {};
  const open =
    last.free_binaries === null || last.free_binaries === undefined
      ? ""
      : t` ${format.number(last.free_binaries)} switches are undecided.`;
  byId("caption").replaceChildren(html("strong", {}, t("Running. ")), t`Primal residual in kW as it converges.${open}`);
}
