// What figures mean, in words: why a topology, what a mode or a solve changes, how far a solve is.
import assert from "node:assert/strict";
import { test } from "node:test";

import { progressShare, progressText, stateText } from "../../assets/app/progress.js";
import { costsCaption } from "../../assets/charts/costs.js";
import { pvUsed, sinceBefore, swaps } from "../../assets/charts/headline.js";
import { decades } from "../../assets/charts/live.js";
import { checksCaption } from "../../assets/charts/reports.js";
import { beside, closest, contrast, dayGain, sinceWhen } from "../../assets/charts/sentences.js";
import { story } from "../../assets/charts/story.js";
import { changeText, changeWords } from "../../assets/charts/topology_changes.js";

test("remarks stand under the checks", () => {
  // A violation price below the tariff lets every check hold; the page says so there.
  const summary = { certificates: { radial: { state: "holds" } }, remarks: ["violation_price_eur_per_kwh is 10"] };
  const [head, text] = checksCaption({ summary });
  assert.equal(head, "1 of 1 checks hold. ");
  assert.ok(text.endsWith("Note: violation_price_eur_per_kwh is 10."));
});

test("progress only grows with the stage and the residual", () => {
  const events = [
    { stage: "reading" },
    { stage: "search" },
    { stage: "binary", primal_kw: 50, free_binaries: 400, iteration: 3 },
    { stage: "binary", primal_kw: 5 },
    { stage: "convex", primal_kw: 1 },
    { stage: "convex", primal_kw: 0.05 },
    { stage: "polish" },
    { stage: "verification" },
  ];
  const shares = events.map(progressShare);
  assert.deepEqual(
    shares,
    [...shares].sort((a, b) => a - b),
  );
  assert.ok(shares[0] >= 0 && shares.at(-1) < 1);
  const told = "choosing topologies · iteration 3 · residual 50.0 kW · 400 switches undecided";
  assert.equal(progressText(events[2]), told);
  assert.ok(progressText(events[6], { objective_eur: 1920.6 }).endsWith("best so far 1,921 €"));
  const queued = { state: "queued", position: 7 };
  assert.equal(stateText(queued), "Queued, place 7: the server is busy.");
  const turns = [
    [1, 3.6, "You are next: about 4 s until your solve begins."],
    [3, 12.2, "You are third in the queue: about 12 s until your solve begins."],
    [7, 0, "You are number 7 in the queue: about 1 s until your solve begins."],
  ];
  turns.forEach(([position, wait, text]) => assert.equal(stateText({ state: "queued", position, wait_s: wait }), text));
  const first = "First plan: 1,921 €. Queued for a better one, place 7.";
  assert.equal(stateText(queued, { objective_eur: 1920.6 }), first);
});

test("differences to the solve before are told", () => {
  const volts = { vm_min_pu: 0.95, vm_max_pu: 1.04 };
  const costs = { objective_eur: 110, curtailed_kwh: 0, community_saving_eur: 50 };
  const before = { losses_kwh: 100, operations: 8, ...volts, ...costs };
  const after = { ...before, objective_eur: 100, losses_kwh: 90, operations: 9 };
  assert.equal(sinceBefore(after, before), "Your change saves 10.0\u00a0€: 10 kWh less lost, 1 operation more.");
  assert.equal(sinceBefore(before, after), "Your change costs 10.0\u00a0€: 10 kWh more lost, 1 operation fewer.");
  const raised = { ...before, vm_min_pu: 0.96 };
  assert.equal(sinceBefore(raised, before), "Your change leaves all costs as they were: voltages 0.960–1.040.");
  assert.equal(sinceBefore(before, before), "Solved again: same result.");
  assert.equal(sinceBefore(after, null), null);
});

const SINCE = [
  [Array(4).fill([1, 2]), 2, "The grid as built, all day."],
  [
    [
      [1, 2],
      [1, 2],
      [1, 3],
      [1, 3],
    ],
    1,
    "The grid as built, from the start of the day.",
  ],
  [
    [
      [1, 2],
      [1, 2],
      [1, 3],
      [1, 3],
    ],
    3,
    "Since 02:00, line 3 is open instead of 2.",
  ],
  [Array(4).fill([3, 4]), 0, "All day, lines 3 and 4 are open instead of 1 and 2."],
  [
    [
      [1, 3],
      [1, 3],
      [1, 2],
      [1, 2],
    ],
    0,
    "From the start of the day, line 3 is open instead of 2.",
  ],
  [[[1], [1], [1, 2], [1, 2]], 1, "From the start of the day, line 2 is closed."],
];

test("why these lines are open", () => {
  SINCE.forEach(([opened, hour, told]) => {
    const day = { series: { open_lines: opened }, network: { initially_open: [1, 2] }, hours: 24, step_h: 1 };
    assert.equal(sinceWhen(day, hour), told);
  });
});

// One hour of a mode, 100 kW of PV to use.
const dayOf = (mode, opened, loss, used, lowest = 1) => ({
  mode,
  hours: 1,
  network: { vm_min_pu: 0.95, vm_max_pu: 1.05 },
  series: {
    open_lines: [opened],
    loss_kw: [loss],
    vm_min_pu: [lowest],
    vm_max_pu: [1],
    max_loading_percent: [null],
  },
  prosumers: { day: { pv_available_kw: [[100]], pv_kw: [[used]] } },
  summary: { curtailed_kwh: 100 - used, objective_eur: loss },
});

