// What colours and signs of the diagram mean, and whose trades are drawn.

import { byId, html, svg } from "../page/elements.js";
import { format } from "../page/format.js";
import { store } from "../page/store.js";
import { term } from "../page/terms.js";
import { t } from "../page/language.js";
import { tintsOf } from "./feeding.js";
import { priceText } from "./scales.js";

// Substations that are named one by one.
const FEW = 6;

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

// What colours tell: choosable where several substations feed.
/** @param {Payload} payload */
function colouring({ network }) {
  if (network.substations.length < 2) return null;
  const kinds = [
    ["loading", t("colours: loading and voltage")],
    ["substation", t("colours: feeding substation")],
  ];
  const select = html(
    "select",
    { id: "colouring", "aria-label": t("What colours tell") },
    ...kinds.map(([value, text]) => html("option", { value }, text)),
  );
  select.value = store.get().colouring;
  select.addEventListener("change", () => store.set({ colouring: select.value }));
  return html("li", {}, select);
}

// Few substations by name, many as areas.
/** @param {Payload} payload */
function areas({ network }, colours) {
  const tints = tintsOf(network, colours.areas.length).map((tint) => colours.areas[tint]);
  const swatch = (tint) => {
    const node = html("span", { class: "swatch" });
    node.style.background = tint;
    return node;
  };
  const { substations } = network;
  if (substations.length <= FEW)
    return substations.map((bus, i) => html("li", {}, swatch(tints[i]), html("span", {}, t`fed by bus ${bus}`)));
  const seen = [...new Set(tints)].map(swatch);
  return [html("li", {}, ...seen, html("span", {}, t`${substations.length} substations, neighbours apart`))];
}

const square = () =>
  svg(
    "svg",
    { viewBox: "0 0 14 14", class: "square", "aria-hidden": "true" },
    svg("rect", { x: 1.5, y: 1.5, width: 11, height: 11, rx: 3.5 }),
  );

/** @param {Payload} payload */
export function showLegend(payload, scales, colours) {
  const item = (mark, ...text) => html("li", {}, mark, ...text);
  const volts = `${format.number(1 - scales.span, 2)}\u2013${format.number(1 + scales.span, 2)} p.u.`;
  const told =
    store.get().colouring === "substation" && payload.network.substations.length > 1
      ? [...areas(payload, colours), item(html("span", { class: "swatch over" }), t("over a limit"))]
      : [
          item(
            html("span", { class: "ramp loading" }),
            html("span", {}, term(t("loading"), "loading"), t(", red over limit")),
          ),
          item(html("span", { class: "ramp voltage" }), t`voltage ${volts}`),
        ];
  byId("legend").replaceChildren(
    ...told,
    item(square(), t("prosumer")),
    item(html("span", { class: "ramp price" }), priceText(scales)),
    ...[colouring(payload)].filter(Boolean),
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
