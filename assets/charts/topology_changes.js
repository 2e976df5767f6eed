// What has to be switched to come from one topology to another, in words. Pure.

import { numberList } from "../page/format.js";
import { t } from "../page/language.js";

export const difference = (open, other) => ({
  opened: open.filter((line) => !other.includes(line)).map((line) => line + 1),
  closed: other.filter((line) => !open.includes(line)).map((line) => line + 1),
});

export const numbers = (lines) => numberList(lines.map((line) => line - 1));

const counted = (lines) => (lines.length > 1 ? t`lines ${numbers(lines)}` : t`line ${numbers(lines)}`);

const [MANY, A_ROW] = [6, 8];

// What would have to be switched to come from one topology to another, by open lines from 0.
export function changeText(open, other) {
  const { opened, closed } = difference(open, other);
  if (!opened.length) return t("as shown");
  return opened.length > A_ROW
    ? t`${opened.length} lines open, ${closed.length} others close`
    : t`open ${numbers(opened)}, close ${numbers(closed)}`;
}

// The same inside a sentence: "opens line 4 and closes line 24".
export function changeWords(open, other) {
  const { opened, closed } = difference(open, other);
  return opened.length > MANY
    ? t`opens ${opened.length} lines and closes ${closed.length} others`
    : t`opens ${counted(opened)} and closes ${counted(closed)}`;
}

// All of it, however much.
export function wholeChange(open, other) {
  const { opened, closed } = difference(open, other);
  return t`Open ${numbers(opened)}; close ${numbers(closed)}`;
}
