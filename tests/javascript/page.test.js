// The store, and numbers as people read them.
import assert from "node:assert/strict";
import { test } from "node:test";

import { startHour } from "../../assets/page/first_hour.js";
import { format, numberList } from "../../assets/page/format.js";
import { createStore } from "../../assets/page/store.js";

const DAY = { hours: 2, step_h: 1, times: ["2026-06-21T02:30+02:00", "2026-06-21T03:30+02:00"] };
const WEEK = { hours: 3, step_h: 12, times: ["2026-06-21T23:00", "2026-06-22T00:00", "2026-06-22T06:00"] };
const READ = [
  [() => format.number(-1234.56, 1), "−1,234.6"],
  [() => format.number(-0.001, 2), "0.00"],
  [() => format.number(null, 1), "–"],
  [() => format.signed(2, 0), "+2"],
  [() => format.share(-0.494), "−49 %"],
  [() => format.share(0.012), "+1.2 %"],
  [() => format.kw(3.456), "3.46 kW"],
  [() => format.cents(0.1234), "12.34 ct/kWh"],
  [() => format.clock(9, 1), "09:00"],
  [() => format.clock(5, 0.5), "02:30"],
  [() => format.clock(25, 1), "day 2, 01:00"],
  [() => format.at({ hours: 24, step_h: 1 }, 9), "09:00"],
  [() => format.at(DAY, 1), "03:30"],
  [() => format.day(DAY, 1), "Sun, 21 Jun 2026"],
  [() => format.at(WEEK, 1), "Mon 00:00"],
  [() => format.tick(WEEK, 1), "Mon 22"],
  [() => format.tick(WEEK, 2), "Mon 06"],
  [() => format.tick({ hours: 48, step_h: 1 }, 30), "d2 06"],
  [() => format.tick({ hours: 48, step_h: 1 }, 24), "day 2"],
  [() => numberList([1, 2, 3, 32]), "2–4 and 33"],
];

test("numbers as people read them", () => READ.forEach(([told, text]) => assert.equal(told(), text)));

test("the store tells only who listens", () => {
  const heard = [];
  const store = createStore({ x: 1, y: 1 });
  store.on("x", (now, old) => heard.push([now.x, old.x]));
  store.set({ y: 2 });
  store.set({ x: 1 });
  store.set({ x: 3 });
  assert.deepEqual(heard, [[3, 1]]);
  assert.throws(() => {
    store.get().x = 4;
  }, TypeError);
});

test("a day opens where prosumers feed in most while lines switch", () => {
  const injection = [
    [9, 5, 7, 6],
    [9, -8, -1, 3],
  ];
  const day = { worst_hour: 0, prosumers: { day: { injection_kw: injection } } };
  const switched = [
    [[1], [2], [], [3]],
    [[1], [], [], []],
  ];
  assert.deepEqual(
    switched.map((hours) => startHour({ ...day, series: { switched: hours } })),
    [3, 0],
  );
});
