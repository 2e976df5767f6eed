// Numbers as people read them. "\u2212" is the minus sign, "\u2013" the dash of ranges.

import { locale, t } from "./language.js";

const twoDigits = (value) => String(value).padStart(2, "0");
const sameDay = (one, other) => one.slice(0, 10) === other.slice(0, 10);
// The calendar day of a stamp as it stands there, whatever the zone of this computer.
const date = (stamp, options) =>
  new Date(`${stamp.slice(0, 10)}T00:00Z`).toLocaleDateString(locale, { timeZone: "UTC", ...options });

export const format = {
  number(value, digits) {
    if (value === null || value === undefined || !Number.isFinite(value)) return "\u2013";
    const text = Math.abs(value).toLocaleString(locale, {
      minimumFractionDigits: digits || 0,
      maximumFractionDigits: digits || 0,
    });
    return (value < 0 && /[1-9]/.test(text) ? "\u2212" : "") + text;
  },
  signed: (value, digits) => (value > 0 ? "+" : "") + format.number(value, digits),
  share: (value) => `${format.signed(100 * value, Math.abs(value) < 0.0995 ? 1 : 0)} %`,
  kw: (value) => `${format.number(value, Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0)} kW`,
  cents: (value) => `${format.number(100 * value, 2)} ct/kWh`,
  clock(hour, step) {
    const minutes = Math.round(hour * step * 60) % 1440;
    const day = Math.floor((hour * step) / 24);
    const text = `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
    return day ? t`day ${day + 1}, ${text}` : text;
  },
  // An hour of a day that may have a date: "14:00", over several days "Mon 14:00".
  /** @param {Dated} payload */
  at({ times, hours, step_h: step }, hour) {
    if (!times) return format.clock(hour, step);
    const text = times[hour].slice(11, 16);
    return sameDay(times[0], times[hours - 1]) ? text : `${date(times[hour], { weekday: "short" })} ${text}`;
  },
  // The day of an hour, "Sun 21 Jun 2026"; nothing where the day has no date.
  /** @param {Dated} payload */
  day: ({ times }, hour) =>
    times ? date(times[hour], { weekday: "short", day: "numeric", month: "short", year: "numeric" }) : "",
  // What stands below the time control: "day 2", "Mon 22" where a day begins, "d2 06", "Mon 06" within it.
  /** @param {Dated} payload */
  tick({ times, hours, step_h: step }, hour) {
    if (hours * step <= 24) return format.at({ times, hours, step_h: step }, hour);
    const [day, since] = [Math.floor((hour * step) / 24) + 1, (hour * step) % 24];
    if (!times) return since ? t`d${day} ${twoDigits(Math.floor(since))}` : t`day ${day}`;
    const begins = times[hour].slice(11, 16) === "00:00";
    return begins
      ? date(times[hour], { weekday: "short", day: "numeric" })
      : `${date(times[hour], { weekday: "short" })} ${times[hour].slice(11, 13)}`;
  },
};

// Numbers (from 1) of indices as people write them: "2\u20137, 18\u201320 and 33".
export function numberList(indices, word) {
  const sorted = indices.map((index) => index + 1).sort((a, b) => a - b);
  const runs = [];
  sorted.forEach((value) => {
    const last = runs[runs.length - 1];
    if (last && value === last[1] + 1) last[1] = value;
    else runs.push([value, value]);
  });
  const parts = runs.flatMap(([a, b]) => (b === a ? [`${a}`] : b === a + 1 ? [`${a}`, `${b}`] : [`${a}\u2013${b}`]));
  return parts.length > 1
    ? `${parts.slice(0, -1).join(", ")} ${word || t("and")} ${parts[parts.length - 1]}`
    : parts.join("");
}
