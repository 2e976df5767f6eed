// Lessons: answers as people write them, what is right by the solved days, and progress that the browser keeps or not.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { choiceVerdict, numberVerdict, readings, shownFigure, worded } from "../../assets/lessons/checking.js";
import { MEASURES, measured } from "../../assets/lessons/measures.js";
import { answered, asked, count, keep, kept, restarted } from "../../assets/lessons/progress.js";

const data = (name) => JSON.parse(readFileSync(new URL(`../../data/${name}`, import.meta.url), "utf8"));
const LESSONS = data("lessons.json");
const STEPS = LESSONS.flatMap(({ steps }) => steps);

test("numbers are read as people write them", () => {
  const read = [
    ["1,919.31", [1919.31]],
    ["1.919,31 EUR", [1919.31]],
    ["50 751", [50751]],
    ["50.751", [50.751, 50751]],
    ["0,937", [0.937]],
    ["\u221271", [-71]],
    ["7572 \u20ac", [7572]],
    ["1.05 p.u.", [1.05]],
    ["15.3 MWh", [15.3]],
    ["a lot", []],
    ["1.2.3", []],
  ];
  read.forEach(([text, values]) =>
    assert.deepEqual(
      readings(text).sort((a, b) => a - b),
      values,
      text,
    ),
  );
});

test("a number that is not right says how", () => {
  const told = [
    ["", 5, 0, "empty"],
    ["five", 5, 0, "none"],
    ["5", 5, 0, "right"],
    ["4", 5, 0, "low"],
    ["7580", 7571.7, 10, "right"],
    ["7600", 7571.7, 10, "high"],
    ["71", -71.4, 10, "sign"],
    ["15256", 15.257, 0.2, "unit"],
    ["8.1", 0.081, 0.003, "unit"],
    ["0", 0.000003, 1, "right"],
  ];
  told.forEach(([text, right, most, verdict]) => assert.equal(numberVerdict(text, right, most), verdict, text));
  assert.deepEqual(
    [null, 0, 1].map((given) => choiceVerdict(given, 1)),
    ["empty", "other", "right"],
  );
});

test("figures are shown as exactly as they are asked for", () => {
  assert.equal(shownFigure(7571.7, 10, "EUR"), "7,572\u00a0EUR");
  assert.equal(shownFigure(0.0812, 0.003, "EUR/kWh"), "0.081\u00a0EUR/kWh");
  assert.equal(shownFigure(15.257, 0.2, "MWh"), "15.3\u00a0MWh");
  assert.equal(shownFigure(7, undefined, "hours"), "7\u00a0hours");
  assert.equal(shownFigure("Foundry", undefined, ""), "Foundry");
  assert.equal(worded("{now} of {all}", { now: 0, all: 6 }), "0 of 6");
});

// Two days of two prosumers and two hours.
const day = (more = {}) => ({
  step_h: 0.5,
  summary: { costs_eur: { losses: 3, violations: 2, switching: 4 }, objective_eur: 100, ...more },
  series: { rank: [1, 7], open_lines: [[3, 9], [3]] },
  prosumers: { id: ["Ada", "Bob"] },
  bills: { total_eur: [10, 5] },
  trades: [
    { power_kw: [4, 4], price_eur_per_kwh: [0.1, 0.3] },
    { power_kw: [], price_eur_per_kwh: [] },
  ],
  lines: {
    p_kw: [
      [1, 2],
      [1, -2],
    ],
  },
});
const other = { ...day({ objective_eur: 130 }), bills: { total_eur: [10, 9] } };
const days = { here: day(), there: other };
const figure = (of) => measured(of, async (key) => days[key] || null);

