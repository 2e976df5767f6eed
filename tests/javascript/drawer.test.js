// Drafts: spreadsheets, pairs, curves, and how two drafts or results differ.
import assert from "node:assert/strict";
import { test } from "node:test";

import { companions, withCompanions } from "../../assets/drawer/companions.js";
import { spans, topologyDifferences } from "../../assets/drawer/compare_tables.js";
import { curveScale } from "../../assets/drawer/curve_scale.js";
import { freePair, kindOfPartners, pairsOf, pastedPairs, writePairs } from "../../assets/drawer/pairs.js";
import { differences } from "../../assets/drawer/runs.js";
import { readSeries, writeSeries } from "../../assets/drawer/series.js";
import { readSheet, withPoints } from "../../assets/drawer/sheet.js";
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

const HOURS = 4;
const PROFILES = { home: "1 0.5 0.7 1", roof: "0 0.5 1 0" };
const SETTINGS = { buy: "0.2 0.3 0.3 0.2", sell: "0.08" };
const people = (...rows) => ({
  rows: rows.map((row, k) => ({ row: `p${k}`, ...row })),
  settings: SETTINGS,
  profiles: PROFILES,
  hours: HOURS,
});
const PLAIN = { load_profile: "", pv_profile: "", battery_capacity: "", battery_power: "" };

// [what the row holds, the column that is typed into, what the others hold, what is filled]
const NECESSARY = [
  [{ ...PLAIN, pv_kw: "500" }, "pv_kw", [{ pv_kw: "5", pv_profile: "roof" }], { pv_profile: "roof" }],
  [{ ...PLAIN, pv_kw: "500" }, "pv_kw", [], { pv_profile: "roof" }],
  [{ ...PLAIN, pv_kw: "0" }, "pv_kw", [], {}],
  [{ ...PLAIN, pv_kw: "much" }, "pv_kw", [], {}],
  [{ ...PLAIN, pv_kw: "5", pv_profile: "home" }, "pv_kw", [], {}],
  [{ ...PLAIN, load_kw: "5" }, "load_kw", [], { load_profile: "home" }],
  [{ ...PLAIN, battery_capacity: "12" }, "battery_capacity", [], { battery_power: "4" }],
  [{ ...PLAIN, battery_power: "4,5" }, "battery_power", [], { battery_capacity: "13.5" }],
  [{ ...PLAIN, battery_capacity: "" }, "battery_capacity", [], {}],
  [{ ...PLAIN, battery_capacity: "12", battery_power: "3" }, "battery_capacity", [], {}],
  [{ ...PLAIN, battery_initial: "6" }, "battery_initial", [], { battery_capacity: "12", battery_power: "4" }],
  [
    { ...PLAIN, battery_wear: "0.01" },
    "battery_wear",
    [{ battery_capacity: "30" }],
    { battery_capacity: "30", battery_power: "10" },
  ],
  [{ elastic_max: "40" }, "elastic_max", [], { elastic_utility: "0.25" }],
  [{ elastic_max: "40" }, "elastic_max", [{ elastic_utility: "0.31" }], { elastic_utility: "0.31" }],
  [{ elastic_utility: "0.3" }, "elastic_utility", [], { elastic_max: "10" }],
  [{ elastic_slope: "0.001" }, "elastic_slope", [], { elastic_max: "10", elastic_utility: "0.25" }],
  [{ generator_max: "9" }, "generator_max", [], { generator_cost: "0.25" }],
  [{ own_buy: "0.4" }, "own_buy", [], { own_sell: "0.08" }],
  [{ own_sell: "0.1" }, "own_sell", [], { own_buy: SETTINGS.buy }],
  [{ load_kw: "1", power_factor: "0.9" }, "power_factor", [], {}],
];

test("a typed cell fills what it makes necessary, and nothing that stands", () => {
  NECESSARY.forEach(([row, typed, others, filled]) => {
    const draft = people(row, ...others);
    assert.deepEqual(companions(draft, draft.rows[0], typed), filled, `${typed} ${JSON.stringify(row)}`);
    const [first, ...rest] = withCompanions(draft, draft.rows, { p0: [typed] });
    assert.deepEqual([first, rest], [{ ...draft.rows[0], ...filled }, draft.rows.slice(1)]);
  });
  const known = { ...people({ ...PLAIN, pv_kw: "5" }), profiles: { pv: "1", ...PROFILES } };
  assert.deepEqual(companions(known, known.rows[0], "pv_kw"), {});
});

// Rows of a spreadsheet as they come, and as they are read.
const POINTS = [
  [
    ["4,5", "12,375"],
    ["4.5", "12.375"],
  ],
  [
    ["1.500,5", "1.500"],
    ["1500.5", "1500"],
  ],
  [
    ["12,375", "1,500"],
    ["12,375", "1,500"],
  ],
  [
    ["4,5", "0.5"],
    ["4,5", "0.5"],
  ],
  [
    ["B\u00e4cker, alt", " 7,25 "],
    ["B\u00e4cker, alt", "7.25"],
  ],
  [
    ["1.500", "7"],
    ["1.500", "7"],
  ],
];

test("decimal commas of a sheet are read where they can be nothing else", () => {
  POINTS.forEach(([row, read]) => assert.deepEqual(withPoints([row, ["x"]]), [read, ["x"]]));
});
