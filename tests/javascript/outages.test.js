// What a single fault takes away, in words.
import assert from "node:assert/strict";
import { test } from "node:test";

import { faultsCaption, scoreOf, worstFirst } from "../../assets/charts/faults.js";
import { fetchOutage, fetchOutages } from "../../assets/io/jobs_client.js";
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

test("the worst faults come first, what leaves nobody unsupplied is not ranked", () => {
  const fault = (line, kwh) => ({ ...FAULT, line, not_supplied_kwh: kwh });
  const faults = [fault(4, 0), fault(2, 30), fault(7, 90), fault(1, 30)];
  assert.deepEqual(
    worstFirst(faults).map(({ line }) => line),
    [7, 1, 2],
  );
  const { worst, mean } = scoreOf(faults);
  assert.deepEqual([worst.line, mean], [7, 37.5]);
  assert.deepEqual(scoreOf([]), { worst: null, mean: 0 });
});

test("a day's worst fault is told beside that of the next best topology, and an empty ranking in words", () => {
  const day = { results: { hourly: { step_h: 1 } }, mode: "hourly", hour: 13 };
  day.results.hourly.summary = {};
  const found = (kwh) => ({ name: "a", open: [], loss: 9, faults: [{ ...FAULT, line: 3, not_supplied_kwh: kwh }] });
  const told = (faults) => faultsCaption(null, { ...day, faults: { found: faults } }).join("");
  assert.match(told([found(812), found(990)]), /The worst fault at 13:00, line 3, leaves 812 kWh .* leaves 990 kWh/);
  assert.doesNotMatch(told([found(812)]), /Generators keep/);
  day.results.hourly.summary = { generators: [{}] };
  assert.match(told([found(812)]), /the reactive power that they give in the plan/);
  assert.match(told([found(0)]), /No single fault leaves anybody without supply/);
  assert.match(told(null), /What if a line fails at 13:00/);
});

const settled = () => new Promise((done) => setImmediate(done));

test("what the server works out is asked for one after the other, and not where nobody wants it any more", async () => {
  const [asked, said, kept] = [[], [], globalThis.fetch];
  const held = [];
  globalThis.fetch = (url) => {
    asked.push(url);
    return new Promise((done) => held.push(() => done(new Response('{"faults": []}'))));
  };
  try {
    const turn = (name) => ({ waits: (others) => said.push([name, others]) });
    const first = fetchOutages("day", 3, null, turn("first"));
    const left = fetchOutage("day", 5, 3, { wanted: () => false });
    const second = fetchOutages("day", 4, [1, 2], turn("second"));
    await settled();
    assert.deepEqual(asked, ["/results/day/outages-3.json"]);
    held[0]();
    await first;
    await settled();
    assert.deepEqual(asked.slice(1), ["/results/day/outages-4.json?open=1,2"]);
    held[1]();
    assert.deepEqual(await second, { faults: [] });
    assert.equal(await left, null);
    assert.deepEqual(said, [
      ["second", true],
      ["first", false],
      ["second", false],
    ]);
  } finally {
    globalThis.fetch = kept;
  }
});
