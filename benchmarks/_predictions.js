// Predictions of edits, for bench_preview.py: node benchmarks/_predictions.js FILE, where FILE holds a payload and
// scenarios. Prints for each what the page's preview makes of it, and the processor time of a quick and a careful look.
import { readFileSync } from "node:fs";

import { CAREFUL, predict, QUICK } from "../assets/preview/predict.js";

const { payload, scenarios } = JSON.parse(readFileSync(process.argv[2], "utf8"));

function timed(run) {
  const start = process.cpuUsage();
  const found = run();
  const { user, system } = process.cpuUsage(start);
  return [found, (user + system) / 1000];
}

// As on the page: compiled before a hand is on a slider.
for (let look = 0; look < 12; look += 1) predict(payload, scenarios[look % scenarios.length], QUICK);

const found = scenarios.map((scenario) => {
  const [, quick] = timed(() => predict(payload, scenario, QUICK));
  const [day, careful] = timed(() => predict(payload, scenario, CAREFUL));
  if (!day) return { quick, careful, day: null };
  const { objective_eur: cost, losses_kwh: losses, vm_max_pu: high, vm_min_pu: low } = day.summary;
  return { quick, careful, day: { cost, losses, high, low, bills: day.bills.total_eur } };
});
console.log(JSON.stringify(found));
