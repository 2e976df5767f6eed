// What lessons take answers for: node tests/javascript/check.js RESULTS < questions.json, each with an answer and the
// names that the results of its days have in the folder, by mode.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { choiceVerdict, numberVerdict } from "../../assets/lessons/checking.js";
import { measured } from "../../assets/lessons/measures.js";

const [folder] = process.argv.slice(2);
const held = new Map();

function payload(name) {
  if (!held.has(name)) held.set(name, JSON.parse(gunzipSync(readFileSync(join(folder, name, "payload.json.gz")))));
  return held.get(name);
}

async function verdict({ check, results, answer }) {
  const right = await measured(check.of, async (day, mode) => payload(results[day][mode]));
  return check.kind === "number" ? numberVerdict(String(answer), right, check.within) : choiceVerdict(answer, right);
}

const questions = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(await Promise.all(questions.map(verdict))));
