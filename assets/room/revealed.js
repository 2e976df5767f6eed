// What a round shows once it is revealed: to a player beside the optimum, and why; to the class on the screen.

import { html } from "../page/elements.js";
import { format } from "../page/format.js";
import { roundBoard, totalBoard } from "./boards.js";
import { priceChart } from "./day_chart.js";
import { gridOf, namedGrid } from "./grid.js";
import { t } from "./speech.js";

const eur = (value) => format.number(value, 2);
const MOST = 8;

function switchWords(state) {
  const { optimum } = state.reveal;
  const best = state.me.best;
  if (!best || !best.outcome) return t("nothing_sent");
  const [own, open] = [best.outcome.open || best.move.open, optimum.open];
  if (own.join() === open.join()) return t("same");
  return t("differ", {
    open: open.filter((line) => !own.includes(line)).join(", "),
    yours: own.filter((line) => !open.includes(line)).join(", "),
  });
}

export async function grids(state, secret, named) {
  const payload = await gridOf(state.round.grid, secret);
  return payload ? named.map(([name, open]) => namedGrid(name, payload, open)) : [];
}

async function switchPart(state, secret) {
  const { optimum } = state.reveal;
  const best = state.me.best;
  const drawn = await grids(state, secret, [
    ...(best && best.outcome
      ? [[`${t("yours")}: ${eur(best.outcome.eur_per_h)} ${t("per_hour")}`, best.outcome.open]]
      : []),
    [`${t(optimum.proved ? "optimum" : "best_known")}: ${eur(optimum.eur_per_h)} ${t("per_hour")}`, optimum.open],
  ]);
  return {
    nodes: [html("p", {}, switchWords(state)), html("div", { class: "grids" }, ...drawn.map(({ figure }) => figure))],
    drawn,
  };
}

function tradePart(state) {
  const { me, optimum } = state.reveal;
  const nodes = [];
  if (me && me.share !== null && me.share !== undefined) {
    const more = me.eur - me.best_eur;
    const cell = (name, value) =>
      html("div", {}, html("dt", {}, name), html("dd", { class: "figure" }, `${eur(value)} EUR`));
    nodes.push(
      html(
        "dl",
        { class: "headlines room-figures bills-cards" },
        cell(t("bill"), me.eur),
        cell(t("best_bill"), me.best_eur),
        cell(t("idle_bill"), me.idle_eur),
      ),
      html(
        "p",
        {},
        more > 0.005 ? t("why_trade", { saved: eur(more) }) : t("why_best"),
        " ",
        t("why_idle", { idle: eur(me.idle_eur) }),
      ),
    );
  } else nodes.push(html("p", {}, t("nothing_sent")));
  if (optimum) nodes.push(priceChart(state.round.about, optimum.prices_eur_per_kwh));
  if (optimum)
    nodes.push(
      html("p", { class: "quiet" }, t("class_total", { played: eur(optimum.class_eur), best: eur(optimum.best_eur) })),
    );
  return { nodes, drawn: [] };
}

// The player's view of a revealed round, into a holder.
export async function showRevealed(holder, state, secret) {
  const { reveal, total, round, me } = state;
  const own = reveal && reveal.me;
  const part =
    !reveal || !round
      ? { nodes: [], drawn: [] }
      : round.game === "switch"
        ? await switchPart(state, secret)
        : tradePart(state);
  holder.replaceChildren(
    ...(state.phase === "ended" ? [html("h2", {}, t("ended"))] : []),
    html(
      "h2",
      { class: "room-rank" },
      own && own.rank ? t("your_rank", { rank: own.rank, share: format.number(own.share, 1) }) : t("nothing_sent"),
    ),
    ...part.nodes,
    ...(reveal ? [html("h3", {}, t("this_round")), roundBoard(reveal.board, me.player, MOST)] : []),
    ...(total ? [html("h3", {}, t("total")), totalBoard(total, me.player, MOST)] : []),
  );
  part.drawn.forEach(({ draw }) => draw());
}
