// The bills' tab in words: who is worse off by name, what comes back, and what is compared with.
import assert from "node:assert/strict";
import { test } from "node:test";

import { billText, billsBeside, billsCaption, worseOff, worseOffText } from "../../assets/charts/bills.js";

const DAY = {
  p2p: true,
  step_h: 1,
  trades: [],
  prosumers: { id: ["Mill", "Farm", "Shop"] },
  summary: { above_tariff_ids: ["Shop", "Mill"] },
  bills: {
    total_eur: [12, 20, 35],
    retail_eur: [10, 20, 30],
    trades_eur: [0, 0, 0],
    fees_eur: [0, 0, 0],
    network_eur: [2, 0, 5],
    own_costs_eur: [0, 0, 0],
    retail_only_eur: [13, 21, 36],
    retail_only_uncharged_eur: [10, 25, 30],
  },
};
const state = (results = {}, chosen = null) => ({ results, chosen });
const spaced = (text) => text.replaceAll("\u00a0", " ").replaceAll("\u2019", "'");

test("who is worse off than by the tariff stands first, the worst first", () => {
  assert.deepEqual(worseOff(DAY), [
    [2, 5],
    [0, 2],
  ]);
  const told = "Worse off than by the retailer's tariff alone, 2 of 3: Shop by 5.0 €, Mill by 2.0 €. ";
  assert.equal(spaced(worseOffText(DAY)), told);
  assert.equal(spaced(billsCaption(DAY, state())[0]), told);
});

test("the names are those of the result, and are found where it names nobody", () => {
  assert.equal(worseOff({ ...DAY, summary: { above_tariff_ids: ["Shop"] } }).length, 1);
  assert.equal(worseOff({ ...DAY, summary: {} }).length, 2);
  const none = { ...DAY, summary: { above_tariff_ids: [] } };
  assert.equal(spaced(worseOffText(none)), "Nobody is worse off than by the retailer's tariff alone. ");
});

test("many names are counted, not listed", () => {
  const ids = Array.from({ length: 8 }, (_, k) => `P${k}`);
  const flat = (value) => ids.map(() => value);
  const many = {
    prosumers: { id: ids },
    summary: { above_tariff_ids: ids },
    bills: { total_eur: flat(2), retail_only_uncharged_eur: flat(1) },
  };
  assert.ok(worseOffText(many).includes("8 of 8: P0 by"));
  assert.ok(worseOffText(many).endsWith("P4 by 1.0\u00a0\u20ac and 3 more. "));
});

test("the market without an operator comes with any mode of the same day, and is not invented", () => {
  const other = { ...DAY, bills: { ...DAY.bills, free_market_eur: [9, 19, 29] } };
  assert.deepEqual(billsBeside(DAY, { static: other }).free_market_eur, [9, 19, 29]);
  assert.equal(billsBeside(DAY, {}).free_market_eur, undefined);
  const strangers = { ...other, prosumers: { id: ["A", "B", "C"] } };
  assert.equal(billsBeside(DAY, { static: strangers }).free_market_eur, undefined);
  assert.equal(billsBeside({ ...DAY, p2p: false }, { static: other }).free_market_eur, undefined);
  assert.ok(billsCaption(DAY, state())[1].includes("without an operator is not computed"));
  assert.ok(!billsCaption(DAY, state({ static: other }))[1].includes("not computed"));
});

test("what goes back is told, and is a part of the bill", () => {
  const refund_eur = [-1, -2, -3];
  const back = { ...DAY, bills: { ...DAY.bills, refund_eur }, summary: { ...DAY.summary, refunded_eur: 6 } };
  assert.ok(spaced(billsCaption(back, state())[1]).includes("collects 7 € of charges and gives 6 € back"));
  assert.ok(!spaced(billsCaption(DAY, state())[1]).includes("gives"));
  const [head, text] = billText(back, 2).map(spaced);
  assert.equal(head, "Shop pays 35.0 €. ");
  assert.ok(text.includes("retailer 30.0 €, network 5.0 €, refund −3.0 €."));
  assert.ok(text.endsWith("tariff alone: 30.0 €; with the retailer alone at the same network charges 36.0 €."));
});
