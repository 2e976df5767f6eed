// The curves of a draft: tariff, own tariffs, profiles; where each stands in the draft, and how it is changed.

import { t } from "../page/language.js";
import { changeDraft, currentDraft } from "./draft.js";
import { isCurve, settingFields } from "./settings.js";

export const [PREFIX, OWN] = ["profile:", "own:"];

export const SIDES = { own_buy: t("retailer sells at"), own_sell: t("retailer buys at") };

// A prosumer's own tariff stands in its row: the key of its curves names both.
export const ownKey = (row, side) => `${OWN}${row}:${side}`;

export const ownPlace = (key) => {
  const [, row, side] = key.split(":");
  return { row, side };
};

/** @param {Draft} draft */
function ownCurves(draft) {
  const before = Object.fromEntries(draft.solved.rows.map((row) => [row.row, row]));
  const curve = (row, side) => ({
    key: ownKey(row.row, side),
    label: `${row.id}, ${SIDES[side]}`,
    unit: "\u20ac/kWh",
    text: row[side],
    before: draft.imported ? null : (before[row.row] || {})[side],
  });
  return draft.rows
    .filter((row) => row.own_buy || row.own_sell)
    .flatMap((row) => Object.keys(SIDES).map((side) => curve(row, side)));
}

// Problems of own tariffs by the key of their curve.
export const wrongOwn = (problems) =>
  Object.fromEntries(
    problems
      .filter(({ row, column }) => row && column in SIDES)
      .map(({ row, column, message }) => [ownKey(row, column), message]),
  );

// Curves of a draft: the tariff's from the settings, own tariffs from their rows, then the profiles.
/** @param {Draft} draft */
export function curvesOf(draft) {
  const tariff = settingFields()
    .filter(isCurve)
    .map(({ key, label, unit }) => ({
      key,
      label,
      unit,
      text: draft.settings[key],
      before: draft.imported ? null : draft.solved.settings[key],
    }));
  const profiles = Object.entries(draft.profiles).map(([name, text]) => ({
    key: PREFIX + name,
    label: name,
    unit: "",
    text,
    before: draft.imported ? null : draft.solved.profiles[name],
  }));
  return [...tariff, ...ownCurves(draft), ...profiles];
}

/** @param {Draft} draft */
export const withOwn = (draft, key, texts) => draft.rows.map((row) => (row.row === key ? { ...row, ...texts } : row));

// What a curve says now: the pane may still show what it said before the last key.
export const textNow = ({ key }) => {
  const draft = currentDraft();
  if (key.startsWith(OWN)) return (draft.rows.find(({ row }) => row === ownPlace(key).row) || {})[ownPlace(key).side];
  return key.startsWith(PREFIX) ? draft.profiles[key.slice(PREFIX.length)] : draft.settings[key];
};

export function commitCurve(curve, text) {
  const draft = currentDraft();
  if (text === textNow(curve)) return;
  if (curve.key.startsWith(OWN))
    changeDraft({ rows: withOwn(draft, ownPlace(curve.key).row, { [ownPlace(curve.key).side]: text }) });
  else if (curve.key.startsWith(PREFIX))
    changeDraft({ profiles: { ...draft.profiles, [curve.key.slice(PREFIX.length)]: text } });
  else changeDraft({ settings: { ...draft.settings, [curve.key]: text } });
}
