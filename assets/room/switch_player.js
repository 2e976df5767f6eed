// Playing *switch*: the grid under the fingers, what it loses now, and the move that is sent.

import { html } from "../page/elements.js";
import { format } from "../page/format.js";
import { closedFrom, drawGrid, gridOf, openOf } from "./grid.js";
import { shareOf } from "./pure.js";
import { t } from "./speech.js";

const figure = (name, value, note, look) =>
  html(
    "div",
    {},
    html("dt", {}, name),
    html("dd", { class: "figure" }, value),
    html("dd", { class: look || "note" }, note),
  );

const button = (text, act, attributes = {}) => {
  const made = html("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
};

// Figures of an hour beside those to begin with; `share` only where the topology is radial.
export function figures(now, round) {
  if (!now.whole)
    return [
      figure(t("losses"), "\u2013", now.loops.length ? t("loop") : t("dark", { n: now.dark.length }), "note bad"),
    ];
  const { initial, about } = round;
  const share = shareOf(initial.eur_per_h, now.cost, about.possible_eur_per_h);
  const broken = now.breach > 0.005;
  return [
    figure(t("cost"), `${format.number(now.cost, 2)}`, t("per_hour")),
    figure(t("saved"), `${format.number(share, 1)} %`, t("share")),
    figure(t("losses"), `${format.number(now.loss, 1)} kW`, `${t("initial")} ${format.number(initial.loss_kw, 1)}`),
    figure(
      t("voltage"),
      `${format.number(now.vm[0], 3)}\u2013${format.number(now.vm[1], 3)}`,
      broken ? t("limits_broken") : "p.u.",
      broken ? "note bad" : "note",
    ),
  ];
}

/**
 * @param {HTMLElement} holder
 * @param {any} state
 * @param {{secret: string, send: (move: any) => void}} acts
 * @returns {Promise<{update: (state: any) => void, told: (text: string, kind: string) => void} | null>}
 */
export async function playSwitch(holder, state, { secret, send }) {
  const payload = await gridOf(state.round.grid, secret);
  if (!payload) return null;
  const { round } = state;
  const last = state.me.last || state.me.best;
  let closed = closedFrom(payload, last ? last.move.open : round.initial.open);
  let past = [];
  let best = state.me.best;
  const place = html("div", { class: "grid-place" });
  const cards = html("dl", { class: "headlines room-figures" });
  const word = html("p", { class: "quiet room-word", role: "status" });
  const note = html("p", { class: "quiet best-line" });
  const back = button(t("take_back"), () => go(past.pop(), true), { id: "room-back" });
  const again = button(t("start_over"), () => go(closedFrom(payload, round.initial.open)), { id: "room-again" });
  const mine = button(t("use_best"), () => go(closedFrom(payload, best.move.open)), { id: "room-best" });
  const post = button(t("send"), () => send({ open: openOf(closed) }), { id: "room-send", class: "primary" });
  holder.replaceChildren(
    cards,
    place,
    word,
    html("div", { class: "room-acts" }, post, back, again, mine),
    note,
    html("p", { class: "quiet" }, t("how_switch")),
  );
  const show = drawGrid(place, payload, (line) => {
    if (!payload.network.switchable[line]) return;
    const next = closed.slice();
    next[line] = next[line] ? 0 : 1;
    go(next);
  });
  function go(next, backward = false) {
    if (!next) return;
    if (!backward) past = [...past, closed].slice(-200);
    closed = next;
    refresh();
  }
  let running = true;
  // What was said of the move stands until another topology is tried.
  function refresh(speak = true) {
    const now = show(closed);
    cards.replaceChildren(...figures(now, round));
    if (speak)
      word.textContent = now.whole ? t("radial") : now.loops.length ? t("loop") : t("dark", { n: now.dark.length });
    if (speak) word.classList.toggle("bad", !now.whole);
    post.disabled = !now.whole || !running;
    back.disabled = !past.length;
    mine.hidden = !best;
  }
  function update({ me, phase }) {
    best = me.best;
    running = phase === "running";
    note.textContent =
      best && best.outcome ? t("best_so_far", { share: format.number(best.outcome.share, 1) }) : t("no_move");
    holder.classList.toggle("held", !running);
    refresh(!word.textContent);
  }
  update(state);
  return {
    update,
    told(text, kind) {
      word.textContent = text;
      word.classList.toggle("bad", kind === "bad");
    },
  };
}
