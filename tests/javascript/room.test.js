// Rooms: time by the server's clock, waiting, moves that wait, what a plan makes of a battery, and both languages.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  batteryDay,
  clockText,
  fate,
  leftMs,
  limitsOf,
  lostBy,
  onward,
  queued,
  shareOf,
  waitMs,
  withMargin,
  worded,
} from "../../assets/room/pure.js";
import { DE } from "../../assets/room/words_de.js";
import { EN } from "../../assets/room/words_en.js";
import { vectors } from "./vectors.js";

test("time is the server's, and stands still while a round is paused", () => {
  const round = { deadline: 61000, left_ms: 5000 };
  assert.equal(leftMs({ phase: "running", round }, 1000, 30000), 30000);
  assert.equal(leftMs({ phase: "running", round }, 1000, 90000), 0);
  assert.equal(leftMs({ phase: "paused", round }, 1000, 90000), 5000);
  assert.equal(leftMs({ phase: "lobby", round: null }, 0, 0), null);
  assert.equal(leftMs({ phase: "closed", round }, 0, 0), null);
  assert.deepEqual([0, 999, 60000, 61001].map(clockText), ["0:00", "0:01", "1:00", "1:02"]);
});

test("who is not heard is asked again, later each time and never after three seconds", () => {
  assert.equal(waitMs(1000, 0, 0.5), 1000);
  const waits = [1, 2, 3, 4, 9].map((failures) => waitMs(1000, failures, 1));
  assert.deepEqual(
    waits.toSorted((a, b) => a - b),
    waits,
  );
  assert.ok(waits[4] <= 3000);
  assert.notEqual(waitMs(1000, 0, 0), waitMs(1000, 0, 1));
});

test("a page tells apart a phone without a network and a server that is silent", () => {
  assert.deepEqual(
    [lostBy(1, true), lostBy(2, true), lostBy(1, false), lostBy(5, false)],
    [null, "server", "offline", "offline"],
  );
});

test("a move is sent again until it has an answer", () => {
  assert.deepEqual([200, 409, 422, 403, 429, 503, 500, 0].map(fate), [
    "taken",
    "late",
    "refused",
    "refused",
    "again",
    "again",
    "again",
    "again",
  ]);
});

test("of moves that were never sent the newest of a round waits", () => {
  const move = (id, round, tried) => ({ id, round, tried });
  const waiting = queued([move("a", 1, true), move("b", 1, false)], move("c", 1, false));
  assert.deepEqual(
    waiting.map(({ id }) => id),
    ["a", "c"],
  );
  assert.equal(
    queued(
      Array.from({ length: 20 }, (_, i) => move(`${i}`, 1, true)),
      move("z", 1, false),
    ).length,
    8,
  );
});

test("shares are rounded down, so that only the optimum has all", () => {
  assert.deepEqual(
    [shareOf(10, 10, 5), shareOf(10, 5.001, 5), shareOf(10, 5, 5), shareOf(10, 12, 5), shareOf(1, 1, 0)],
    [0, 99.9, 100, 0, 100],
  );
});

test("a phone and the server give a topology the same share", () => {
  assert.ok(vectors("shares").length > 100);
  vectors("shares").forEach(({ initial, own, possible, share }) =>
    assert.equal(shareOf(initial, own, possible), share, `${initial} ${own} ${possible}`),
  );
});

test("a battery does what it can, and the day ends as it began", () => {
  const battery = { capacity_kwh: 10, power_kw: 5, efficiency: 0.9, initial_kwh: 5 };
  const { plan_kw: plan, energy_kwh: energy } = batteryDay([1, 1, 0, -1, -1, 1], battery);
  assert.ok(energy.every((kwh) => kwh >= -1e-9 && kwh <= 10 + 1e-9));
  assert.ok(plan.every((kw) => Math.abs(kw) <= 5 + 1e-9));
  assert.ok(Math.abs(energy[23] - 5) < 1e-9);
  assert.ok(Math.abs(energy[0] - (5 + 0.9 * plan[0])) < 1e-9);
  const out = plan.findIndex((kw) => kw < -1e-6);
  assert.ok(Math.abs(energy[out] - (energy[out - 1] + plan[out] / 0.9)) < 1e-9);
  const kept = batteryDay([-1, -1, -1, 1, 1, 1], { ...battery, min_kwh: 4 }).energy_kwh;
  assert.equal(Math.min(...kept), 4);
  assert.deepEqual(new Set(batteryDay([0, 0, 0, 0, 0, 0], battery).plan_kw), new Set([0]));
});

const margins = (buy, sell) => ({ buy_margin_eur_per_kwh: buy, sell_margin_eur_per_kwh: sell });

test("margins are shown as price limits", () => {
  const about = { tariff: { buy_eur_per_kwh: [0.3], sell_eur_per_kwh: [0.08] }, trade_fee_eur_per_kwh: 0.01 };
  const rounded = (limits) => Object.values(limits).map((value) => Number(value.toFixed(6)));
  assert.deepEqual(rounded(limitsOf(about, margins(0.05, 0.01), 0)), [24, 10]);
  assert.deepEqual(rounded(limitsOf(about, margins(0.3, 0.3), 0)), [0, 39]);
});

test("a margin takes the other one along where they would be too far apart", () => {
  const about = { margins_apart_eur_per_kwh: 0.16 };
  const moved = (name, value) => withMargin(margins(0.1, 0.05), `${name}_margin_eur_per_kwh`, value, about);
  assert.deepEqual(moved("buy", 0.2), margins(0.2, 0.05));
  assert.deepEqual(moved("sell", 0.3), margins(0.1, 0.3));
  const [dearer, cheaper] = [moved("buy", 0.28), withMargin(margins(0.25, 0.12), "sell_margin_eur_per_kwh", 0, about)];
  assert.ok(Math.abs(dearer.sell_margin_eur_per_kwh - 0.12) < 1e-12 && dearer.buy_margin_eur_per_kwh === 0.28);
  assert.ok(Math.abs(cheaper.buy_margin_eur_per_kwh - 0.16) < 1e-12 && cheaper.sell_margin_eur_per_kwh === 0);
});

test("the clicker's key goes onward in every phase that waits for the lecturer", () => {
  assert.deepEqual(["lobby", "running", "paused", "closed", "revealed", "settling", "ended"].map(onward), [
    "start",
    "close",
    "resume",
    "reveal",
    "next",
    null,
    null,
  ]);
});

test("both languages say the same things with the same values", () => {
  assert.deepEqual(Object.keys(EN), Object.keys(DE));
  const values = (text) => (text.match(/\{\w+\}/g) || []).toSorted();
  Object.keys(EN).forEach((key) => assert.deepEqual(values(DE[key]), values(EN[key]), key));
  assert.equal(worded(EN.round, { n: 2, all: 6 }), "Round 2 of 6");
});
