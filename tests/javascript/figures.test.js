// Figures of the server drawn without the chart library: axes, curves, and what stands beside the pointer.

import assert from "node:assert/strict";
import test from "node:test";

import { keyOf } from "../../assets/io/answers.js";
import { levelAxis, ticksBetween, uprightAxis, written } from "../../assets/charts/figure_scales.js";
import { onScale, paint, runsOf } from "../../assets/charts/figure_drawing.js";
import { filledTemplate, tipLines } from "../../assets/charts/figure_tip.js";

const PANEL = { top: 10, height: 100 };

test("ticks are round, inside the range, and no more than asked for", () => {
  assert.deepEqual(ticksBetween(0, 204, 6), [0, 50, 100, 150, 200]);
  assert.deepEqual(
    ticksBetween(-1.2, 0.9, 4).map((value) => Number(value.toFixed(6))),
    [-1, 0],
  );
  assert.deepEqual(ticksBetween(3, 3, 4), [3]);
  for (const [low, high, most] of [
    [0.942, 1.058, 4],
    [0, 1e-3, 3],
    [-35000, 120, 6],
  ]) {
    const ticks = ticksBetween(low, high, most);
    assert.ok(ticks.length >= 1 && ticks.length <= most + 1, `${ticks}`);
    assert.ok(Math.min(...ticks) >= low - 1e-9 && Math.max(...ticks) <= high + 1e-9);
  }
});

test("numbers are written as the figure asks", () => {
  assert.equal(written(1.0456, ".2f"), "1.05");
  assert.equal(written(0.000123456, ".2g"), "0.00012");
  assert.equal(written(0.01, "~g"), "0.01");
  assert.equal(written(-20), "\u221220");
});

test("an upright axis has its own part of the height, upside down where its range is", () => {
  const plain = uprightAxis({ domain: [0.5, 1], range: [0, 10], nticks: 2 }, [], PANEL);
  assert.deepEqual([plain.at(0), plain.at(10), plain.top, plain.bottom], [60, 10, 10, 60]);
  const down = uprightAxis({ range: [3.5, 0.5], tickvals: [1, 3] }, [], PANEL);
  assert.ok(down.at(1) < down.at(3));
  assert.deepEqual(
    down.ticks.map(({ text }) => text),
    ["1", "3"],
  );
});

test("a logarithmic axis has powers of ten, and leaves room for what is drawn", () => {
  const log = uprightAxis({ type: "log", dtick: 1 }, [{ y: [0.01, null, 100] }], PANEL);
  assert.deepEqual(
    log.ticks.map(({ text }) => text),
    ["0.01", "0.1", "1", "10", "100"],
  );
  assert.ok(log.at(100) > log.top && log.at(0.01) < log.bottom);
  assert.ok(Math.abs(log.at(1) - (log.at(0.01) + log.at(100)) / 2) < 1e-9);
});

test("hours go to pixels and back", () => {
  const across = levelAxis({ range: [-0.5, 23.5] }, [], { left: 40, width: 480 });
  assert.equal(across.at(0), 50);
  assert.equal(across.one, 20);
  for (let hour = 0; hour < 24; hour += 1) assert.equal(Math.round(across.value(across.at(hour))), hour);
});

test("colours are names of the style sheet, faded or mixed", () => {
  assert.equal(paint("var(--ink)"), "var(--ink)");
  assert.equal(paint("var(--ink,0.1)"), "color-mix(in srgb, var(--ink) 10%, transparent)");
  const scale = [
    [0, "var(--low)"],
    [0.5, "var(--mid)"],
    [1, "var(--high)"],
  ];
  assert.equal(onScale(scale, 0.5), "color-mix(in srgb, var(--mid) 100%, var(--low))");
  assert.equal(onScale(scale, 0.75), "color-mix(in srgb, var(--high) 50%, var(--mid))");
  assert.equal(onScale(scale, 7), "color-mix(in srgb, var(--high) 100%, var(--mid))");
});

test("a curve ends where a value is missing, and steps where it should", () => {
  const across = { at: (hour) => 10 * hour };
  const upright = { at: (value) => value };
  assert.deepEqual(runsOf({ y: [1, 2, null, 4] }, across, upright), [
    [
      [0, 1],
      [10, 2],
    ],
    [[30, 4]],
  ]);
  assert.deepEqual(runsOf({ y: [1, 2], line: { shape: "hvh" } }, across, upright)[0], [
    [0, 1],
    [5, 1],
    [5, 2],
    [10, 2],
  ]);
  assert.deepEqual(runsOf({ x: [3, 4], y: [1, 2], line: { shape: "hv" } }, across, upright)[0], [
    [30, 1],
    [40, 1],
    [40, 2],
  ]);
});

test("the pointer is told what stands at an hour, by the server's own template", () => {
  assert.equal(filledTemplate("bus %{y}: %{z:.4f} p.u.<extra></extra>", { y: 7, z: 1.01 }), "bus 7: 1.0100 p.u.");
  const layout = { xaxis: { unifiedhovertitle: { text: "%{x:02d}:00" } } };
  const data = [
    { type: "scatter", name: "Hourly", y: [1, 2.25], hovertemplate: "%{y:.1f} kW" },
    { type: "scatter", name: "Hidden", y: [1, 2], hoverinfo: "skip" },
    { type: "scatter", name: "Gone", y: [1, null], hovertemplate: "%{y}" },
    { type: "bar", name: "<b>PV</b>", y: [1, -2], customdata: [1, 2], hovertemplate: "%{customdata:.1f} kW" },
  ];
  assert.deepEqual(tipLines({ data, layout }, { uprights: { y: {} } }, 1, 50), [
    "01:00",
    "Hourly: 2.3 kW",
    "<b>PV</b>: 2.0 kW",
  ]);
  assert.deepEqual(tipLines({ data, layout }, { uprights: { y: {} } }, 9, 50), []);
});

test("the pointer on a map is told of the cell below it", () => {
  const upright = { ...uprightAxis({ range: [2.5, 0.5] }, [], PANEL) };
  const map = { type: "heatmap", y: [1, 2], z: [[1], [2]], hovertemplate: "bus %{y}: %{z:.1f}" };
  const drawn = { uprights: { y: upright } };
  const at = (bus) => tipLines({ data: [map], layout: { xaxis: {} } }, drawn, 0, upright.at(bus));
  assert.deepEqual(at(1), ["0", "bus 1: 1.0"]);
  assert.deepEqual(at(2), ["0", "bus 2: 2.0"]);
});

test("a file holds a figure once for every theme", () => {
  assert.equal(keyOf("/results/a/figures/losses.json?theme=dark&with=b"), "/results/a/figures/losses.json");
  assert.equal(
    keyOf("/results/a/figures/prosumer.json?theme=light&prosumer=3"),
    "/results/a/figures/prosumer.json?prosumer=3",
  );
  assert.equal(keyOf("/cases/day.json"), "/cases/day.json");
});
