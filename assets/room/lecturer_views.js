// What the projector shows in each phase.

import { byId, html } from "../page/elements.js";
import { format } from "../page/format.js";
import { liveShares, roundBoard, totalBoard } from "./boards.js";
import { priceChart } from "./day_chart.js";
import { drawGrid, closedFrom, gridOf } from "./grid.js";
import { grids } from "./revealed.js";
import { said, t } from "./speech.js";

const BEAT_MS = 1200;
const MOST_NAMES = 12;
const MOST_ROWS = 14;

const head = ({ round }) =>
  html(
    "div",
    { class: "room-task" },
    html("h2", { class: "room-title" }, said(round.title)),
    html("p", {}, said(round.task)),
  );

// The code to join with, large, and who is there.
export function lobby(state) {
  const node = html(
    "div",
    { class: "room-lobby" },
    html(
      "section",
      { class: "card room-code" },
      html("p", {}, t("scan")),
      html("p", { class: "room-address" }, state.url.replace(/^https?:\/\//, "")),
      html("img", { src: state.qr, alt: `QR: ${state.url}`, width: 320, height: 320 }),
      html("p", { class: "code", "aria-label": `${t("code")} ${state.code}` }, state.code),
    ),
    html(
      "section",
      { class: "card" },
      html("h2", {}, said(state.set.title)),
      html("p", { id: "room-count", role: "status" }),
      html("ul", { class: "room-names", id: "room-names" }),
      ...(state.next ? [html("p", { class: "quiet" }, t("next_is", { title: said(state.next.title) }))] : []),
    ),
  );
  return { node };
}

export async function running(state, secret) {
  const place = html("div", { class: "grid-place" });
  const node = html(
    "div",
    { class: "room-running" },
    html("section", { class: "card" }, head(state), place),
    html(
      "section",
      { class: "card room-side" },
      html("p", { class: "room-moved", id: "room-moved", role: "status" }),
      html("p", { class: "quiet", id: "room-thinking" }),
      html("div", { id: "room-live" }),
    ),
  );
  const payload = await gridOf(state.round.grid, secret);
  if (!payload) return { node };
  const closed = state.round.initial
    ? closedFrom(payload, state.round.initial.open)
    : closedFrom(payload, payload.network.initially_open);
  return { node, drawn: [{ draw: () => drawGrid(place, payload, null)(closed, payload.worst_hour) }] };
}

// Between the phases: what is going on.
export function waitingFor(state) {
  const failed = state.round && state.round.error;
  const text = failed ? t("failed", { why: failed.message }) : t(state.phase);
  return {
    node: html(
      "div",
      { class: "card room-wait", role: "status" },
      ...(state.round ? [html("p", { class: "quiet" }, said(state.round.title))] : []),
      html("h2", {}, text),
      html("p", { id: "room-progress", class: "figure" }),
    ),
  };
}

async function revealedGrids(state, secret) {
  const { optimum, class_best: best } = state.reveal;
  if (state.round.game !== "switch") return [];
  const told = (name, outcome) => [`${name}: ${format.number(outcome.eur_per_h, 2)} ${t("per_hour")}`, outcome.open];
  return grids(state, secret, [
    ...(best ? [told(`${t("class_best")} (${best.name})`, best.outcome)] : []),
    told(t(optimum.proved ? "optimum" : "best_known"), optimum),
  ]);
}

function optimumWords({ round, reveal: { optimum } }) {
  if (round.game === "trade")
    return t("class_total", { played: format.number(optimum.class_eur, 2), best: format.number(optimum.best_eur, 2) });
  return optimum.proved ? t("proved", { n: format.number(round.about.topologies) }) : t("not_proved");
}

// The lesson of a round, with what was reached beside what was possible.
function lessonOf(state, drawn) {
  const { reveal, round } = state;
  const prices =
    reveal.optimum && round.game === "trade" ? [priceChart(round.about, reveal.optimum.prices_eur_per_kwh)] : [];
  return html(
    "section",
    { class: "card" },
    html("h2", { class: "room-title" }, said(round.title)),
    html("p", {}, said(round.teaches)),
    html("div", { class: "grids" }, ...drawn.map(({ figure }) => figure)),
    ...prices,
    ...(reveal.optimum ? [html("p", { class: "quiet" }, optimumWords(state))] : []),
  );
}

export async function revealed(state, secret) {
  const { reveal, total, round } = state;
  const drawn = reveal && reveal.optimum && round ? await revealedGrids(state, secret) : [];
  const card = (title, table) => html("section", { class: "card" }, html("h3", {}, title), table);
  const node = html(
    "div",
    { class: "room-board" },
    ...(state.phase === "ended" ? [html("h2", { class: "room-title wide" }, t("ended"))] : []),
    ...(reveal && round ? [lessonOf(state, drawn)] : []),
    html(
      "div",
      { class: "room-column" },
      ...(reveal ? [card(t("this_round"), roundBoard(reveal.board, null, MOST_ROWS))] : []),
      ...(total ? [card(t("total"), totalBoard(total, null, MOST_ROWS))] : []),
    ),
  );
  return { node, drawn };
}

// The best of the class, move by move.
export async function replayed(state, secret) {
  const { replay } = state.reveal;
  const place = html("div", { class: "grid-place" });
  const word = html("p", { class: "room-moved", role: "status" });
  const node = html(
    "section",
    { class: "card" },
    html("h2", { class: "room-title" }, said(state.round.title)),
    word,
    place,
  );
  const payload = state.round.game === "switch" ? await gridOf(state.round.grid, secret) : null;
  const show = (at, draw) => {
    if (at >= replay.moves.length || (at && !node.isConnected)) return;
    const { move, outcome } = replay.moves[at];
    const share = outcome && outcome.share !== undefined ? `: ${format.number(outcome.share, 1)} %` : "";
    word.textContent = t("replaying", { name: replay.name, n: at + 1, all: replay.moves.length }) + share;
    if (draw && move.open) draw(closedFrom(payload, move.open));
    window.setTimeout(() => show(at + 1, draw), BEAT_MS);
  };
  return { node, drawn: [{ draw: () => show(0, payload ? drawGrid(place, payload, null) : null) }] };
}

function names(board, remove) {
  return board.map(({ player, name, online }) => {
    const out = html("button", { type: "button", class: "plain icon", "aria-label": t("remove", { name }) }, "\u00d7");
    out.addEventListener("click", () => remove(player));
    return html("li", { class: online ? null : "away" }, html("span", {}, name), out);
  });
}

// What changes within a phase: who is there, who has moved, how far the market is.
export function update(state, remove) {
  const { board, players, moved, live, progress } = state;
  const put = (id, ...nodes) => {
    const place = byId(id);
    if (!place) return;
    const same = JSON.stringify(nodes.map((node) => (typeof node === "string" ? node : node.outerHTML)));
    if (place.dataset.same === same) return;
    place.dataset.same = same;
    place.replaceChildren(...nodes);
  };
  put("room-count", players ? (players === 1 ? t("one_player") : t("players", { n: players })) : t("nobody"));
  put("room-names", ...names(board, remove));
  put("room-moved", t("moved", { n: moved, all: players }));
  const still = board.filter((one) => !one.moved).map(({ name }) => name);
  const shown = still.slice(0, MOST_NAMES).join(", ") + (still.length > MOST_NAMES ? " \u2026" : "");
  put("room-thinking", still.length ? t("thinking", { names: shown }) : t("all_moved"));
  if (live) put("room-live", liveShares(live.shares));
  if (progress)
    put("room-progress", progress.share === null ? progress.words || "" : `${format.number(100 * progress.share)} %`);
}