test("what is right comes from the solved days", async () => {
  const found = [
    [{ measure: "open_lines" }, 2],
    [{ measure: "hours_at_rank_1" }, 1],
    [{ measure: "worst_rank" }, 7],
    [{ measure: "bills_eur" }, 15],
    [{ measure: "traded_mwh" }, 0.004],
    [{ measure: "mean_price_eur_per_kwh", hour: 0 }, 0.2],
    [{ measure: "gains_most", beside: "there" }, "Bob"],
    [{ measure: "gains_least", beside: "there" }, "Ada"],
    [{ measure: "trading_saves_eur", beside: "there" }, 30],
    [{ measure: "operator_pays_eur" }, 9],
  ];
  for (const [of, value] of found) {
    const told = await figure({ day: "here", mode: "fixed", ...of });
    assert.equal(typeof value === "number" ? Number(told.toFixed(9)) : told, value, of.measure);
  }
  const turning = (line) =>
    figure({ measure: "line_turns", days: ["here", "there"], mode: "fixed", line, hours: [0, 1] });
  assert.deepEqual([await turning(1), await turning(2)], [3, 0]);
  assert.equal(await figure({ measure: "bills_eur", day: "unsolved", mode: "fixed" }), null);
  assert.equal(await figure({ measure: "gains_most", day: "here", beside: "unsolved", mode: "fixed" }), null);
});

test("every step can be checked and has its words in every language", () => {
  STEPS.forEach(({ key, check }) => {
    assert.ok(check.of || check.kind === "trial" || check.right >= 0, key);
    if (check.of) assert.ok(MEASURES.includes(check.of.measure), key);
  });
  const books = ["en", "de"].map((language) => data(`lessons/${language}.json`));
  assert.deepEqual(Object.keys(books[0].words), Object.keys(books[1].words));
  LESSONS.forEach(({ lesson, steps }) => {
    const told = books.map(({ lessons }) => lessons[lesson].steps);
    steps.forEach(({ key, check }) => {
      told.forEach((words) => {
        assert.ok(words[key].do && words[key].question && words[key].hints.length && words[key].notes, key);
        assert.equal(Boolean(words[key].options), check.kind === "choice", key);
        assert.ok(check.kind !== "number" || words[key].unit !== undefined, key);
      });
      assert.equal(told[0][key].hints.length, told[1][key].hints.length);
      assert.equal((told[0][key].options || []).length, (told[1][key].options || []).length);
    });
    assert.deepEqual(told.map(Object.keys), [steps.map(({ key }) => key), steps.map(({ key }) => key)]);
  });
});

test("progress is kept, counted and begun anew", () => {
  const held = new Map();
  const storage = { getItem: (key) => held.get(key) ?? null, setItem: (key, value) => held.set(key, value) };
  const lesson = { name: "a", steps: [{ key: "x" }, { key: "y" }] };
  let progress = kept(storage);
  progress = answered(answered(progress, "a", "x"), "a", "gone");
  assert.equal(answered(progress, "a", "x"), progress);
  keep(storage, { ...progress, language: "de", notes: true });
  assert.equal(count(kept(storage), lesson), 1);
  assert.deepEqual([kept(storage).language, kept(storage).notes], ["de", true]);
  assert.equal(count(restarted(kept(storage), "a"), lesson), 0);
});

test("a browser that keeps nothing, or something else, does no harm", () => {
  const none = { done: {}, language: null, notes: false };
  const shut = {
    getItem() {
      throw new Error("denied");
    },
    setItem() {
      throw new Error("denied");
    },
  };
  keep(shut, none);
  const foreign = ["[]", "null", "{", '{"done": 3}', '{"done": {"a": 4}}'].map((text) => ({ getItem: () => text }));
  [shut, null, ...foreign].forEach((storage) => assert.deepEqual(kept(storage), none));
});

test("an address names a lesson and a step", () => {
  const at = (text) => asked(new URLSearchParams(text));
  assert.deepEqual(at("lesson=2&step=3"), { number: 2, step: 3 });
  assert.deepEqual(at("lesson=2"), { number: 2, step: 1 });
  assert.deepEqual(at("lesson=2&step=x"), { number: 2, step: 1 });
  ["", "step=3", "lesson=0", "lesson=two", "lesson=1.5"].forEach((text) => assert.equal(at(text), null));
});
