// The text of a spreadsheet. Pure.

// The cells of a spreadsheet's text: tabs between cells, lines between rows, quotes around cells that hold either.
export function readSheet(text) {
  const rows = [[]];
  const cell = /(?:"((?:[^"]|"")*)"(?=\t|\r?\n|$)|([^\t\r\n]*))(\t|\r?\n|$)/y;
  while (cell.lastIndex <= text.length) {
    const at = cell.lastIndex;
    const found = cell.exec(text);
    if (!found) break;
    rows[rows.length - 1].push(
      found[1] === undefined ? found[2] : found[1].replace(/""/g, '"').replace(/\s*\r?\n\s*/g, " "),
    );
    if (found[3] === "") break;
    if (found[3] !== "\t") rows.push([]);
    if (cell.lastIndex === at) break;
  }
  while (rows.length && rows[rows.length - 1].every((value) => value === "")) rows.pop();
  return rows;
}

const GROUPED = /^[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?$/;
const COMMA = /^[+-]?\d*,\d+$/;
const ENGLISH = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/;
const POINT = /^[+-]?\d*\.\d+$/;

// Numbers of a sheet that writes decimals with commas, with points instead: then "12,375" and "1.500,5" can be read in
// one way only. A sheet that shows no comma which must stand before decimals, or points that must, stays as it is.
export function withPoints(rows) {
  const words = rows.flat().map((cell) => cell.trim());
  const shown = (word) => (COMMA.test(word) && !ENGLISH.test(word)) || (GROUPED.test(word) && word.includes(","));
  if (!words.some(shown) || words.some((word) => POINT.test(word) && !GROUPED.test(word))) return rows;
  const plain = (word) => (GROUPED.test(word) ? word.replace(/\./g, "") : word).replace(",", ".");
  return rows.map((row) =>
    row.map((cell) => (COMMA.test(cell.trim()) || GROUPED.test(cell.trim()) ? plain(cell.trim()) : cell)),
  );
}
