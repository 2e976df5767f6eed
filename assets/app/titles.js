// What stands above and below the diagram: the hour, what is open, and of which day all of it is.

import { byId, html } from "../page/elements.js";
import { format } from "../page/format.js";
import { view } from "../page/view.js";
import { t } from "../page/language.js";
import { firstTitles } from "./first_titles.js";
import { openLinesKey, switchingLine } from "../diagram/sequence.js";
import { breaches, trialWords } from "../whatif/trial_words.js";
import { turnNumber } from "../charts/replay.js";
import { rankLine } from "../charts/landscape.js";
import { beside, contrast, sinceWhen } from "../charts/sentences.js";

/**
 * @param {State} state
 * @param {Payload} payload
 */
export function titles(state, payload) {
  const { hour } = state;
  const besides = beside(payload, state.results);
  const clock = format.at(payload, hour);
  byId("clock").textContent = clock;
  byId("date").textContent = format.day(payload, hour);
  if (state.trial) {
    trialTitles(state, payload, clock);
    return;
  }
  if (payload === state.sketch && !view.first) {
    sketchTitles(state, payload, clock);
    return;
  }
  if (view.first && !view.preview) {
    firstTitles(view.first, clock, hour);
    return;
  }
  if (view.replay && !view.preview) {
    turnTitles(state, view.replay, clock);
    return;
  }
  byId("switching").replaceChildren(...switchingLine(payload, state));
  if (view.preview) {
    previewTitles(clock);
    return;
  }
  byId("grid-title").textContent = t`The grid at ${clock}`;
  byId("rank").replaceChildren(...rankLine(payload, hour));
  byId("why").replaceChildren(
    html("strong", {}, sinceWhen(payload, hour)),
    besides ? ` ${contrast(payload, besides, hour)}` : "",
  );
}

// A turn of the negotiation: its own lines, and the flow of what prosumers then wanted.
/**
 * @param {State} state
 * @param {Payload} day
 */
function turnTitles(state, day, clock) {
  byId("grid-title").textContent = t`The grid at ${clock}, turn ${format.number(turnNumber(state))}`;
  byId("rank").textContent = "";
  byId("switching").replaceChildren(...openLinesKey(day, state.hour));
  byId("why").replaceChildren(
    html("strong", {}, t("On the way to the plan. ")),
    t("The exact power flow of this turn\u2019s lines and injections; figures and charts are those of the plan."),
  );
}

// Which topology would be best at other numbers is not known before they are solved.
function previewTitles(clock) {
  byId("grid-title").textContent = t`The grid at ${clock}, predicted`;
  byId("rank").textContent = "";
  byId("why").replaceChildren(
    html("strong", {}, t("Predicted, not solved. ")),
    t("The open lines are those of the plan; solved, the grid may switch differently."),
  );
}

// Of a grid that is not solved yet: what is drawn, and which limits it breaks as built.
/**
 * @param {State} state
 * @param {Payload} payload
 */
function sketchTitles({ hour }, payload, clock) {
  const flows = payload.series.loss_kw[hour] !== null;
  const broken = flows ? breaches(payload, hour) : [];
  const limits = broken.length ? `: ${broken.join(", ")}` : "";
  byId("grid-title").textContent = t`The grid as built at ${clock}`;
  byId("rank").textContent = "";
  byId("switching").replaceChildren(...openLinesKey(payload, hour));
  byId("why").replaceChildren(
    html("strong", {}, t("Not solved yet. ")),
    flows
      ? t`All loads and all sun, before anybody trades, stores or switches${limits}.`
      : t("As built it has no power flow at this hour: it is not radial, or the lines cannot carry the power."),
  );
}

/**
 * @param {State} state
 * @param {Payload} payload
 */
function trialTitles(state, payload, clock) {
  const words = trialWords(payload, state.trial, view.trial, state.hour);
  byId("grid-title").textContent = state.trial.mine
    ? state.trial.mine.proved
      ? t`The optimum at ${clock}`
      : t`The best tried at ${clock}`
    : t`Your topology at ${clock}`;
  byId("rank").textContent = "";
  byId("switching").replaceChildren(html("strong", {}, words.line[0]), words.line[1]);
  byId("why").replaceChildren(html("strong", {}, words.below[0]), words.below[1]);
}
