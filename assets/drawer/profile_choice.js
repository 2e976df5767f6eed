// Cells of profiles: while one is typed in, the profiles there are stand below it with their curves, to choose from by
// hand or by arrow keys; whatever else is typed stays possible.

import { html, svg } from "../page/elements.js";
import { t } from "../page/language.js";
import { tableApi } from "./dash.js";
import { currentDraft } from "./draft.js";
import { readSeries } from "./series.js";

const COLUMNS = ["load_profile", "pv_profile"];
const [WIDTH, HEIGHT] = [64, 18];
let list = null;

// The points of a small curve, from 0 to its largest value; nothing where the profile cannot be read.
export function sparkline(text, hours) {
  const values = readSeries(text, hours);
  if (!values || values.length < 2) return "";
  const most = Math.max(...values, 1e-9);
  const at = (value, i) => [(WIDTH * i) / (values.length - 1), HEIGHT - 1 - ((HEIGHT - 2) * Math.max(0, value)) / most];
  return values
    .map((value, i) =>
      at(value, i)
        .map((place) => place.toFixed(1))
        .join(" "),
    )
    .join(" ");
}

function option(name, chosen) {
  const { profiles, hours } = currentDraft();
  const curve = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, "aria-hidden": "true" });
  curve.append(svg("polyline", { points: sparkline(profiles[name], hours) }));
  return html(
    "li",
    { role: "option", id: `profile-${encodeURIComponent(name)}`, "aria-selected": String(chosen), "data-name": name },
    html("span", {}, name),
    curve,
  );
}

function mark(name) {
  [...list.node.children].forEach((item) => {
    const same = item.dataset.name === name;
    item.setAttribute("aria-selected", String(same));
    if (!same) return;
    item.scrollIntoView({ block: "nearest" });
    list.input.setAttribute("aria-activedescendant", item.id);
  });
}

function take(name) {
  list.input.value = name;
  list.input.dispatchEvent(new Event("input", { bubbles: true })); // the editor keeps what it heard
  mark(name);
}

function key(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!list || !step) return;
  event.preventDefault();
  event.stopPropagation();
  const names = [...list.node.children].map((item) => item.dataset.name);
  const at = names.indexOf(list.input.value.trim());
  take(names[at < 0 ? (step > 0 ? 0 : names.length - 1) : (at + step + names.length) % names.length]);
}

function close() {
  if (!list) return;
  list.node.remove();
  list = null;
}

function place(cell) {
  const holder = document.querySelector(".grid");
  const [spot, room] = [cell.getBoundingClientRect(), holder.getBoundingClientRect()];
  holder.append(list.node);
  list.node.style.left = `${Math.max(0, Math.min(spot.left - room.left, room.width - list.node.offsetWidth))}px`;
  list.node.style.top = `${spot.bottom - room.top + 2}px`;
}

function open(api, { column, node }) {
  close();
  const id = column.getColId();
  if (!COLUMNS.includes(id)) return;
  const cell = document.querySelector(`#prosumers [row-id="${CSS.escape(node.id)}"] [col-id="${id}"]`);
  const input = cell && cell.querySelector("input");
  if (!input) return;
  const names = Object.keys(currentDraft().profiles);
  const options = html(
    "ul",
    { class: "profile-list", id: "profile-list", role: "listbox", "aria-label": t("Profiles") },
    ...names.map((name) => option(name, name === input.value.trim())),
  );
  // The focus stays in the cell, so that what is chosen is taken over by it.
  options.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const item = event.target.closest("[data-name]");
    if (!item) return;
    take(item.dataset.name);
    api.stopEditing();
  });
  const about = { role: "combobox", "aria-expanded": "true", "aria-controls": "profile-list", autocomplete: "off" };
  Object.entries(about).forEach(([name, value]) => input.setAttribute(name, value));
  list = { node: options, input };
  input.addEventListener("keydown", key, true);
  place(cell);
  mark(input.value.trim());
}

export async function wireProfileChoice() {
  const api = await tableApi();
  // The editor stands in the cell once it has been drawn.
  api.addEventListener("cellEditingStarted", (event) => window.requestAnimationFrame(() => open(api, event)));
  api.addEventListener("cellEditingStopped", close);
}
