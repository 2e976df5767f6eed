// Edits that no result knows yet: figures and drawings are of before them, say so and stand back until Solve.

import { byId } from "../page/elements.js";
import { shownPayload } from "../page/store.js";
import { t } from "../page/language.js";

/** @param {State} state */
const unsolved = ({ verdict }) => (verdict ? verdict.changes : 0);

// How many edits what is on show does not know; a predicted day knows them, and a day being solved is dimmed already.
/** @param {State} state */
export function behind(state) {
  const { stale, foreign, preview } = state;
  const predicted = preview && preview.day && preview.phase !== "solved";
  return shownPayload(state) && !stale && !foreign && !predicted ? unsolved(state) : 0;
}

// Whether the bar has been scrolled away, as on a phone; it keeps its height when a button leaves it then.
export function watchBar() {
  const bar = document.querySelector(".bar");
  new IntersectionObserver(([{ isIntersecting }]) => {
    /** @type {HTMLElement} */ (bar).style.minHeight = isIntersecting ? "" : `${bar.clientHeight}px`;
    document.documentElement.classList.toggle("bar-away", !isIntersecting);
  }).observe(bar);
}

/** @param {number} count */
export const behindText = (count) =>
  count === 1
    ? t("These figures are from before your change. Solve shows its effect.")
    : t`These figures are from before your ${count} changes. Solve shows their effect.`;

// Beside Solve the number of edits; what is on show steps back. While the table is read all stays as it was.
/** @param {State} state */
export function markBehind(state) {
  if (!state.verdict) return;
  const count = behind(state);
  byId("page").classList.toggle("behind", count > 0);
  if (count) byId("story-line").textContent = behindText(count);
  // A day in one file has nothing to solve with.
  const solve = byId("solve");
  if (!solve) return;
  const waiting = state.job || state.foreign ? 0 : unsolved(state);
  if (waiting) solve.dataset.count = String(waiting);
  else delete solve.dataset.count;
}
