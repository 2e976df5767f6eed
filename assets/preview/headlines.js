// The headline figures of a preview, each beside what is solved.

import { renderCards } from "../page/cards.js";
import { comparison, headline } from "./words.js";

const TERMS = { "All costs": "costs", Losses: "losses", Voltage: "voltage" };

/** @param {Preview} preview */
export function previewHeadlines(holder, preview) {
  const cards = comparison(preview, null).map((row) => ({
    name: row.name,
    term: TERMS[row.name],
    value: row.predicted,
    unit: row.unit,
    note: { text: `solved ${row.before}`, kind: "pending" },
  }));
  renderCards(holder, cards, headline(preview));
}
