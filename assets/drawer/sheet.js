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
