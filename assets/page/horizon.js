// How long a plan lasts, said as a day, a week, a year, "3 days" or "6 hours": each phrase as it stands in a sentence,
// so that a language can say it with its own article and case.

import { t } from "./language.js";
import { view } from "./view.js";

const NAMED = { 24: "day", 168: "week", 8760: "year", 8784: "year" };
const PHRASES = {
  of: {
    day: t("of the day"),
    week: t("of the week"),
    year: t("of the year"),
    days: (count) => t`of the ${count} days`,
    hours: (count) => t`of the ${count} hours`,
  },
  over: {
    day: t("over the day"),
    week: t("over the week"),
    year: t("over the year"),
    days: (count) => t`over the ${count} days`,
    hours: (count) => t`over the ${count} hours`,
  },
  all: {
    day: t("all day"),
    week: t("all week"),
    year: t("all year"),
    days: (count) => t`all ${count} days`,
    hours: (count) => t`all ${count} hours`,
  },
  each: {
    day: t("a day"),
    week: t("a week"),
    year: t("a year"),
    days: (count) => t`in ${count} days`,
    hours: (count) => t`in ${count} hours`,
  },
  one: {
    day: t("a day|it comes"),
    week: t("a week|it comes"),
    year: t("a year|it comes"),
    days: (count) => t`${count} days`,
    hours: (count) => t`${count} hours`,
  },
  title: {
    day: t("The day"),
    week: t("The week"),
    year: t("The year"),
    days: (count) => t`The ${count} days`,
    hours: (count) => t`The ${count} hours`,
  },
};

/** @typedef {"of" | "over" | "all" | "each" | "one" | "title"} Phrase */

/**
 * A phrase for the horizon of a plan: horizon("over", payload) is "over the day" or "over the week".
 * @param {Phrase} phrase
 * @param {{hours: number, step_h: number} | null} plan the one on show where none is given
 */
export function horizon(phrase, plan = view.payload) {
  const hours = plan ? Math.round(1e6 * plan.hours * plan.step_h) / 1e6 : 24;
  const words = PHRASES[phrase];
  if (NAMED[hours]) return words[NAMED[hours]];
  return hours % 24 ? words.hours(String(hours)) : words.days(String(hours / 24));
}

// At the head of a sentence.
/** @param {string} text */
export const capital = (text) => text[0].toUpperCase() + text.slice(1);
