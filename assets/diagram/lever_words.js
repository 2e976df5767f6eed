// Where tap changers and capacitors stand in an hour, in words: beside the diagram, in its panels, for screen readers.

import { format } from "../page/format.js";
import { t } from "../page/language.js";

const PLACES = { "substation tap": "bus", "line tap": "line", capacitor: "bus" };

// The levers of a bus or a line (from 0), as their places among all.
/**
 * @param {Levers | null | undefined} levers
 * @param {string} place
 * @param {number} index
 */
export const leversAt = (levers, place, index) =>
  levers ? levers.kind.flatMap((kind, i) => (PLACES[kind] === place && levers.number[i] === index + 1 ? [i] : [])) : [];

/** @param {Levers} levers */
const isCapacitor = (levers, i) => levers.kind[i] === "capacitor";

// "+2" where positions lie on both sides of zero, else "2".
/** @param {Levers} levers */
const position = (levers, i, value) => (levers.min[i] < 0 ? format.signed(value) : format.number(value));

// What stands beside its bus or line: "tap +2", "cap 2 of 3".
/**
 * @param {Levers} levers
 * @param {number} hour
 */
export function leverLabel(levers, i, hour) {
  const now = levers.position[hour][i];
  return isCapacitor(levers, i) ? t`cap ${now} of ${levers.max[i]}` : t`tap ${position(levers, i, now)}`;
}

/**
 * @param {Levers} levers
 * @param {number} hour
 */
function whereTold(levers, i, hour) {
  if (isCapacitor(levers, i)) return t`${levers.position[hour][i]} of ${levers.max[i]} steps`;
  const [now, low, high] = [levers.position[hour][i], levers.min[i], levers.max[i]].map((at) =>
    position(levers, i, at),
  );
  return t`${now} of ${low} to ${high}`;
}

const nameOf = (levers, i) => (isCapacitor(levers, i) ? t("Capacitor") : t("Tap changer"));

// What explains the label: whose it is, where it stands in its range, how far it goes at the start of the hour.
/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function leverTitle(payload, i, hour) {
  const { levers } = payload;
  const moved = levers.steps[hour][i];
  const when = format.at(payload, hour);
  const moves = !moved
    ? t("does not move")
    : moved === 1
      ? t`moves 1 step at ${when}`
      : t`moves ${moved} steps at ${when}`;
  const number = levers.number[i];
  const place = PLACES[levers.kind[i]] === "bus" ? t`bus ${number}` : t`line ${number}`;
  return t`${nameOf(levers, i)} of ${place}: ${whereTold(levers, i, hour)}, ${moves}`;
}

// Rows for the panel of a bus or a line.
/**
 * @param {Payload} payload
 * @param {string} place
 * @param {number} index
 * @param {number} hour
 */
export const leverRows = ({ levers }, place, index, hour) =>
  leversAt(levers, place, index).map((i) => [nameOf(levers, i), whereTold(levers, i, hour)]);
