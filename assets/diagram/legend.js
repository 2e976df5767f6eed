// What colours and signs of the diagram mean, and whose trades are drawn.

import { byId, html, svg } from "../page/elements.js";
import { format } from "../page/format.js";
import { store } from "../page/store.js";
import { term } from "../page/terms.js";
import { t } from "../page/language.js";
import { priceText } from "./scales.js";

/** @param {Payload} payload */
function filter({ prosumers }) {
  const kinds = [
    ["largest", t("largest trades")],
    ["all", t("all trades")],
    ["none", t("no trades")],
  ];
  const select = html(
    "select",
    { id: "whose", "aria-label": t("Trades that are drawn") },
    ...kinds.map(([value, text]) => html("option", { value }, text)),
    html("optgroup", { label: t("trades of") }, ...prosumers.id.map((id, k) => html("option", { value: k }, id))),
  );
  select.addEventListener("change", () =>
    store.set(/^\d+$/.test(select.value) ? { chosen: Number(select.value) } : { chosen: null, arcs: select.value }),
  );
  return select;
}

const square = () =>
  svg(
    "svg",
    { viewBox: "0 0 14 14", class: "square", "aria-hidden": "true" },
    svg("rect", { x: 1.5, y: 1.5, width: 11, height: 11, rx: 3.5 }),
  );

/** @param {Payload} payload */
export function showLegend(payload, scales) {
  const item = (mark, ...text) => html("li", {}, mark, ...text);
  const volts = `${format.number(1 - scales.span, 2)}\u2013${format.number(1 + scales.span, 2)} p.u.`;
  byId("legend").replaceChildren(
    item(
      html("span", { class: "ramp loading" }),
      html("span", {}, term(t("loading"), "loading"), t(", red over limit")),
    ),
    item(html("span", { class: "ramp voltage" }), t`voltage ${volts}`),
    item(square(), t("prosumer")),
    item(html("span", { class: "ramp price" }), priceText(scales)),
    html("li", {}, filter(payload)),
  );
}

// The signs that the line above the drawing explains by itself.
export const openKey = () =>
  svg(
    "svg",
    { viewBox: "0 0 20 10", class: "key", "aria-hidden": "true" },
    svg("line", { class: "dots", x1: 1, x2: 19, y1: 5, y2: 5 }),
  );
export const ringKey = () =>
  svg(
    "svg",
    { viewBox: "0 0 12 12", class: "key round", "aria-hidden": "true" },
    svg("circle", { class: "ring", cx: 6, cy: 6, r: 4.75 }),
  );
