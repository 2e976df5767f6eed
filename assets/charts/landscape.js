// Why this topology: the losses of all radial topologies at the hour with "you are here", and what the next best cost.

import { byId, html } from "../page/elements.js";
import { format } from "../page/format.js";
import { horizon } from "../page/horizon.js";
import { talking } from "../page/presenting.js";
import { store } from "../page/store.js";
import { term } from "../page/terms.js";
import { smallPx } from "../page/type_size.js";
import { view } from "../page/view.js";
import { t } from "../page/language.js";
import { gridFor, takenIn } from "../powerflow/payload_grid.js";
import { flowOf } from "../powerflow/powerflow.js";
import { knownRanking, rankText, rankingOf } from "../powerflow/ranking.js";
import { rankOf } from "../powerflow/topologies.js";
import { tryTopology } from "../whatif/manual_switching.js";
import { breaches } from "../whatif/trial_words.js";
import { trialDay } from "../whatif/whatif.js";
import { drawLandscape } from "./landscape_drawing.js";
import { changeText, changeWords, difference, wholeChange } from "./topology_changes.js";

/**
 * @param {Payload} payload
 * @param {number} hour
 */
const shownOpen = (payload, hour) => payload.series.open_lines[hour].map((line) => line - 1);

/**
 * @param {Payload} payload
 * @param {any} found
 * @param {any} own
 * @param {{ hour: number, most: number }} shown
 */
function table(payload, found, own, { hour, most }) {
  const shown = shownOpen(payload, hour);
  const rank = rankOf(found.costs, own.cost);
  const rows = found.best.slice(0, most).map((tree, i) => ({ ...tree, place: i + 1 }));
  if (rank > rows.length) rows.splice(rows.length - 1, 1, { ...own, open: shown, place: rank });
  const row = (tree) => {
    const same = tree.open.join() === shown.join();
    const button = html(
      "button",
      {
        type: "button",
        class: "link",
        title: t`${wholeChange(tree.open, shown)}. Click to try it on the diagram.`,
      },
      changeText(tree.open, shown),
    );
    button.addEventListener("click", () => tryTopology(tree.open));
    return html(
      "tr",
      { class: same ? "shown" : null },
      html("td", { class: "n" }, format.number(tree.place)),
      html("td", {}, same ? t("as shown") : button),
      html("td", { class: "n" }, format.number(tree.loss, 1)),
      html(
        "td",
        { class: `n${tree.breach > 0.005 ? " fails" : ""}` },
        tree.breach > 0.005 ? format.number(tree.breach, 2) : "\u2013",
      ),
      html("td", { class: "n" }, same ? "" : format.signed(tree.cost - own.cost, 2)),
    );
  };
  const head = html(
    "tr",
    {},
    ...[t("Rank"), t("Switch instead"), t("Losses, kW"), t("Limits, \u20ac"), t("Dearer by, \u20ac")].map((text, i) =>
      html("th", { scope: "col", class: i === 1 ? null : "n" }, text),
    ),
  );
  return html("table", { class: "plain tight next" }, html("thead", {}, head), html("tbody", {}, ...rows.map(row)));
}

/**
 * @param {Payload} payload
 * @param {number} hour
 */
function costOf(payload, hour) {
  const closed = Uint8Array.from(payload.lines.closed[hour]);
  return flowOf(gridFor(payload, hour), takenIn(payload, {}, hour), closed);
}

// Beside loops that nothing can open what flows in them hangs on the topology, which the browser does not solve.
const notRanked = () => t("Loops that nothing can open stay closed; topologies are ranked on radial grids.");

// The place of the hour's topology: among all of them as the solver counted it, among those tried here, or how to learn
// it.
/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function rankLine(payload, hour) {
  const [rank, all] = [payload.series.rank[hour], payload.summary.topologies];
  if (rank !== null)
    return [
      term(t("rank"), "rank"),
      all
        ? t` ${format.number(rank)} of ${format.number(all)} radial topologies`
        : t` ${format.number(rank)} among the topologies tried`,
    ];
  if (payload.summary.meshed_lines) return [notRanked()];
  const found = knownRanking(payload, hour);
  if (found) return [rankText(found, costOf(payload, hour).cost)];
  const button = html(
    "button",
    {
      type: "button",
      class: "link",
      title: t(
        "There are too many radial topologies to try them all: a few thousand neighbours of this one are ranked",
      ),
    },
    t("rank among its neighbours"),
  );
  button.addEventListener("click", () => store.set({ tab: "why" }));
  return [button];
}

/**
 * @param {Payload} payload
 * @param {State} state
 */
function marksOf(payload, found, own, state) {
  const { trial } = view;
  const rank = (cost) => format.number(rankOf(found.costs, cost));
  const [kw, place] = [format.number(own.loss, 1), rank(own.cost)];
  const told = payload.mode === "fixed" ? t`as built ${kw} kW, rank ${place}` : t`plan ${kw} kW, rank ${place}`;
  const marks = [{ kw: own.loss, text: told, token: "accent" }];
  if (trial && trial.whole && trial.solvedAt[state.hour] && !Object.keys(state.trial.pv).length)
    marks.push({
      kw: trial.series.loss_kw[state.hour],
      text: t`you ${format.number(trial.series.loss_kw[state.hour], 1)} kW, rank ${rank(trial.costs[state.hour])}`,
      token: "ink",
    });
  return marks;
}

