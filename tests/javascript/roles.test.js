// The operator's roles side by side, in words and figures.
import assert from "node:assert/strict";
import { test } from "node:test";

import { rolesCaption } from "../../assets/charts/roles.js";
import { bars } from "../../assets/charts/cost_bars.js";
import { gainsAndLosses, gapOf, named, operatorCost, refusal } from "../../assets/charts/roles_words.js";

const costs = (changes) => ({
  retail: 0,
  own: 0,
  fees: 0,
  losses: 0,
  violations: 0,
  switching: 0,
  unserved: 0,
  ...changes,
});
const spaced = (text) => text.replaceAll("\u00a0", " ").replaceAll("\u2019", "'");

test("bars share one axis, what is earned stands left of zero", () => {
  const { zero, rows } = bars([
    { costs_eur: costs({ retail: 60, losses: 20 }) },
    { costs_eur: costs({ retail: 40, own: -20 }) },
  ]);
  assert.equal(zero, 20);
  assert.deepEqual(
    rows[0].map(({ key, from, width }) => [key, from, width]),
    [
      ["retail", 20, 60],
      ["losses", 80, 20],
    ],
  );
  assert.deepEqual(
    rows[1].map(({ key, from, width }) => [key, from, width]),
    [
      ["retail", 20, 40],
      ["own", 0, 20],
    ],
  );
});

test("what the operator pays holds compensation, and a gap is told where it is shown", () => {
  const summary = { costs_eur: costs({ losses: 5, violations: 2, switching: 1, retail: 100 }) };
  assert.equal(operatorCost(summary), 8);
  assert.equal(operatorCost({ ...summary, role: { compensation_eur: 3 } }), 11);
  assert.equal(gapOf({ certificates: { gap_central: { holds: true, value: 1e-5 } } }), 1e-5);
  assert.equal(gapOf({ certificates: { gap_central: { holds: false, value: 1e-5 } } }), null);
  assert.equal(gapOf({ role: { name: "validate" }, certificates: {} }), null);
  assert.equal(gapOf({ role: { name: "leader", gap: 0.02 } }), 0.02);
});

test("who gains and who loses is named, the largest first; a cent is nothing", () => {
  const people = gainsAndLosses([12, 5, 7.01, 20], [10, 9, 7, 11]);
  assert.deepEqual(people, {
    gain: [[1, 4]],
    lose: [
      [3, 9],
      [0, 2],
    ],
  });
  assert.equal(spaced(named(["Mill", "Farm", "Inn", "Shop"], people.lose)), "Shop 9.0 €, Mill 2.0 €");
  assert.equal(named([], []), "nobody");
  const many = Array.from({ length: 8 }, (_, k) => [k, 9 - k]);
  assert.ok(named(Array(8).fill("P"), many).endsWith("and 2 more"));
});

test("roles are compared on a solved day alone, and what hinders is said", () => {
  const clean = { problems: [], changes: 0 };
  assert.equal(refusal({ verdict: clean, stale: false, foreign: false }), "");
  assert.match(refusal({ verdict: null }), /being read/);
  assert.match(refusal({ verdict: { ...clean, problems: [{}] } }), /marked cells/);
  assert.match(refusal({ verdict: { ...clean, changes: 2 } }), /Solve your changes first/);
  assert.match(refusal({ verdict: clean, stale: true }), /Solve your changes first/);
});

test("the caption names first who is worse off, in the role in which they lose most", () => {
  const day = (objective_eur, total_eur) => ({
    prosumers: { id: ["Mill", "Farm"] },
    summary: { objective_eur },
    bills: { total_eur, retail_only_uncharged_eur: [10, 10] },
  });
  const results = { welfare: day(100, [9, 9]), leader: day(130, [14, 16]) };
  const [first, rest] = rolesCaption(null, { roles: { results } }).map(spaced);
  assert.equal(first, "Leader: Worse off than by the retailer's tariff alone, 2 of 2: Farm by 6.0 €, Mill by 4.0 €. ");
  assert.equal(rest, "All costs come to 100 € (One optimum) to 130 € (Leader).");
  assert.match(rolesCaption(null, { roles: { results: {} } })[1], /Compare its roles/);
});
