// The grid of a payload whose tap changers move is that of the hour's position, made once.
import assert from "node:assert/strict";
import { test } from "node:test";

import { gridFor, takenIn } from "../../assets/powerflow/payload_grid.js";
import { flowOf } from "../../assets/powerflow/powerflow.js";
import { vectors } from "./vectors.js";

const [{ shown, cases }] = vectors("powerflow");

function moved() {
  const { r_pu, x_pu, substation_vm_pu, earth } = shown.network;
  const elsewhere = { r_pu, x_pu, earth, substation_vm_pu: substation_vm_pu.map((volts) => 1.02 * volts) };
  const networks = [{ r_pu, x_pu, earth, substation_vm_pu }, elsewhere];
  return { ...shown, levers: { which: [0, 1, 0], networks }, prosumers: { bus: [], day: { pv_kw: [] } } };
}

test("hours at the same positions share a grid, others have their own", () => {
  const payload = moved();
  assert.equal(gridFor(payload, 0), gridFor(payload, 2));
  assert.notEqual(gridFor(payload, 0), gridFor(payload, 1));
  gridFor(payload, 1).root.forEach((square, k) =>
    assert.ok(Math.abs(square - gridFor(payload, 0).root[k] * 1.02 ** 2) < 1e-12),
  );
});

test("an hour's power flow is that of its own grid", () => {
  const payload = moved();
  const [{ closed, vm_pu: wanted }] = cases;
  const there = flowOf(gridFor(payload, 0), takenIn(payload, {}, 0), Uint8Array.from(closed));
  there.vm.forEach((value, bus) => assert.ok(Math.abs(value - wanted[bus]) < 1e-6));
  const taken = { ...takenIn(payload, {}, 0), root: gridFor(payload, 1).root };
  const higher = flowOf(gridFor(payload, 1), taken, Uint8Array.from(closed));
  assert.ok(higher.solved && higher.vm[7] > there.vm[7]);
});

vectors("levers").forEach(({ shown: day, hours }, number) => {
  test(`by hand on network ${number}: other trees with taps, capacitor and q as they stand in the hour`, () => {
    assert.ok(new Set(day.levers.which).size === 3);
    hours.forEach((trees, hour) => {
      assert.ok(trees.length >= 4);
      trees.forEach((wanted) => {
        const found = flowOf(gridFor(day, hour), takenIn(day, {}, hour), Uint8Array.from(wanted.closed));
        assert.ok(found.solved && found.whole);
        found.vm.forEach((value, bus) => assert.ok(Math.abs(value - wanted.vm_pu[bus]) < 1e-6));
        assert.ok(Math.abs(found.loss - wanted.loss_kw) < 2e-3);
      });
    });
  });
});
