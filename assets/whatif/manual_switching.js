// Beating the optimiser by hand: lines switch by click or Enter, PV is dragged; what that does is told at once.

import { byId } from "../page/elements.js";
import { say } from "../page/status.js";
import { store } from "../page/store.js";
import { view } from "../page/view.js";
import { t } from "../page/language.js";
import { gridFor } from "../powerflow/payload_grid.js";
import { rankingOf } from "../powerflow/ranking.js";
import { asBuilt, changeTrial, endTrial, fresh, shownClosed, startTrial } from "./trial.js";
import { suppliers } from "./whatif.js";

const now = () => {
  const { trial, hour } = store.get();
  return trial && trial.closed ? trial.closed : shownClosed(hour);
};

function switched(closed) {
  const { trial } = store.get();
  changeTrial({ closed, past: [...trial.past, trial.closed].slice(-200), mine: null });
}

export function toggleLine(line) {
  const { payload } = view;
  if (!payload.network.switchable[line]) {
    say(t`Line ${line + 1} has no switch.`);
    return;
  }
  const closed = now().slice();
  closed[line] = closed[line] ? 0 : 1;
  switched(closed);
}

// A topology to try, given by its open lines (from 0).
export function tryTopology(open) {
  startTrial();
  const closed = new Uint8Array(view.payload.network.lines).fill(1);
  open.forEach((line) => {
    closed[line] = 0;
  });
  switched(closed);
}

function reveal() {
  const { trial, hour } = store.get();
  if (trial.mine) {
    changeTrial({ closed: trial.mine.closed, mine: null });
    return;
  }
  const { found } = rankingOf(view.payload, hour, trial.pv);
  if (!found || !found.best.length) return;
  const closed = new Uint8Array(view.payload.network.lines).fill(1);
  found.best[0].open.forEach((line) => {
    closed[line] = 0;
  });
  changeTrial({
    closed,
    mine: {
      closed: trial.closed,
      proved: found.all,
      cost: view.trial.costs[hour],
      loss: view.trial.whole ? view.trial.series.loss_kw[hour] : null,
    },
  });
}

// Marks on the drawing: the lines of a loop, the lines that would bring supply.
/**
 * @param {TrialDay} day
 * @param {Trial} trial
 * @param {number} hour
 */
export function markFaults(drawing, day, trial, hour) {
  const loop = new Set(day ? day.state.loops.flat() : []);
  const supply = new Set(
    day && day.state.dark.length
      ? suppliers(gridFor(view.payload), trial.closed || shownClosed(hour), day.state.dark)
      : [],
  );
  drawing.lines.forEach(({ hit }, line) => {
    const look = loop.has(line) ? "hit inloop" : supply.has(line) ? "hit supplier" : "hit";
    if (hit.getAttribute("class") !== look) hit.setAttribute("class", look);
  });
  drawing.root.classList.toggle("trial", Boolean(day));
  drawing.root.classList.toggle("looped", loop.size > 0);
  drawing.root.classList.toggle("faulty", Boolean(day) && !day.whole);
}

/** @param {State} state */
export function showManualSwitching({ trial, hour }) {
  const on = Boolean(trial);
  byId("try").hidden = on;
  byId("bench").hidden = !on;
  byId("held").hidden = !on;
  if (!on) return;
  const entry = rankingOf(view.payload, hour, trial.pv);
  byId("take-back").disabled = !trial.past.length;
  byId("reveal").disabled = !entry.found;
  const best = entry.found && !entry.found.all ? t("Reveal the best tried") : t("Reveal optimum");
  byId("reveal").textContent = trial.mine ? t("Back to mine") : best;
}

export function wireManualSwitching() {
  byId("try").addEventListener("click", (event) => {
    startTrial();
    if (!event.detail) byId("start-over").focus();
  });
  byId("take-back").addEventListener("click", () => {
    const { past } = store.get().trial;
    changeTrial({ closed: past[past.length - 1], past: past.slice(0, -1), mine: null });
  });
  byId("start-over").addEventListener("click", () => store.set({ trial: fresh }));
  byId("from-built").addEventListener("click", asBuilt);
  byId("reveal").addEventListener("click", reveal);
  byId("leave").addEventListener("click", () => {
    endTrial();
    byId("try").focus();
  });
}
