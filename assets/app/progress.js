// How far a solve is, as a share and in words. Pure.

import { format } from "../page/format.js";
import { t } from "../page/language.js";
import { told } from "../page/told.js";

const STAGES = {
  reading: t("reading|stage"),
  search: t("ranking topologies"),
  binary: t("choosing topologies"),
  convex: t("negotiating"),
  polish: t("testing other topologies"),
  settlement: t("settling bills"),
  verification: t("checking"),
  done: t("storing the result"),
};

// How far a solve may be, from 0 to 1: stages in order, within a stage the residual on a log scale.
export function progressShare(event) {
  const starts = {
    reading: 0,
    search: 0.05,
    binary: 0.15,
    convex: 0.4,
    polish: 0.7,
    settlement: 0.9,
    verification: 0.95,
    done: 0.98,
  };
  const spans = { binary: 0.25, convex: 0.3 };
  const base = starts[event.stage] === undefined ? 0 : starts[event.stage];
  if (!spans[event.stage] || !(event.primal_kw > 0)) return base;
  return base + spans[event.stage] * Math.min(1, Math.max(0, (2.5 - Math.log10(event.primal_kw)) / 4));
}

// One line on what a solve is doing, and what the best plan costs that it could already stop with.
export function progressText(event, offer) {
  const parts = [STAGES[event.stage] || event.stage];
  if (event.iteration) parts.push(t`iteration ${event.iteration}`);
  if (event.primal_kw !== null && event.primal_kw !== undefined) parts.push(t`residual ${format.kw(event.primal_kw)}`);
  if (event.free_binaries !== null && event.free_binaries !== undefined && event.stage === "binary")
    parts.push(t`${format.number(event.free_binaries)} switches undecided`);
  if (event.seconds >= 1) parts.push(`${format.number(event.seconds)} s`);
  if (offer) parts.push(t`best so far ${format.number(offer.objective_eur)} \u20ac`);
  return parts.join(" \u00b7 ");
}

// What the server does before its first solve on a computer.
export function preparingText({ done, of, left_s: left }) {
  const seconds = Math.max(5, 5 * Math.ceil(left / 5));
  const leftWords = t`about ${format.number(seconds)} s left`;
  return t`Preparing the solver for this computer, once: ${done} of ${of} parts \u00b7 ${leftWords}`;
}

// `offer` is the best plan so far that could be run: one that waits again may have a first one.
// "You are third": a place in words, a number where it has none.
const PLACES = [t("You are next"), t("You are second in the queue"), t("You are third in the queue")];
function turnText(position, seconds) {
  const place = PLACES[position - 1] || t`You are number ${position} in the queue`;
  const left = Math.max(1, Math.round(seconds));
  return t`${place}: about ${format.number(left)} s until your solve begins.`;
}

function queuedText({ position, wait_s: wait }, offer) {
  if (!offer && position && typeof wait === "number") return turnText(position, wait);
  if (!offer) return position ? t`Queued, place ${position}: the server is busy.` : t("Queued: the server is busy.");
  const eur = format.number(offer.objective_eur);
  return position
    ? t`First plan: ${eur} \u20ac. Queued for a better one, place ${position}.`
    : t`First plan: ${eur} \u20ac. Queued for a better one.`;
}

export function stateText(snapshot, offer = null) {
  if (snapshot.state === "queued") return queuedText(snapshot, offer);
  if (snapshot.state === "warming") return t("Waiting for the solver, which is starting \u2026");
  if (snapshot.state === "solving") return t("Solving \u2026");
  if (snapshot.state === "proofs")
    return t("New result \u00b7 comparing with the grid as built and the best fixed topology \u2026");
  if (snapshot.state === "cancelled") return t("Cancelled. The last result is shown.");
  if (snapshot.state === "failed")
    return told(snapshot.error && snapshot.error.message) || t("The solve failed. The last result is shown.");
  return "";
}
