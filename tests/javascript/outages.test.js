// What a single fault takes away, in words.
import assert from "node:assert/strict";
import { test } from "node:test";

import { outageSentences } from "../../assets/whatif/if_it_fails.js";

const FAULT = {
  line: 22,
  hour: 7,
  lost_kw: 2214.1,
  buses_lost: 12,
  shed_kw: 0,
  buses_dark: 0,
  operations: 2,
  sequence: "close 14, close 28",
  not_supplied_kwh: 1107.05,
  limits: "kept",
  shown: "least",
  open_lines: "7 9 22",
};

test("a fault that tie lines make good is told in order", () => {
  assert.deepEqual(outageSentences(FAULT), [
    "Line 22 fails: 2,214 kW at 12 buses lose supply.",
    "In this order: close 14, close 28.",
    "Then everybody has supply again.",
    "1,107 kWh are not supplied (repair 4 h, 15 min an operation).",
    "No other state of the switches does better.",
  ]);
});

test("what stays dark, what stays broken and what is only searched is said", () => {
  const told = outageSentences({ ...FAULT, shed_kw: 120, buses_dark: 1, limits: "broken", shown: "searched" });
  assert.ok(told.includes("120 kW at 1 bus stay without supply until the repair."));
  assert.ok(told.includes("A limit stays broken: the switches allow nothing better."));
  assert.equal(told.at(-1), "Found by search; others may do better.");
  const [, steps] = outageSentences({ ...FAULT, shed_kw: 2214.1, buses_dark: 12, operations: 0, sequence: "" });
  assert.equal(steps, "No switch brings any of it back.");
});
