// Names of prosumers and profiles. Pure.

/** @param {Texts[]} rows */
export const namesOf = (rows) => new Set(rows.map((row) => row.id.trim()));

// A name that nobody has.
export function freeName(stem, taken) {
  if (!taken.has(stem)) return stem;
  for (let number = 2; ; number += 1) {
    const name = `${stem.slice(0, 34)} ${number}`;
    if (!taken.has(name)) return name;
  }
}
