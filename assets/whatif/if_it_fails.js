// "If it fails": what the fault of a line takes away in the hour on show, and how supply comes back. The server looks.

import { html } from "../page/elements.js";
import { format } from "../page/format.js";
import { say } from "../page/status.js";
import { shownPayload, store } from "../page/store.js";
import { t } from "../page/language.js";
import { fetchOutage } from "../io/jobs_client.js";
import { tryTopology } from "./manual_switching.js";

// What faults know of generators that hold their voltages in the plan.
/** @param {Summary} summary */
export const generatorsKept = ({ generators }) =>
  generators ? [t("Generators keep giving the reactive power that they give in the plan.")] : [];

// What happens, in sentences; pure.
/** @param {Outage} fault */
export function outageSentences(fault) {
  const buses = (count) => (count === 1 ? t("1 bus") : t`${count} buses`);
  const lost = t`Line ${fault.line} fails: ${format.kw(fault.lost_kw)} at ${buses(fault.buses_lost)} lose supply.`;
  const steps = fault.operations
    ? t`In this order: ${fault.sequence}.`
    : fault.shed_kw > 0.05
      ? t("No switch brings any of it back.")
      : t("Nothing has to be switched.");
  const rest =
    fault.shed_kw > 0.05
      ? t`${format.kw(fault.shed_kw)} at ${buses(fault.buses_dark)} stay without supply until the repair.`
      : t("Then everybody has supply again.");
  const energy = t`${format.number(fault.not_supplied_kwh, 0)} kWh are not supplied (repair 4 h, 15 min an operation).`;
  const limits = fault.limits === "broken" ? [t("A limit stays broken: the switches allow nothing better.")] : [];
  const shown =
    fault.shown === "least"
      ? t("No other state of the switches does better.")
      : t("Found by search; others may do better.");
  return [lost, steps, rest, ...limits, energy, shown];
}

/** @param {Outage} fault */
function told(fault) {
  const kept = generatorsKept(shownPayload(store.get()).summary);
  const sentences = [...outageSentences(fault), ...kept].map((text) => html("p", {}, text));
  if (!fault.operations) return sentences;
  const button = html("button", { type: "button", class: "small" }, t("Try it"));
  button.addEventListener("click", () => {
    tryTopology(fault.open_lines.split(" ").map((line) => Number(line) - 1));
    say(t("The state after the fault, by hand. End the trial to come back."));
  });
  return [...sentences, button];
}

/** @param {boolean} others whether others are looked at first */
const underWay = (others) =>
  others ? t("Waiting for its turn \u2026") : t("Looking for the best way to bring supply back \u2026");

// The button in a line's details; what it told goes when the hour or the result does.
export function faultTool([kind, line]) {
  const { trial, ids, hour } = store.get();
  const payload = shownPayload(store.get());
  const id = payload && ids[payload.mode];
  if (kind !== "line" || trial || !id || !payload.lines.closed[hour][line]) return null;
  const place = html("div", { class: "fault", role: "status" });
  const button = html("button", { type: "button", class: "small", id: "if-it-fails" }, t("If it fails"));
  button.addEventListener("click", async () => {
    const asked = store.get().hour;
    button.disabled = true;
    const wanted = () => place.isConnected && store.get().hour === asked;
    const waits = (others) => wanted() && place.replaceChildren(html("p", { class: "quiet" }, underWay(others)));
    waits(false);
    try {
      const answer = await fetchOutage(id, line + 1, asked, { wanted, waits });
      const faults = wanted() && answer ? answer.faults : null;
      if (!faults) place.replaceChildren();
      else place.replaceChildren(...(faults.length ? told(faults[0]) : [html("p", {}, t("It is open in this hour."))]));
    } catch (error) {
      place.replaceChildren(html("p", { class: "bad" }, error.message));
    }
    button.disabled = false;
    place.scrollIntoView({ block: "nearest" });
  });
  return html("div", {}, button, place);
}

// What was told of another hour goes.
export function wireFaultTool() {
  store.on("hour", () => {
    const place = document.querySelector("#details .fault");
    if (place) place.replaceChildren();
  });
}
