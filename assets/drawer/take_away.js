// Everything that can be taken away: scenario, tables, pictures, links.

import { byId } from "../page/elements.js";
import { closeMenu } from "../page/menus.js";
import { say } from "../page/status.js";
import { store } from "../page/store.js";
import { language, t } from "../page/language.js";
import { showAddress } from "../io/address.js";
import { diagramPng, diagramSvg } from "../io/picture.js";
import { fetchFile, saveFile } from "../io/saving.js";
import { currentDraft } from "./draft.js";
import { shareDraft } from "./share.js";

// The name of the day, which Dash brings: until then it is any day.
const stem = () =>
  ((currentDraft() && currentDraft().settings.name) || "day")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .toLowerCase() || "day";
const shownId = () => {
  const { ids, mode } = store.get();
  return ids[mode] || Object.values(ids)[0];
};

function scenario() {
  const { verdict } = store.get();
  if (!verdict || !verdict.scenario)
    throw new Error(verdict ? t("Correct the marked cells first.") : t("The table is still being read."));
  saveFile(new Blob([verdict.scenario], { type: "application/json" }), `${stem()}.json`);
}

const result = (file, name) => () => {
  const id = shownId();
  if (!id) throw new Error(t("There is no result yet. Solve first."));
  return fetchFile(`/results/${encodeURIComponent(id)}/${file()}`, name());
};
const IN = language === "en" ? [] : [["lang", language]];
// The result on show, and those of its other modes beside it.
function pageFile() {
  const others = Object.values(store.get().ids).filter((id) => id !== shownId());
  return `page.html?${new URLSearchParams([...others.map((id) => ["with", id]), ...IN])}`;
}
const hour = () => store.get().hour;
const drawing = (suffix, make) => async () =>
  saveFile(await make(), `${stem()}-${String(hour()).padStart(2, "0")}.${suffix}`);
const outs = {
  "out-scenario": scenario,
  "out-tables": result(
    () => "tables.zip",
    () => `${stem()}-tables.zip`,
  ),
  "out-pandapower": result(
    () => `pandapower-${hour()}.json`,
    () => `${stem()}-${hour()}-pandapower.json`,
  ),
  "out-excel": result(
    () => "tables.xlsx",
    () => `${stem()}.xlsx`,
  ),
  "out-report": result(
    () => `report.html${IN.length ? `?${new URLSearchParams(IN)}` : ""}`,
    () => `${stem()}-report.html`,
  ),
  "out-pandapower-day": result(
    () => "pandapower-day.json",
    () => `${stem()}-pandapower.json`,
  ),
  "out-svg": drawing("svg", () => diagramSvg()),
  "out-png": drawing("png", () => diagramPng()),
  "out-page": result(pageFile, () => `${stem()}.html`),
  "out-share": () => shareDraft(),
  "out-address": () => showAddress(),
};

async function takeAway(id) {
  try {
    say("");
    await outs[id]();
    if (!["out-share", "out-address"].includes(id)) say(t("Saved."));
  } catch (error) {
    say(error.message, "bad");
  }
}

export function wireTakeAway() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[id]");
    if (!button || !Object.hasOwn(outs, button.id)) return;
    closeMenu(byId("take"));
    takeAway(button.id);
  });
}
