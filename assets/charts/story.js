// The headline of the page: who trades, what the grid does, what the day gains over the grid as built. Pure.

import { format } from "../page/format.js";
import { t } from "../page/language.js";
import { dayGain } from "./sentences.js";

const sunIn = ({ prosumers: { day } }) => day.pv_available_kw.some((row) => row.some((value) => value > 0));

/** @param {Payload} payload */
function people(payload) {
  if (payload.prosumers.id.length < 2 || !payload.p2p) return t("Everybody deals with the retailer alone.");
  return sunIn(payload) ? t("Neighbours trade solar power.") : t("Neighbours trade power.");
}

/** @param {Payload} payload */
function grid({ mode, summary }) {
  if (mode === "fixed") return t("The grid stays as built.");
  if (mode === "static") return t("The grid keeps its best fixed layout.");
  return summary.operations ? t("The grid re-switches itself.") : t("The grid could switch, and need not.");
}

// What stands where there is nothing to compare with.
/** @param {Payload} payload */
function dayOf({ summary }) {
  const [cost, pv] = [summary.objective_eur, summary.curtailed_kwh].map((value) => format.number(Math.abs(value)));
  const costs =
    summary.objective_eur < 0 ? t`Together they earn ${cost}\u00a0\u20ac` : t`All costs come to ${cost}\u00a0\u20ac`;
  return summary.curtailed_kwh < 0.5
    ? t`${costs}, no PV is curtailed.`
    : t`${costs}, ${pv}\u00a0kWh of PV is curtailed.`;
}

/**
 * @param {Payload} payload
 * @param {Payload} initial
 */
function gained(payload, initial) {
  const gain = dayGain(payload, initial);
  if (!gain) return null;
  const sun =
    Math.abs(gain.pv) < 1
      ? ""
      : gain.pv > 0
        ? t`${format.number(gain.pv)}\u00a0kWh more sun used`
        : t`${format.number(-gain.pv)}\u00a0kWh less sun used`;
  const percent = format.number(100 * Math.abs(gain.share), Math.abs(gain.share) < 0.0995 ? 1 : 0);
  const cost = !gain.told ? "" : gain.share < 0 ? t`costs down ${percent}\u00a0%` : t`costs up ${percent}\u00a0%`;
  const text = [sun, cost].filter(Boolean).join(", ");
  return text && `${text[0].toUpperCase()}${text.slice(1)}.`;
}

// The sentence: [what happens, what it brings].
/**
 * @param {Payload} payload
 * @param {Record<string, Payload>} results
 * @returns {[string, string]}
 */
export function story(payload, results) {
  return [`${people(payload)} ${grid(payload)}`, gained(payload, results.fixed) || dayOf(payload)];
}

// What the second sentence compares with.
/** @param {Payload} payload */
export const comparedWith = (payload, results) =>
  payload.mode !== "fixed" && results.fixed ? t("Compared with the grid as built and the same trading.") : "";
