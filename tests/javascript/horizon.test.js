// How long a plan lasts, in words: a day, a week, a year, and whatever lies between.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { capital, horizon } from "../../assets/page/horizon.js";
import { sinceWhen } from "../../assets/charts/sentences.js";
import { movedText } from "../../assets/preview/words.js";

const plan = (hours, step_h = 1) => /** @type {any} */ ({ hours, step_h });

test("a plan of a day, a week and a year has its name, whatever its steps", () => {
  assert.equal(horizon("over", plan(24)), "over the day");
  assert.equal(horizon("over", plan(96, 0.25)), "over the day");
  assert.equal(horizon("of", plan(168)), "of the week");
  assert.equal(horizon("all", plan(672, 0.25)), "all week");
  assert.equal(horizon("title", plan(8784)), "The year");
  assert.equal(horizon("over", plan(288, 1 / 12)), "over the day");
});

test("any other is counted in days where it is whole days, else in hours", () => {
  assert.equal(horizon("each", plan(72)), "in 3 days");
  assert.equal(horizon("title", plan(6)), "The 6 hours");
  assert.equal(horizon("of", plan(50, 0.25)), "of the 12.5 hours");
  assert.equal(horizon("one", plan(48)), "2 days");
});

test("sentences of a week say week", () => {
  const series = { open_lines: Array(168).fill([3]) };
  const week = /** @type {any} */ ({ ...plan(168), series, network: { initially_open: [3] } });
  assert.equal(sinceWhen(week, 5), "The grid as built, all week.");
  const cost = (eur) => /** @type {any} */ ({ ...plan(168), summary: { objective_eur: eur } });
  assert.equal(movedText(cost(10), cost(8)), "all costs fall by 2.0\u00a0\u20ac a week");
  assert.equal(capital(horizon("all", plan(168))), "All week");
});

test("no sentence calls a plan a day by itself", () => {
  const book = JSON.parse(readFileSync(new URL("../../data/languages/en.json", import.meta.url), "utf8"));
  const own = ["of the day", "over the day", "all day", "The day", "a day"];
  const told = [...Object.keys(book.script), ...Object.keys(book.server)].filter(
    (text) => /\b((of|over|during) the day|all day|whole day|this day|the day)\b/i.test(text) && !own.includes(text),
  );
  assert.deepEqual(told, []);
});