test("another mode is told apart at the same hour", () => {
  const shown = dayOf("hourly", [1], 10, 100);
  const worse = dayOf("static", [2], 12, 70, 0.94);
  assert.equal(
    contrast(shown, worse, 0),
    "At this hour the best fixed topology curtails 30.0 kW more PV, loses 2.00 kW more and breaks a limit.",
  );
  assert.equal(
    contrast(worse, shown, 0),
    "At this hour hourly switching curtails 30.0 kW less PV, loses 2.00 kW less and keeps the limits.",
  );
  const [other, same, less] = [dayOf("fixed", [2], 10, 100), dayOf("fixed", [1], 10, 100), dayOf("fixed", [1], 9, 100)];
  assert.equal(contrast(shown, other, 0), "The grid as built does as well at this hour.");
  assert.equal(contrast(shown, same, 0), "The grid as built is the same at this hour.");
  assert.equal(contrast(shown, less, 0), "The grid as built is the same at this hour, and loses 1.00 kW less.");
});

test("the story tells who trades, what the grid does and what it brings", () => {
  const people = { p2p: true, prosumers: { id: ["a", "b"], day: { pv_available_kw: [[100]], pv_kw: [[95]] } } };
  const [hourly, fixed] = [dayOf("hourly", [1], 10, 95), dayOf("fixed", [2], 20, 55)];
  const day = { ...hourly, ...people, summary: { ...hourly.summary, operations: 16 } };
  assert.deepEqual(story(day, { hourly: day, fixed }), [
    "Neighbours trade solar power. The grid re-switches itself.",
    "40\u00a0kWh more sun used, costs down 50\u00a0%.",
  ]);
  assert.equal(story(day, {})[1], "All costs come to 10\u00a0€, 5\u00a0kWh of PV is curtailed.");
  const still = { ...day, summary: { ...day.summary, operations: 0 } };
  assert.ok(story(still, {})[0].endsWith("The grid could switch, and need not."));
  const alone = { ...day, p2p: false, mode: "fixed" };
  assert.equal(story(alone, { fixed })[0], "Everybody deals with the retailer alone. The grid stays as built.");
  assert.equal(dayGain(fixed, fixed), null);
  assert.equal(dayGain(hourly, null), null);
  assert.equal(beside(hourly, { hourly, fixed }).mode, "fixed");
});

test("sun that is used is never called all of it when some is wasted", () => {
  const day = { ...dayOf("hourly", [1], 10, 99.99), step_h: 1 };
  assert.equal(pvUsed(day).percent, 100);
  const little = { ...dayOf("hourly", [1], 10, 99.99), step_h: 100 };
  assert.equal(pvUsed(little).percent, 99.9);
  assert.equal(pvUsed({ ...day, prosumers: { day: { pv_available_kw: [[0]], pv_kw: [[0]] } } }), null);
});

test("a swap closes one line and opens another in the same hour", () => {
  const operations = { hour: [3, 3, 5, 5, 5, 9], action: ["close", "open", "close", "open", "open", "open"] };
  assert.equal(swaps({ operations }), 2);
});

test("the costs tab names what makes most of the difference", () => {
  const plan = (mode, retail, violations) => ({
    mode,
    summary: { objective_eur: retail + violations, costs_eur: { retail, violations, losses: 0, own: 0 } },
  });
  const [hourly, fixed] = [plan("hourly", 100, 0), plan("fixed", 150, 200)];
  const [head, rest] = costsCaption(hourly, { results: { hourly, fixed } });
  assert.equal(head, "Hourly switching saves 250\u00a0€ against the grid as built. ");
  assert.equal(rest, "Most of it because the community breaks fewer limits: 200\u00a0€.");
  assert.equal(costsCaption(fixed, { results: { fixed } })[0], "What everybody pays together. ");
});

test("decades hold all residuals", () => {
  assert.deepEqual(decades([80, 5, 0.02]), [-2, 2]);
  assert.deepEqual(decades([]), [-3, 0]);
  assert.deepEqual(decades([null, 0, 50]), [-1, 2]);
});

const CHANGES = [
  [[4, 9], "open 5, close 2", "opens line 5 and closes line 2"],
  [[2, 4], "open 3 and 5, close 2 and 10", "opens lines 3 and 5 and closes lines 2 and 10"],
];

test("another topology is told as what to switch", () => {
  CHANGES.forEach(([other, row, sentence]) => {
    assert.equal(changeText(other, [1, 9]), row);
    assert.equal(changeWords(other, [1, 9]), sentence);
  });
  assert.equal(changeText([1, 9], [1, 9]), "as shown");
});

test("topologies far apart are counted", () => {
  const [first, second] = [Array.from({ length: 9 }, (_, i) => i), Array.from({ length: 9 }, (_, i) => 10 + i)];
  assert.equal(changeText(first, second), "9 lines open, 9 others close");
  assert.equal(changeWords(first, second), "opens 9 lines and closes 9 others");
});

test("the worst hour names the limit and the place", () => {
  const network = { vm_min_pu: 0.9, vm_max_pu: 1.1 };
  const hour = (volts, loading) => ({ network, buses: { vm_pu: [volts] }, lines: { loading_percent: [loading] } });
  assert.equal(closest(hour([1, 1.08], [50, null]), 0), "Closest to its limit: bus 2 at 1.080 p.u. (limit 1.10).");
  assert.equal(closest(hour([null, 0.88], [90]), 0), "Beyond its limit: bus 2 at 0.880 p.u. (limit 0.90).");
  assert.equal(closest(hour([1, 1.02], [null, 95]), 0), "Closest to its limit: line 2 loaded to 95 %.");
});