// The same drawing `k` times as large, type and all.
function enlarged(drawing, k) {
  if (k === 1) return drawing;
  ["width", "height"].forEach((side) => drawing.setAttribute(side, k * Number(drawing.getAttribute(side))));
  drawing.style.setProperty("--small", "12px");
  return drawing;
}

/**
 * @param {Payload} payload
 * @param {State} state
 */
export function whyTable(payload, state) {
  if (payload.summary.meshed_lines) return html("p", { class: "waiting" }, notRanked());
  const again = (share) => {
    const told = byId("ranking-share");
    if (told) told.textContent = `${format.number(100 * share)} %`;
  };
  const entry = rankingOf(payload, state.hour, {}, again);
  if (!entry.found)
    return html(
      "p",
      { class: "waiting" },
      html(
        "span",
        {},
        entry.failed
          ? t("This browser could not rank the topologies.")
          : t("Ranking the radial topologies of this hour \u2026 "),
        html("span", { id: "ranking-share" }, ""),
      ),
    );
  const own = costOf(payload, state.hour);
  const { clientWidth, clientHeight } = byId("chart-body");
  const k = talking() ? smallPx() / 12 : 1;
  const width = Math.max(260, (clientWidth - 12) / k);
  const base = talking() ? Math.max(98, (0.5 * clientHeight) / k) : clientHeight > 440 ? 180 : 98;
  const most = Math.max(4, Math.floor((clientHeight / k - base - 68) / 28.5));
  return html(
    "div",
    { class: "scroll why", tabindex: 0, role: "region", "aria-label": t("All topologies of this hour") },
    enlarged(drawLandscape(entry.found, marksOf(payload, entry.found, own, state), width, base), k),
    table(payload, entry.found, own, { hour: state.hour, most }),
  );
}

// What drove the choice: the next best, the topology of least loss and the limit it breaks, or the price of operations.
const eur = (value) => `${format.number(value, 2)}\u00a0\u20ac`;

/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function whyWords(payload, found, own, hour) {
  const shown = shownOpen(payload, hour);
  const rank = rankOf(found.costs, own.cost);
  const next = found.best.find(({ open }) => open.join() !== shown.join());
  const parts = [];
  if (rank === 1 && next)
    parts.push(t`The next best ${changeWords(next.open, shown)}: ${eur(next.cost - own.cost)} dearer in this hour.`);
  if (rank > 1) parts.push(switchingWords(payload, found.best[0], own, hour));
  const { least } = found;
  if (least && least.breach > 0.005 && least.loss < own.loss - 0.05) {
    const closed = Uint8Array.from(payload.network.from, (_, line) => (least.open.includes(line) ? 0 : 1));
    const broken = breaches(trialDay(payload, { closed, pv: {} }), hour);
    parts.push(
      t(
        "Losses could fall to {0} kW, but that breaks a limit: {1}",
        format.number(least.loss, 1),
        broken[0] || t("a voltage"),
      ),
    );
  }
  return parts.join(" ");
}

/**
 * @param {Payload} payload
 * @param {number} hour
 */
function switchingWords(payload, best, own, hour) {
  const before = (hour ? payload.series.open_lines[hour - 1] : payload.network.initially_open).map((line) => line - 1);
  const moves = (open) => {
    const { opened, closed } = difference(open, before);
    return opened.length + closed.length;
  };
  const [more, price] = [moves(best.open) - moves(shownOpen(payload, hour)), payload.dso.switching_cost_eur];
  const change = changeWords(best.open, shownOpen(payload, hour));
  const gain = t`The cheapest of this hour ${change}, which would save ${eur(own.cost - best.cost)}`;
  const held =
    payload.mode === "fixed"
      ? t`The grid as built is held ${horizon("all", payload)}`
      : t`One topology is held ${horizon("all", payload)}`;
  if (payload.mode !== "hourly") return t`${held}. ${gain} at these injections.`;
  return more > 0
    ? t`${gain} but takes ${more} more operations${price ? t` at ${eur(price)} each` : ""}.`
    : t`${gain} at these injections, for this hour alone.`;
}

/**
 * @param {Payload} payload
 * @param {State} state
 */
export function whyCaption(payload, state) {
  if (payload.summary.meshed_lines) return ["", ""];
  const { found } = rankingOf(payload, state.hour, {});
  if (!found) return ["", ""];
  const own = costOf(payload, state.hour);
  const compared = found.all
    ? t`${format.number(found.count)} radial topologies`
    : t`${format.number(found.count)} topologies tried`;
  const kept = t`${format.number(found.within.length)} of ${compared} keep all limits (strong bars). `;
  return [kept, whyWords(payload, found, own, state.hour)];
}
