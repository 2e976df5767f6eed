// Two results side by side: headline figures, losses and voltages by hour, open lines, bills, and the list they come
// from.

import { byId, html, svg } from "../page/elements.js";
import { store } from "../page/store.js";
import { t } from "../page/language.js";
import { reopen } from "./cases.js";
import { comparedCurves } from "./compare_curves.js";
import { alike, comparedBills, comparedFigures, comparedTopologies, topologyDifferences } from "./compare_tables.js";
import { payloadOf } from "./runs.js";

const MODES = {
  hourly: t("hourly"),
  static: t("best fixed"),
  fixed: t("initial"),
  "fixed-no-p2p": t("initial, no trading"),
};

let pair = null;

// Lines whose state differs at the hour get a wide band under the drawing; "differs-a" where only A has the line open.
function markDiagram() {
  document.querySelectorAll("#diagram .differences").forEach((node) => node.remove());
  const { hour, results, mode, marked, pane } = store.get();
  const shown = results[mode];
  const wires = document.querySelector("#diagram .wires");
  if (!marked || pane !== "compare" || !pair || !wires || !shown || !alike(pair.a, shown) || !alike(pair.a, pair.b))
    return;
  const found = topologyDifferences(pair.a.series.open_lines, pair.b.series.open_lines).find(
    (one) => one.hour === hour,
  );
  const all = document.querySelectorAll("#diagram .hits .hit");
  const band = (side) => (line) => svg("path", { class: `differs-${side}`, d: all[line - 1].getAttribute("d") });
  if (found)
    wires.before(svg("g", { class: "differences" }, ...found.first.map(band("a")), ...found.second.map(band("b"))));
}

const nameOf = (run, mode) => `${run.number} \u00b7 ${MODES[mode]}`;

/**
 * @param {any} side
 * @param {State} state
 */
function choice(side, { runs, sides }) {
  const groups = [...runs].reverse().map((run) =>
    html(
      "optgroup",
      { label: `${run.number} \u00b7 ${run.name}${run.at ? `, ${run.at}` : ""}` },
      ...Object.keys(MODES)
        .filter((mode) => run.ids[mode])
        .map((mode) =>
          html("option", { value: run.ids[mode] }, `${nameOf(run, mode)}${run.p2p ? "" : t(", no trading")}`),
        ),
    ),
  );
  const select = html("select", { id: `side-${side}`, "aria-label": t`Result ${side.toUpperCase()}` }, ...groups);
  select.value = sides[side];
  select.addEventListener("change", () =>
    store.set({ sides: { ...store.get().sides, [side]: select.value, chosen: true } }),
  );
  return html("label", { class: "side" }, html("span", {}, side.toUpperCase()), select);
}

/** @param {State} state */
function bar(state) {
  const swap = html("button", { type: "button", id: "swap" }, t("Swap"));
  swap.addEventListener("click", () => {
    const { sides } = store.get();
    store.set({ sides: { a: sides.b, b: sides.a, chosen: true } });
    byId("swap").focus();
  });
  const mark = html("input", { type: "checkbox", id: "mark-differences", ...(state.marked ? { checked: "" } : {}) });
  mark.addEventListener("change", () => store.set({ marked: mark.checked }));
  return html(
    "div",
    { class: "compare-bar" },
    choice("a", state),
    choice("b", state),
    swap,
    html("label", { class: "check" }, mark, t("Mark different lines on the diagram")),
  );
}

/** @param {State} state */
function list({ runs, ids }) {
  const current = new Set(Object.values(ids));
  const item = (run) => {
    const here = Object.values(run.ids).some((id) => current.has(id));
    const open = html(
      "button",
      { type: "button", class: "link", "aria-label": t`Open solve ${run.number}` },
      t("Open"),
    );
    open.addEventListener("click", () => reopen(run));
    const what = run.what.slice(0, 6).join("; ") + (run.what.length > 6 ? t`; and ${run.what.length - 6} more` : "");
    return html(
      "li",
      {},
      html("strong", {}, String(run.number)),
      html("span", { class: "run-what" }, `${run.name}: ${what}`),
      html(
        "span",
        { class: "quiet" },
        `${MODES[run.mode]}${run.p2p ? "" : t(", no trading")}${run.at ? `, ${run.at}` : ""}`,
      ),
      html("span", { class: "n" }, `${run.cost} \u20ac`),
      here ? html("span", { class: "quiet" }, t("on show")) : open,
    );
  };
  return html(
    "section",
    { class: "runs" },
    html("h3", {}, t("Solves of this session")),
    html("ol", {}, ...[...runs].reverse().map(item)),
  );
}

// The two newest results, or two modes of the only one.
function usual(runs) {
  const last = runs[runs.length - 1];
  const before = runs[runs.length - 2];
  const b = last.ids[last.mode] || Object.values(last.ids)[0];
  return {
    a: before ? before.ids[before.mode] || Object.values(before.ids)[0] : last.ids.static || last.ids.fixed || b,
    b,
  };
}

async function show() {
  const state = store.get();
  const pane = byId("compare");
  if (!pane || state.pane !== "compare") return;
  if (!state.runs.length) {
    pane.replaceChildren(html("p", { class: "empty" }, t("Nothing has been solved yet.")));
    return;
  }
  const held = new Set(state.runs.flatMap((run) => Object.values(run.ids)));
  const { sides } = state;
  const wanted = usual(state.runs);
  // until somebody chooses, results that arrive later count: the best fixed topology comes after the answer
  const outdated = sides && !sides.chosen && (sides.a !== wanted.a || sides.b !== wanted.b);
  if (!sides || outdated || !held.has(sides.a) || !held.has(sides.b)) {
    store.set({ sides: wanted });
    return;
  }
  const focused = pane.contains(document.activeElement) ? document.activeElement.id : "";
  try {
    const [a, b] = await Promise.all([payloadOf(state.sides.a), payloadOf(state.sides.b)]);
    pair = { a, b };
    pane.replaceChildren(
      bar(state),
      html(
        "div",
        { class: "compare-grid" },
        html("div", { class: "compare-lists" }, comparedFigures(pair), comparedTopologies(pair)),
        comparedCurves(pair),
        html("div", { class: "compare-lists" }, comparedBills(pair)),
      ),
      list(state),
    );
  } catch (error) {
    pane.replaceChildren(bar(state), html("p", { class: "empty" }, error.message), list(state));
  }
  if (focused && byId(focused)) byId(focused).focus();
  markDiagram();
}

export function wireCompare() {
  store.on("pane runs sides", show);
  store.on("ids", show);
  window.addEventListener("resize", show);
  store.on("hour mode results marked sides pane", () => window.requestAnimationFrame(markDiagram));
  // A diagram that is built anew, for a resized window say, keeps its bands.
  let watch = null;
  store.on("pane", () => {
    if (watch) return;
    watch = new MutationObserver(markDiagram);
    watch.observe(byId("diagram"), { childList: true });
  });
}
