// Drafts: spreadsheets, pairs, curves, and how two drafts or results differ.
import assert from "node:assert/strict";
import { test } from "node:test";

import { spans, topologyDifferences } from "../../assets/drawer/compare_tables.js";
import { curveScale } from "../../assets/drawer/curve_scale.js";
import { freePair, kindOfPartners, pairsOf, pastedPairs, writePairs } from "../../assets/drawer/pairs.js";
import { differences } from "../../assets/drawer/runs.js";
import { readSeries, writeSeries } from "../../assets/drawer/series.js";
import { readSheet } from "../../assets/drawer/sheet.js";
import { pasted } from "../../assets/drawer/table.js";
import { vectors } from "./vectors.js";

const SHEETS = [
  [
    "1\t2\r\n3\t4\r\n",
    [
      ["1", "2"],
      ["3", "4"],
    ],
  ],
  ["a", [["a"]]],
  ["1,5\t", [["1,5", ""]]],
  ['"a\tb"\t"say ""x"""\n"two\nlines"', [["a\tb", 'say "x"'], ["two lines"]]],
  ['5" pipe\t7', [['5" pipe', "7"]]],
  ["\n\n", []],
  ["1\n\n2", [["1"], [""], ["2"]]],
];

test("a spreadsheet is read cell by cell", () => {
  SHEETS.forEach(([text, rows]) => assert.deepEqual(readSheet(text), rows));
});

test("pasted cells fill rows and add new ones", () => {
  const rows = [
    { row: "p0", id: "A", bus: "2" },
    { row: "p1", id: "B", bus: "3" },
  ];
  const draft = { rows, next: 2 };
  const blank = (_, key) => ({ row: key, id: "new", bus: "" });
  const answer = pasted(draft, [["7"], ["8", "lost"], ["9"]], { row: 1, column: 1 }, ["id", "bus"], blank);
  assert.deepEqual(
    answer.changes.rows.map(({ row, id, bus }) => [row, id, bus]),
    [
      ["p0", "A", "2"],
      ["p1", "B", "7"],
      ["n2", "new", "8"],
      ["n3", "new", "9"],
    ],
  );
  assert.deepEqual([answer.added, answer.beyond, answer.changes.next], [2, 1, 4]);
  assert.equal(draft.rows[1].bus, "3");
});

const KINDS = [
  ["6", "nearest"],
  ["", "nearest"],
  [" All ", "all"],
  ["none", "none"],
  ["A + B, C + D", "pairs"],
  ["most", "nearest"],
];

test("partners are of four kinds", () => {
  KINDS.forEach(([text, kind]) => {
    assert.equal(kindOfPartners(text), kind);
    if (kind === "pairs") assert.equal(writePairs(pairsOf(text)), text);
  });
});

test("pairs are found and pasted once", () => {
  const [ab, ba, ac] = [
    ["A", "B"],
    ["B", "A"],
    ["A", "C"],
  ];
  assert.deepEqual(freePair([ba, ac], ["A", "B", "C"]), ["B", "C"]);
  assert.equal(freePair([ba], ["A", "B"]), null);
  const lines = [ba, ["B", " C "], ["C", ""], ["C", "B", "x"], ["D+E", "A"]];
  assert.deepEqual(pastedPairs([ab], lines), [ab, ["B", "C"], ["D E", "A"]]);
});

const SERIES = [
  ["1 2 3", 3, [1, 2, 3]],
  ["3 x 0.5", 3, [0.5, 0.5, 0.5]],
  ["0.5", 2, [0.5, 0.5]],
  ["1; 2, 3", 3, [1, 2, 3]],
  ["1 2", 3, null],
];

test("a curve reads what the server reads", () => {
  const shared = vectors("series").map(({ text, values }) => [text, 3, values && values.length === 3 ? values : null]);
  [...SERIES, ...shared].forEach(([text, hours, values]) => {
    assert.deepEqual(readSeries(text, hours), values, text);
    if (values) assert.deepEqual(readSeries(writeSeries(values), hours), values, text);
  });
});

test("a curve fits its axis", () => {
  [0, 0.085, 0.34, 1, 1.2, 7.3, 640].forEach((most) => {
    const { top, step } = curveScale([0, most]);
    assert.ok(most < top && top <= 10 * Math.max(most, 0.1));
    assert.ok(step > 0 && step <= top / 20);
  });
});

test("differences of two drafts in words", () => {
  const before = {
    rows: [
      { row: "p0", id: "A", pv_kw: "5" },
      { row: "p1", id: "B", pv_kw: "" },
    ],
    settings: { fee: "1" },
    profiles: { home: "1 1" },
    trading: "on",
  };
  const after = {
    rows: [
      { row: "p0", id: "A", pv_kw: "7" },
      { row: "n2", id: "C", pv_kw: "1" },
    ],
    settings: { fee: "2" },
    profiles: { home: "1 0" },
    trading: "off",
  };
  const names = { pv_kw: "PV Peak", fee: "Trade fee" };
  const told = ["A: PV Peak 5 → 7", "C added", "B deleted", "Trade fee 1 → 2", "profile home", "trading off"];
  assert.deepEqual(differences(before, after, names), told);
  assert.deepEqual(differences(before, before, names), []);
});

test("topologies that differ are found hour by hour", () => {
  assert.deepEqual(topologyDifferences([[1, 2], [1, 2], [3, 4], [5]], [[1, 2], [1, 3], [3, 5], [5]]), [
    { hour: 1, first: [2], second: [3] },
    { hour: 2, first: [4], second: [5] },
  ]);
  const again = spans(topologyDifferences([[1], [1], [2], [1]], [[3], [3], [3], [1]]));
  assert.deepEqual(
    again.map(({ hour, last }) => [hour, last]),
    [
      [0, 1],
      [2, 2],
    ],
  );
});
