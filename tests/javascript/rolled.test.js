// The day as it came: what is switched before an hour, and what is said of planning anew.

import assert from "node:assert/strict";
import test from "node:test";
import { rolledCaption, switched, weighed } from "../../assets/charts/rolled.js";

const hour = (number, open) => ({ hour: number, open_lines: open });
const DAY = {
  hours: [hour(0, [5, 7]), hour(1, [5, 7]), hour(2, [3, 7])],
  rolled_eur: 90,
  once_eur: 120,
  foresight_eur: 80,
  balancing_eur: 12,
  foresight_proved: true,
};

test("what is switched is what differs from the hour before", () => {
  assert.equal(switched(DAY, 0, [5, 6]), "closes 6; opens 7");
  assert.equal(switched(DAY, 1, [5, 6]), "");
  assert.equal(switched(DAY, 2, [5, 6]), "closes 5; opens 3");
});

test("the caption says what planning anew brings, and what is not proved", () => {
  const told = (found) => rolledCaption(null, { rolled: { found } }).join("");
  assert.match(told(DAY), /saves 30\.00\u00a0\u20ac/);
  assert.doesNotMatch(told(DAY), /search/);
  assert.match(
    told({ ...DAY, once_eur: 85, foresight_proved: false }),
    /costs 5\.00\u00a0\u20ac more.*as far as searched/,
  );
  assert.match(told(null), /What if it turns out otherwise.*Trades and batteries stay/);
  const anew = rolledCaption(null, { rolled: { found: null, market: true } }).join("");
  assert.match(anew, /all that is left is planned anew/);
});

test("energy not supplied is named among the costs where it has a price", () => {
  const told = (costs) => weighed({ summary: { costs_eur: costs } }).join(" ");
  assert.doesNotMatch(told({ losses: 1 }), /not supplied/);
  assert.match(
    told({ losses: 1, outages: 0 }),
    /switching, energy not supplied .*losses, violations, energy not supplied/,
  );
});
