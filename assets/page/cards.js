// Four figures with what they are compared with.

import { html } from "./elements.js";
import { term } from "./terms.js";

const TERMS = {
  Losses: "losses",
  "Losses now": "losses",
  Voltage: "voltage",
  "All costs": "costs",
  "Solar used": "curtailed",
  Limits: "voltage",
  Switching: "switching",
  "Highest loading": "loading",
  Rank: "rank",
};

// Four figures, and a line below them where there is one.
export function renderCards(holder, cards, line) {
  holder.replaceChildren(
    ...cards.map(({ name, value, unit, note }) =>
      html(
        "div",
        {},
        html("dt", {}, term(name, TERMS[name])),
        html("dd", { class: "figure" }, value, unit ? html("small", {}, `\u00a0${unit}`) : null),
        html("dd", { class: `note ${note.kind || ""}` }, note.text),
      ),
    ),
    ...(line
      ? [html("div", { class: "day" }, html("dt", { class: "visually-hidden" }, "The day"), html("dd", {}, line))]
      : []),
  );
}
