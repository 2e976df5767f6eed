// What stands above and below the diagram while it shows a first plan.

import { byId, html } from "../page/elements.js";
import { t } from "../page/language.js";
import { openLinesKey } from "../diagram/sequence.js";

/** @param {Payload} day */
export function firstTitles(day, clock, hour) {
  byId("switching").replaceChildren(...openLinesKey(day, hour));
  byId("grid-title").textContent = t`The grid at ${clock}, first plan`;
  byId("rank").textContent = "";
  byId("why").replaceChildren(
    html("strong", {}, t("First plan, still being improved. ")),
    t("It could be run as it is; trades and bills follow with the answer."),
  );
}
