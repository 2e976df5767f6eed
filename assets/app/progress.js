// How far a solve is, as a share and in words. Pure.

import { format } from "../page/format.js";

const STAGES = {
  reading: "reading",
  search: "ranking topologies",
  binary: "choosing topologies",
  convex: "negotiating",
  polish: "testing other topologies",
  settlement: "settling bills",
  verification: "checking",
  done: "storing the result",
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
  if (event.iteration) parts.push(`iteration ${event.iteration}`);
  if (event.primal_kw !== null && event.primal_kw !== undefined) parts.push(`residual ${format.kw(event.primal_kw)}`);
  if (event.free_binaries !== null && event.free_binaries !== undefined && event.stage === "binary")
    parts.push(`${format.number(event.free_binaries)} switches undecided`);
  if (event.seconds >= 1) parts.push(`${format.number(event.seconds)} s`);
  if (offer) parts.push(`best so far ${format.number(offer.objective_eur)} \u20ac`);
  return parts.join(" \u00b7 ");
}

// What the server does before its first solve on a computer.
export function preparingText({ done, of, left_s: left }) {
  const seconds = Math.max(5, 5 * Math.ceil(left / 5));
  const leftWords = `about ${format.number(seconds)} s left`;
  return `Preparing the solver for this computer, once: ${done} of ${of} parts \u00b7 ${leftWords}`;
}

// `offer` is the best plan so far that could be run: one that waits again may have a first one.
export function stateText(snapshot, offer = null) {
  if (snapshot.state === "queued") {
    const place = snapshot.position ? `, place ${snapshot.position}` : "";
    return offer
      ? `First plan: ${format.number(offer.objective_eur)} \u20ac. Queued for a better one${place}.`
      : `Queued${place}: the server is busy.`;
  }
  if (snapshot.state === "warming") return "Waiting for the solver, which is starting \u2026";
  if (snapshot.state === "solving") return "Solving \u2026";
  if (snapshot.state === "proofs")
    return "New result \u00b7 comparing with the grid as built and the best fixed topology \u2026";
  if (snapshot.state === "cancelled") return "Cancelled. The last result is shown.";
  if (snapshot.state === "failed")
    return (snapshot.error && snapshot.error.message) || "The solve failed. The last result is shown.";
  return "";
}
