// Guess first: the viewer draws the losses of the day before they are shown; then guess and answer lie over each other.

import { byId } from "../page/elements.js";
import { format } from "../page/format.js";
import { horizon } from "../page/horizon.js";
import { store } from "../page/store.js";
import { view } from "../page/view.js";
import { t } from "../page/language.js";

let last = null;

// Values per hour from sparse ones: straight between what is known, level at both ends; null where nothing is known.
export function filledGuess(values) {
  const known = values.map((value, hour) => [hour, value]).filter(([, value]) => value !== null);
  if (!known.length) return null;
  return values.map((_, hour) => {
    const after = known.find(([at]) => at >= hour) || known[known.length - 1];
    const before = [...known].reverse().find(([at]) => at <= hour) || known[0];
    const share = after[0] === before[0] ? 0 : (hour - before[0]) / (after[0] - before[0]);
    return before[1] + share * (after[1] - before[1]);
  });
}

// How far a guess is off, in words.
export function guessText(guess, answer, step) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const off = mean(guess.map((value, hour) => Math.abs(value - answer[hour])));
  const peak = (values) => values.indexOf(Math.max(...values));
  const [mine, real] = [peak(guess), peak(answer)];
  const share = format.number((100 * off) / Math.max(1e-9, mean(answer)));
  const told =
    mine === real
      ? t`the peak is where you put it, at ${format.clock(real, step)}`
      : t`you put the peak at ${format.clock(mine, step)}, it is at ${format.clock(real, step)}`;
  return t`Your guess is off by ${format.kw(off)} on average, ${share} % of the losses; ${told}.`;
}

const guessing = () => {
  const { guess } = store.get();
  return Boolean(guess && !guess.shown);
};

// A stroke of the pointer or a key: the value of an hour, and of those skipped since the last point.
/** @param {number} hour */
export function sketch(hour, kw, starts) {
  if (!guessing()) return false;
  const { guess } = store.get();
  const values = guess.values.slice();
  const value = Math.max(0, kw);
  if (!starts && last && last.hour !== hour) {
    const way = Math.sign(hour - last.hour);
    for (let at = last.hour + way; at !== hour; at += way)
      values[at] = last.value + ((value - last.value) * (at - last.hour)) / (hour - last.hour);
  }
  values[hour] = value;
  last = { hour, value };
  store.set({ guess: { ...guess, values } });
  return true;
}

export function nudgeGuess(way) {
  const { guess, hour } = store.get();
  const { top } = view.control;
  const filled = filledGuess(guess.values);
  sketch(hour, Math.min(top, (filled ? filled[hour] : 0.5 * top) + 0.04 * top * way), true);
}

function show({ guess }) {
  const { payload, control } = view;
  const button = byId("guess");
  byId("page").classList.toggle("guessing", guessing());
  button.textContent = !guess ? t("Guess the losses") : guess.shown ? t("Clear the guess") : t("Reveal");
  button.setAttribute("aria-pressed", String(Boolean(guess)));
  if (!payload || !control) return;
  const values = guess && guess.values.length === payload.hours ? filledGuess(guess.values) : null;
  control.guess.setAttribute("d", values ? control.curveOf(values) : "");
  byId("timeline").setAttribute(
    "aria-label",
    guessing()
      ? t("Guess of the losses: left and right choose an hour, up and down change its value")
      : t`Hour ${horizon("of")}`,
  );
  if (!guess) return;
  if (!guess.shown)
    byId("answer").textContent = t(
      "Draw the losses {1} into the time control; its upper edge is {0} kW. Solve if you like, then reveal.",
      format.number(control.top),
      horizon("of"),
    );
  else byId("answer").textContent = values ? guessText(values, payload.series.loss_kw, payload.step_h) : "";
}
export const showGuess = () => show(store.get());

function step() {
  const { guess } = store.get();
  const { payload } = view;
  last = null;
  if (!guess) {
    if (payload)
      store.set({ guess: { values: new Array(payload.hours).fill(null), shown: false }, trial: null, playing: false });
    return;
  }
  if (!guess.shown) {
    store.set({ guess: { ...guess, shown: true } });
    return;
  }
  byId("answer").textContent = "";
  store.set({ guess: null });
}

export function wireGuess() {
  byId("guess").addEventListener("click", step);
  store.on("guess", show);
}
