// The order in which lines switch at an hour: numbers on the diagram, and why nobody loses supply on the way.

import { byId, html, svg } from "../page/elements.js";
import { store } from "../page/store.js";
import { t } from "../page/language.js";
import { openKey, ringKey } from "./legend.js";

/**
 * @param {Payload} payload
 * @param {number} hour
 */
export const stepsAt = ({ operations }, hour) =>
  operations.hour
    .map((at, i) => ({ at, step: operations.step[i], line: operations.line[i], action: operations.action[i] }))
    .filter(({ at }) => at === hour)
    .sort((a, b) => a.step - b.step);

const move = (action, line) => (action === "open" ? t`open ${line}` : t`close ${line}`);

// "First close 24, then open 23".
function inOrder(moves) {
  const words = moves.map(({ action, line }) => move(action, line));
  return words.length > 1 ? t`First ${words.join(t(", then "))}` : words.join("");
}

/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function openLinesKey(payload, hour) {
  const open = payload.series.open_lines[hour];
  return [
    openKey(),
    open.length > 24 ? t`${open.length} lines open` : t`Open lines ${open.join(", ") || t("none|lines")}`,
  ];
}

// The line above the drawing: what is open, what switched, and on request in which order.
/**
 * @param {Payload} payload
 * @param {State} state
 */
export function switchingLine(payload, { hour, steps }) {
  const moves = stepsAt(payload, hour);
  const lines = openLinesKey(payload, hour);
  if (!moves.length) return lines;
  const button = html(
    "button",
    { type: "button", class: "link", id: "steps", "aria-expanded": String(steps) },
    steps ? t("hide the order") : t`switched now: ${moves.map(({ action, line }) => move(action, line)).join(", ")}`,
  );
  button.addEventListener("click", () => {
    store.set({ steps: !steps });
    byId("steps").focus();
  });
  if (!steps) return [...lines, html("span", { class: "moves" }, ringKey(), button)];
  return [
    html("strong", {}, `${inOrder(moves)}. `),
    t("A line closes before another opens, so nobody loses supply. "),
    button,
  ];
}

// Numbers in the rings of what switches.
/**
 * @param {any} drawing
 * @param {Payload} payload
 * @param {State} state
 */
export function drawSteps(drawing, payload, { hour, steps, trial }) {
  if (drawing.steps) drawing.steps.forEach((old) => old.remove());
  drawing.steps =
    !steps || trial
      ? null
      : stepsAt(payload, hour).map(({ line }, i) => {
          const parts = drawing.lines[line - 1];
          const mark = svg(
            "g",
            { class: "step", transform: parts.spot },
            svg("circle", { cx: 12, cy: -12, r: 8 }),
            svg("text", { x: 12, y: -12 }),
          );
          mark.lastChild.textContent = i + 1;
          drawing.group.numbers.append(mark);
          return mark;
        });
}
