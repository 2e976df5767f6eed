// Tables of who came how close, and bars of shares.

import { html, svg } from "../page/elements.js";
import { format } from "../page/format.js";
import { t } from "./speech.js";

const share = (value) => (value === null || value === undefined ? "\u2013" : `${format.number(value, 1)} %`);

const row = (cells, attributes) =>
  html("tr", attributes, ...cells.map(([text, look]) => html("td", look ? { class: look } : {}, text)));

function bar(value) {
  const made = html("span", { class: "share-bar", "aria-hidden": "true" }, html("i"));
  made.firstChild.style.width = `${Math.max(0, value || 0)}%`;
  return made;
}

const table = (head, rows) =>
  html(
    "table",
    { class: "plain board" },
    html("thead", {}, html("tr", {}, ...head.map(([text, look]) => html("th", { scope: "col", class: look }, text)))),
    html("tbody", {}, ...rows),
  );

// The board of a round: {player, name, rank, share, eur, moves}; `own` is marked, at most `most` rows besides it.
export function roundBoard(rows, own, most = 200) {
  const shown = rows.filter(({ player }, i) => i < most || player === own);
  return table(
    [[t("rank"), "n"], [t("name")], [t("share"), "wide-cell"], [t("eur"), "n"], [t("moves"), "n"]],
    shown.map(({ player, name, rank, share: value, eur, moves }) =>
      row(
        [
          [rank === null ? "\u2013" : format.number(rank), "n"],
          [name],
          [html("span", { class: "share-cell" }, bar(value), html("span", {}, share(value))), "wide-cell"],
          [eur === null ? "\u2013" : format.number(eur, 2), "n"],
          [format.number(moves), "n"],
        ],
        player === own ? { class: "shown" } : {},
      ),
    ),
  );
}

export function totalBoard(rows, own, most = 200) {
  const shown = rows.filter(({ player }, i) => i < most || player === own);
  const top = Math.max(1, ...rows.map(({ points }) => points));
  return table(
    [[t("rank"), "n"], [t("name")], [t("points"), "wide-cell"]],
    shown.map(({ player, name, rank, points }) =>
      row(
        [
          [format.number(rank), "n"],
          [name],
          [
            html(
              "span",
              { class: "share-cell" },
              bar((100 * points) / top),
              html("span", {}, format.number(points, 1)),
            ),
            "wide-cell",
          ],
        ],
        player === own ? { class: "shown" } : {},
      ),
    ),
  );
}

// Shares that players have reached, without names: one stroke each on an axis from 0 to 100 %.
export function liveShares(shares) {
  const x = (value) => 10 + 3.8 * value;
  const strokes = shares.map((value) => svg("line", { class: "stroke", x1: x(value), x2: x(value), y1: 6, y2: 30 }));
  const ticks = [0, 25, 50, 75, 100].map((value) => {
    const text = svg("text", { x: x(value), y: 46 });
    text.textContent = String(value);
    return text;
  });
  return html(
    "figure",
    { class: "live-shares" },
    html("figcaption", { class: "quiet" }, t("live")),
    svg(
      "svg",
      { viewBox: "0 0 400 52", role: "img", "aria-label": `${t("live_axis")}: ${shares.join(", ")}` },
      svg("line", { class: "axis", x1: 10, x2: 390, y1: 30, y2: 30 }),
      ...strokes,
      ...ticks,
    ),
  );
}
