// Questions for the first minute: a chip opens a changed day that is already solved, and says what the change did.

import { byId } from "../page/elements.js";
import { format } from "../page/format.js";
import { say } from "../page/status.js";
import { store } from "../page/store.js";
import { t } from "../page/language.js";
import { fetchCase, fetchResult } from "../io/jobs_client.js";
import { openDraft } from "../drawer/cases.js";

const chips = () => [...byId("questions").querySelectorAll(".chip[data-base]")];
let asked = null;

// What a change did to the day, one sentence from two summaries.
export function answerText(lead, before, after) {
  const pair = (name, key, digits, unit) => {
    const [old, now] = [before[key], after[key]];
    return Math.abs(now - old) < 0.5 * 10 ** -digits
      ? null
      : `${name} ${format.number(old, digits)} \u2192 ${format.number(now, digits)}${unit}`;
  };
  const parts = [
    pair(t("all costs"), "objective_eur", 0, " \u20ac"),
    pair(t("losses"), "losses_kwh", 0, " kWh"),
    pair(t("PV curtailed"), "curtailed_kwh", 0, " kWh"),
    pair(t("trading saves them"), "community_saving_eur", 0, " \u20ac"),
    pair(t("operations"), "operations", 0, ""),
  ].filter(Boolean);
  return parts.length ? `${lead}: ${parts.join(", ")}.` : t`${lead} nothing changes.`;
}

// Chips belong to their case and to the days they open.
function fit() {
  const { value } = byId("case");
  const own = chips().find((chip) => chip.dataset.key && chip.dataset.key === value);
  const base = own ? own.dataset.base : value;
  chips().forEach((chip) => {
    chip.hidden = chip.dataset.base !== base;
  });
  if (
    asked &&
    !(asked.dataset.key
      ? asked.dataset.key === value
      : asked.dataset.base === value && store.get().mode === asked.dataset.mode)
  )
    asked = null;
  chips().forEach((chip) => chip.setAttribute("aria-pressed", String(chip === asked)));
  if (!asked && !store.get().guess) byId("answer").textContent = "";
}

async function open(key) {
  const found = await fetchCase(key);
  await openDraft(found.draft, key, found.results);
  byId("case").value = key;
}

// The base case as it is stored: what an answer is compared with.
async function baseOf(chip) {
  const { results, ids } = store.get();
  const name = `${chip.dataset.base}-hourly`;
  return results.hourly && ids.hourly === name ? results.hourly : fetchResult(name);
}

async function ask(chip) {
  const back = asked === chip;
  asked = null;
  try {
    if (back) {
      await open(chip.dataset.base);
      fit();
      return;
    }
    const base = await baseOf(chip);
    if (chip.dataset.key) await open(chip.dataset.key);
    else if (byId("case").value !== chip.dataset.base) await open(chip.dataset.base);
    asked = chip;
    store.set({ mode: chip.dataset.mode, before: null });
    const shown =
      store.get().results[chip.dataset.mode] || (await fetchResult(`${chip.dataset.base}-${chip.dataset.mode}`));
    byId("answer").textContent = answerText(chip.dataset.lead, base.summary, shown.summary);
    fit();
  } catch (error) {
    say(error.message, "bad");
  }
}

export function wireQuestions() {
  chips().forEach((chip) => chip.addEventListener("click", () => ask(chip)));
  store.on("results mode", () => window.setTimeout(fit, 0));
  byId("case").addEventListener("change", () => window.setTimeout(fit, 0));
  fit();
}
