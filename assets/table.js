// Rows of the prosumer table: add, duplicate, delete, copy, and paste from a spreadsheet.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { byId } = p2pdnr;
  const MOST_ROWS = 1500;

  const grid = () => window.dash_ag_grid.getApiAsync("prosumers");
  const columns = () => JSON.parse(document.querySelector(".table-tools").dataset.columns);
  p2pdnr.tableColumns = columns;

  // The cells of a spreadsheet's text: tabs between cells, lines between rows, quotes around cells that hold either.
  p2pdnr.readSheet = function (text) {
    const rows = [[]];
    const cell = /(?:"((?:[^"]|"")*)"(?=\t|\r?\n|$)|([^\t\r\n]*))(\t|\r?\n|$)/y;
    while (cell.lastIndex <= text.length) {
      const at = cell.lastIndex;
      const found = cell.exec(text);
      if (!found) break;
      rows[rows.length - 1].push(found[1] === undefined ? found[2] : found[1].replace(/""/g, '"').replace(/\s*\r?\n\s*/g, " "));
      if (found[3] === "") break;
      if (found[3] !== "\t") rows.push([]);
      if (cell.lastIndex === at) break;
    }
    while (rows.length && rows[rows.length - 1].every((value) => value === "")) rows.pop();
    return rows;
  };

  p2pdnr.freeName = function (stem, taken) {
    if (!taken.has(stem)) return stem;
    for (let number = 2; ; number += 1) {
      const name = `${stem.slice(0, 34)} ${number}`;
      if (!taken.has(name)) return name;
    }
  };

  const names = (rows) => new Set(rows.map((row) => row.id.trim()));

  // -- pairs of partners, written as names in a setting ------------------------------------------------------------------

  const { pairsOf, writePairs } = p2pdnr;

  // Settings after one prosumer got another name, where it is clear who is meant.
  p2pdnr.withNewName = function (settings, rows, from, to) {
    const pairs = pairsOf(settings.partners || "");
    const [before, after] = [from.trim(), to.trim()];
    const clear = before && after && rows.filter((row) => row.id.trim() === before).length === 1 && !names(rows).has(after);
    if (!pairs || !clear || !pairs.flat().includes(before)) return settings;
    return { ...settings, partners: writePairs(pairs.map((pair) => pair.map((name) => (name === before ? after : name)))) };
  };

  // Settings without the pairs of names that no row has any longer, and how many went.
  p2pdnr.withoutPairs = function (settings, gone, rows) {
    const pairs = pairsOf(settings.partners || "");
    const left = names(rows);
    const lost = new Set(gone.map((row) => row.id.trim()).filter((name) => !left.has(name)));
    const kept = pairs ? pairs.filter((pair) => !pair.some((name) => lost.has(name))) : [];
    return pairs && kept.length < pairs.length ? { settings: { ...settings, partners: writePairs(kept) }, count: pairs.length - kept.length } : { settings, count: 0 };
  };

  // A row with nothing but a name, a bus and the profiles of the others.
  function emptyRow(draft, key) {
    const first = draft.rows[0] || {};
    const profiles = Object.keys(draft.profiles);
    const empty = Object.fromEntries(columns().map((column) => [column.key, ""]));
    return { ...empty, row: key, like: "", id: p2pdnr.freeName("Prosumer", names(draft.rows)), bus: first.bus || "2", load_kw: "0", pv_kw: "0", load_profile: first.load_profile || profiles[0] || "", pv_profile: first.pv_profile || profiles[0] || "" };
  }

  // Pasted cells written over the rows from a cell on; rows that are missing are added. Returns fields of a draft and what was left out.
  p2pdnr.pasted = function (draft, cells, start, keys, blank) {
    const rows = draft.rows.map((row) => ({ ...row }));
    let { next } = draft;
    let beyond = 0;
    cells.slice(0, MOST_ROWS).forEach((values, down) => {
      const at = start.row + down;
      if (!rows[at]) rows[at] = { ...blank({ ...draft, rows }, `n${next}`), row: `n${next++}` };
      values.forEach((value, right) => {
        const key = keys[start.column + right];
        if (key) rows[at][key] = value.trim(); else if (value.trim()) beyond += 1;
      });
    });
    return { changes: { rows, next }, added: rows.length - draft.rows.length, beyond };
  };

  async function paste(event) {
    const inside = event.target.closest && event.target.closest("#prosumers");
    const text = inside && event.clipboardData ? event.clipboardData.getData("text/plain") : "";
    if (!text || (event.target.closest("input") && !/[\t\n]/.test(text.trim()))) return;
    event.preventDefault();
    const api = await grid();
    const cell = api.getFocusedCell();
    if (!cell) return;
    api.stopEditing(true);
    const keys = columns().map((column) => column.key);
    const cells = p2pdnr.readSheet(text);
    const headed = cells.length > 1 && cells[0].join() === columns().map((column) => column.label).join();
    const column = Math.max(0, keys.indexOf(cell.column.getColId()));
    const { changes, added, beyond } = p2pdnr.pasted(p2pdnr.draft(), headed ? cells.slice(1) : cells, { row: cell.rowIndex, column }, keys, emptyRow);
    p2pdnr.typedInto(changes.rows[cell.rowIndex].row, keys[column]);
    p2pdnr.change(changes);
    const parts = [added ? `${added} ${added === 1 ? "prosumer" : "prosumers"} added` : null, beyond ? `${beyond} values beyond the last column were left out` : null].filter(Boolean);
    p2pdnr.say(`Pasted ${cells.length} ${cells.length === 1 ? "row" : "rows"}${parts.length ? `; ${parts.join("; ")}` : ""}.`, beyond ? "bad" : "");
  }

  // Ticked rows with their headers, else the cell in focus.
  async function copy(event) {
    const inside = event.target.closest && event.target.closest("#prosumers") && !event.target.closest("input[type=text]");
    if (!inside) return;
    const api = window.dash_ag_grid.getApi("prosumers");
    const ticked = api.getSelectedNodes().map((node) => node.data);
    const cell = api.getFocusedCell();
    const order = new Set(ticked.map((row) => row.row));
    const rows = p2pdnr.draft().rows.filter((row) => order.has(row.row));
    const quoted = (value) => (/["\t\n]/.test(value) ? `"${value.replace(/"/g, '""')}"` : value);
    const text = rows.length
      ? [columns().map((column) => column.label), ...rows.map((row) => columns().map((column) => quoted(row[column.key])))].map((line) => line.join("\t")).join("\n")
      : cell && p2pdnr.draft().rows[cell.rowIndex][cell.column.getColId()];
    if (!text) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", text);
  }

  // The ticked rows, else the one in focus.
  async function picked() {
    const api = await grid();
    const ticked = api.getSelectedRows().map((row) => row.row);
    const cell = api.getFocusedCell();
    const focused = cell && p2pdnr.draft().rows[cell.rowIndex];
    return ticked.length || !focused ? ticked : [focused.row];
  }

  // The cursor goes to a row as soon as the table has it.
  async function focusRow(key, tries = 20) {
    const api = await grid();
    const node = api.getRowNode(key);
    if (!node) { if (tries) window.setTimeout(() => focusRow(key, tries - 1), 100); return; }
    api.ensureIndexVisible(node.rowIndex);
    api.ensureColumnVisible("id");
    api.setFocusedCell(node.rowIndex, "id");
  }

  function addRow() {
    const draft = p2pdnr.draft();
    const row = emptyRow(draft, `n${draft.next}`);
    p2pdnr.change({ rows: [...draft.rows, row], next: draft.next + 1 });
    focusRow(row.row);
  }

  async function duplicateRows() {
    const keys = await picked();
    if (!keys.length) { p2pdnr.say("Tick the prosumers to duplicate, or put the cursor into one."); return; }
    const draft = p2pdnr.draft();
    let { next } = draft;
    const taken = names(draft.rows);
    const copyOf = (row) => {
      const id = p2pdnr.freeName(row.id.trim() || "Prosumer", taken);
      taken.add(id);
      return { ...row, row: `n${next++}`, id };
    };
    p2pdnr.change({ rows: draft.rows.flatMap((row) => (keys.includes(row.row) ? [row, copyOf(row)] : [row])), next });
    focusRow(`n${draft.next}`);
  }

  async function deleteRows() {
    const keys = await picked();
    if (!keys.length) { p2pdnr.say("Tick the prosumers to delete, or put the cursor into one."); return; }
    (await grid()).deselectAll();
    window.dash_clientside.set_props("prosumers", { selectedRows: [] });  // else Undo brings the ticks back, too
    const draft = p2pdnr.draft();
    const gone = draft.rows.filter((row) => keys.includes(row.row));
    const rows = draft.rows.filter((row) => !keys.includes(row.row));
    const { settings, count } = p2pdnr.withoutPairs(draft.settings, gone, rows);
    const { kept, gone: liked } = p2pdnr.preferencesOf(draft.preferences, rows);
    p2pdnr.change({ rows, settings, preferences: kept });
    const told = gone.length > 4 ? `${gone.length} prosumers` : gone.map((row) => row.id || "A prosumer without name").join(", ");
    const counted = (number, what) => (number ? `${number} ${what}${number > 1 ? "s" : ""}` : null);
    const lost = [counted(count, "partner pair"), counted(liked, "preference")].filter(Boolean).join(" and ");
    p2pdnr.say(`${told} deleted${lost ? `, with ${lost}` : ""}; Undo brings ${gone.length === 1 ? "it" : "them"} back.`);
  }

  const acts = { add: addRow, duplicate: duplicateRows, delete: deleteRows };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[id]");
    if (button && Object.hasOwn(acts, button.id) && p2pdnr.draft()) acts[button.id]();
  });
  document.addEventListener("paste", paste, true);
  document.addEventListener("copy", copy, true);
  p2pdnr.removeProsumers = deleteRows;
}(window.p2pdnr));
