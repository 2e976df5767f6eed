// The power flow of the page against pandapower's, on networks with ratios, charging, shunts and half-open lines.
import assert from "node:assert/strict";
import { test } from "node:test";

import { flowOf, gridOf, withdrawals } from "../../assets/powerflow/powerflow.js";
import { vectors } from "./vectors.js";

function close(found, wanted, most) {
  assert.equal(found.length, wanted.length);
  found.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]) < most, `${value} is not ${wanted[i]}`));
}

vectors("powerflow").forEach(({ shown, cases }, number) => {
  test(`power flow of network ${number} knows ratios, charging and shunts`, () => {
    const grid = gridOf(shown);
    const taken = withdrawals(grid, shown, 0);
    assert.ok(cases.length >= 6);
    cases.forEach((wanted) => {
      const found = flowOf(grid, taken, Uint8Array.from(wanted.closed));
      assert.ok(found.solved && found.whole);
      close(found.vm, wanted.vm_pu, 1e-6);
      close(found.p, wanted.p_kw, 0.02);
      close(found.q, wanted.q_kvar, 0.1); // charging at voltages of five decimals
      close(found.amperes, wanted.current_a, 0.01);
      close(found.lost, wanted.line_loss_kw, 1e-3);
      assert.ok(Math.abs(found.loss - wanted.loss_kw) < 2e-3);
      assert.ok(wanted.violation_eur > 0);
      assert.ok(Math.abs(found.breach - wanted.violation_eur) < 1e-3 * wanted.violation_eur);
    });
  });
});
