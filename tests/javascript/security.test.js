// Secure plans on the page: what they cost, what breaks on other days, and what hinders them, in words and places.
import assert from "node:assert/strict";
import { test } from "node:test";

import { breakingCaption } from "../../assets/charts/breaking.js";
import { securityCaption } from "../../assets/charts/security.js";
import { scalesOf } from "../../assets/charts/security_curve.js";
import {
  curveWords,
  hindrance,
  limitsBroken,
  percent,
  points,
  unsuited,
  worstText,
} from "../../assets/charts/security_words.js";

const spaced = (text) => text.replaceAll("\u00a0", " ").replaceAll("\u2013", "-");
const plan = (share, price, state = "holds", violated = 30) => ({
  summary: {
    operations: 20,
    certificates: { secure: { holds: state === "holds", state, value: 0, limit: 1 } },
    secure: {
      share,
      price_eur: price,
      nominal: { objective_eur: 100, violated: 250 },
      plan: { days: 300, violated: 5, expected_eur: 120, nominal_expected_eur: 400 },
      test: { days: 1000, violated, low: 0, high: 4, lines: { 3: 28, 22: 5 }, forgone_kwh: 350, forgone_eur: 28 },
    },
  },
});
const nominal = { summary: { operations: 16 } };
const shares = (results) => ({ of: "a", mode: "hourly", results, missing: {}, pending: [], job: null, note: "" });

test("the curve has what was solved, by rising share, the plan on show among it, and nothing else", () => {
  const found = points(plan(0.9, 12), shares({ "secure-95": plan(0.95, 16.4), "secure-50": plan(0.5, 3) }));
  assert.deepEqual(
    found.map(({ share, price, kept }) => [share, price, kept]),
    [
      [0.5, 3, 0.97],
      [0.9, 12, 0.97],
      [0.95, 16.4, 0.97],
    ],
  );
  assert.deepEqual(points(nominal, shares({})), []);
});

test("what is not kept on unseen days is told beside what it costs", () => {
  const found = points(null, shares({ a: plan(0.8, 9.9), b: plan(0.99, 1082.35, "does not hold", 40) }));
  const told = spaced(curveWords(found));
  assert.match(told, /costs 9.9 € for 80 % of days to 1,082 € for 99 % more .* dearest step is 80 % to 99 %/);
  assert.match(told, /Not kept on unseen days: 99 %/);
  assert.match(curveWords([]), /not been solved/);
  const [own, rest] = securityCaption(nominal, { shares: shares({}), results: { hourly: nominal }, mode: "hourly" });
  assert.match(own, /for the forecast alone/);
  assert.equal(rest, curveWords([]));
});

test("dots lie where their share and price are, the dearest within the frame", () => {
  const scales = scalesOf([{ price: 16.4 }, { price: 1082.35 }], 400, 200);
  assert.equal(scales.high, 2000);
  assert.ok(scales.y(1082.35) > scales.top && scales.y(0) === scales.base);
  assert.ok(scales.x(50) < scales.x(95) && scales.x(99) < 400);
  assert.equal(scales.y(-3), scales.base, "a plan that is cheaper than the nominal one stands on the axis");
});

test("limits are told by the days on which they break, and worst days by when and where", () => {
  const { test: days } = plan(0.9, 12).summary.secure;
  assert.deepEqual(limitsBroken(days), [
    ["line 3", 28],
    ["line 22", 5],
    ["the upper voltage limit", 4],
  ]);
  assert.equal(worstText({ limit: "line", at: 3, value: 107.84 }), "line 3 carries 107.8 % of its limit");
  assert.match(worstText({ limit: "high", at: 18, value: 1.0521 }), /bus 18 has 1.0521 p.u., highest/);
  assert.match(worstText({ limit: "power flow", at: null, value: null }), /no power flow/);
  const [first, rest] = breakingCaption(plan(0.9, 12)).map(spaced);
  assert.equal(first, "Limits break on 30 of 1,000 unseen days. ");
  assert.match(rest, /breaks one on 250 of 300. Security costs 12.00 €/);
  assert.deepEqual([percent(0.95), percent(0.965), percent(0.999)], ["95 %", "96.5 %", "99.9 %"]);
});

test("what a secure plan does not go with is said before anything is solved", () => {
  const verdict = (dso) => ({ problems: [], changes: 0, scenario: JSON.stringify({ dso }) });
  assert.match(hindrance({ verdict: verdict({ role: "leader" }) }), /agree on one optimum/);
  assert.match(hindrance({ verdict: verdict({ reactive: "dispatch" }) }), /no reactive power/);
  assert.equal(hindrance({ verdict: verdict({}) }), "");
  assert.match(hindrance({ verdict: verdict({}), stale: true }), /shares of days are compared on a solved plan/);
  assert.equal(unsuited(undefined), "");
});
