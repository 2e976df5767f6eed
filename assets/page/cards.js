// Four figures with what they are compared with.

import { html } from "./elements.js";
import { term } from "./terms.js";
import { t } from "./language.js";

const TERMS = {
  [t("Losses")]: "losses",
  [t("Losses now")]: "losses",
  [t("Voltage")]: "voltage",
  [t("All costs")]: "costs",
  [t("Solar used")]: "curtailed",
  [t("Limits")]: "voltage",
  [t("Switching")]: "switching",
  [t("Highest loading")]: "loading",
  [t("Rank")]: "rank",
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
      ? [html("div", { class: "day" }, html("dt", { class: "visually-hidden" }, t("Summary")), html("dd", {}, line))]
      : []),
  );
}
