// The time control: the loss curve of the shown mode is the slider. Bands tell topologies apart, ticks mark their
// changes.

import { svg } from "../page/elements.js";
import { format } from "../page/format.js";
import { t } from "../page/language.js";
import { topologyRuns } from "./scales.js";

const HEIGHT = 100;
const FLOOR = 70;
const CEILING = 12;

function labelEvery(hours, width) {
  return [1, 2, 3, 4, 6, 12, 24, 48].find((step) => (width / hours) * step >= 56) || 48;
}

function curve(values, x, y) {
  return `M${values.map((value, i) => `${x(i).toFixed(1)} ${y(value).toFixed(1)}`).join("L")}`;
}

// Draws the whole control; returns what moves its handle.
/** @param {Payload} payload */
export function buildTimeline(root, payload, reference) {
  const width = Math.max(240, root.clientWidth);
  const { hours, series } = payload;
  const slot = (width - 4) / hours;
  const x = (hour) => 2 + (hour + 0.5) * slot;
  const top = Math.max(...series.loss_kw, ...(reference ? reference.series.loss_kw : [0]), 1e-9);
  const y = (value) => FLOOR - ((FLOOR - CEILING) * (value || 0)) / top;
  const runs = topologyRuns(series.open_lines);
  const line = curve(series.loss_kw, x, y);
  const every = labelEvery(hours, width);
  const text = (hour) => {
    const node = svg("text", { class: "label", x: Math.max(16, x(hour)), y: HEIGHT - 9 });
    node.textContent = format.tick(payload, hour);
    return node;
  };
  const hint = svg("text", { class: "hint", x: 6, y: CEILING + 4 });
  hint.textContent = t`Draw your guess (top = ${format.number(top)} kW)`;
  const handle = svg(
    "g",
    { class: "moving" },
    svg("line", { class: "handle-line", y1: 2, y2: FLOOR + 6 }),
    svg("circle", { class: "handle", r: 6 }),
  );
  root.replaceChildren(
    ...runs.map((run) =>
      svg("rect", {
        class: run.parity ? "band odd" : "band",
        x: 2 + run.start * slot,
        y: 2,
        width: (run.end - run.start + 1) * slot,
        height: FLOOR - 2,
      }),
    ),
    svg("line", { class: "base", x1: 2, x2: width - 2, y1: FLOOR, y2: FLOOR }),
    svg("path", { class: "area", d: `${line}L${x(hours - 1)} ${FLOOR}L${x(0)} ${FLOOR}Z` }),
    ...(reference ? [svg("path", { class: "reference", d: curve(reference.series.loss_kw, x, y) })] : []),
    svg("path", { class: "curve", d: line }),
    svg("path", { class: "yours" }),
    svg("path", { class: "guess" }),
    ...runs
      .slice(1)
      .map((run) =>
        svg("line", { class: "tick", x1: 2 + run.start * slot, x2: 2 + run.start * slot, y1: FLOOR, y2: FLOOR + 7 }),
      ),
    ...Array.from({ length: hours }, (_, hour) => hour)
      .filter((hour) => hour % every === 0)
      .map(text),
    handle,
    hint,
  );
  root.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  root.setAttribute("aria-valuemax", hours - 1);
  const within = (value) => Math.max(4, y(value));
  return {
    handle,
    x,
    y,
    width,
    top,
    mine: root.querySelector(".yours"),
    guess: root.querySelector(".guess"),
    valueAt: (py) => (top * (FLOOR - Math.min(FLOOR, Math.max(CEILING, py)))) / (FLOOR - CEILING),
    curveOf: (values) => curve(values, x, within),
    hourAt: (px) => Math.min(hours - 1, Math.max(0, Math.floor((px - 2) / slot))),
  };
}

/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function updateTimeline(root, control, payload, hour) {
  control.handle.style.transform = `translate(${control.x(hour)}px, 0)`;
  control.handle.lastChild.setAttribute("cy", control.y(payload.series.loss_kw[hour]).toFixed(1));
  root.setAttribute("aria-valuenow", hour);
  root.setAttribute(
    "aria-valuetext",
    t`${format.at(payload, hour)}, losses ${format.kw(payload.series.loss_kw[hour])}`,
  );
}

// The losses of what someone tries, over the curve; nothing where an hour has no power flow.
export function drawYours(control, values) {
  control.mine.setAttribute("d", values && values.every((value) => value !== null) ? control.curveOf(values) : "");
}

// Pointer and keys set the hour; `move` receives it. `sketch` is told where the pointer is, for who guesses.
export function wireTimeline(root, controlOf, { sketch, move }) {
  function follow(event, starts) {
    const box = root.getBoundingClientRect();
    const control = controlOf();
    const hour = control.hourAt(event.clientX - box.left);
    sketch(hour, control.valueAt(event.clientY - box.top), starts);
    move(hour);
  }
  root.addEventListener("pointerdown", (event) => {
    root.setPointerCapture(event.pointerId);
    root.classList.add("dragging");
    follow(event, true);
  });
  root.addEventListener("pointermove", (event) => {
    if (root.classList.contains("dragging")) follow(event, false);
  });
  ["pointerup", "pointercancel"].forEach((name) =>
    root.addEventListener(name, () => root.classList.remove("dragging")),
  );
}
