// PV of a prosumer, changed by hand: dragged on the diagram, by keys, or with a slider.

import { byId, html } from "../page/elements.js";
import { format } from "../page/format.js";
import { say } from "../page/status.js";
import { store } from "../page/store.js";
import { view } from "../page/view.js";
import { locale, t } from "../page/language.js";
import { inOneFile } from "../io/answers.js";
import { onScreen } from "../diagram/zoom.js";
import { changeDraft, currentDraft } from "../drawer/draft.js";
import { changeTrial } from "./trial.js";

const MOST_PV = 3;
let tag = null;

function solarAt(bus) {
  const { drawing, payload } = view;
  const here = (drawing.at[bus] || []).filter((k) => payload.prosumers.day.pv_kw[k].some((kw) => kw > 0.005));
  const { chosen } = store.get();
  return here.includes(chosen) ? chosen : here[0];
}

const factor = (k) => {
  const { pv } = store.get().trial;
  return pv[k] === undefined ? 1 : pv[k];
};

function setPv(k, value) {
  const rounded = Math.round(20 * Math.min(MOST_PV, Math.max(0, value))) / 20;
  const { [k]: old, ...others } = store.get().trial.pv;
  if (rounded !== old) changeTrial({ pv: rounded === 1 ? others : { ...others, [k]: rounded } });
  const input = byId("pv-factor");
  if (input && Number(input.dataset.k) === k) {
    input.value = rounded;
    input.nextElementSibling.textContent = `\u00d7 ${format.number(rounded, 2)}`;
  }
}

function showTag(k) {
  const { drawing, payload } = view;
  const [x, y] = onScreen(drawing.places[payload.prosumers.bus[k] - 1]);
  tag = tag || html("div", { class: "tag" });
  tag.textContent = `${payload.prosumers.id[k]}: PV \u00d7 ${format.number(factor(k), 2)}`;
  byId("diagram").append(tag);
  tag.style.left = `${Math.min(byId("diagram").clientWidth - tag.offsetWidth, Math.max(0, x - tag.offsetWidth / 2))}px`;
  tag.style.top = `${Math.max(0, y - 38)}px`;
  window.clearTimeout(tag.timer);
  tag.timer = window.setTimeout(() => tag.remove(), 1200);
}

// A pointer on a prosumer's square drags its PV: 80 px are as much again. Nothing outside of a trial.
export function grabPv(event) {
  const node = event.target.closest("[data-bus]");
  const k = store.get().trial && node ? solarAt(node.dataset.bus - 1) : undefined;
  if (k === undefined) return null;
  const start = factor(k);
  const move = (_, down) => {
    setPv(k, start - down / 80);
    showTag(k);
  };
  return { move, drop() {} };
}

export function nudgePv(bus, way) {
  const k = solarAt(bus);
  if (k === undefined) return;
  setPv(k, factor(k) + 0.05 * way);
  showTag(k);
}

// The PV of a trial becomes an edit, to be negotiated by Solve.
function keepPv(k) {
  const id = view.payload.prosumers.id[k];
  if (!currentDraft()) {
    say(t("The table is still being read."), "bad");
    return;
  }
  const row = currentDraft().rows.find((one) => one.id.trim() === id);
  const kw = row ? Number(row.pv_kw) * factor(k) : NaN;
  if (!Number.isFinite(kw)) {
    say(t`The PV of ${id} in the table is no number.`, "bad");
    return;
  }
  changeDraft({
    rows: currentDraft().rows.map((one) => (one === row ? { ...row, pv_kw: String(Number(kw.toFixed(3))) } : one)),
  });
  const written = kw.toLocaleString(locale, { useGrouping: false, maximumFractionDigits: 3 });
  say(t`${id}: PV ${written} kW in the table. Solve negotiates it.`);
}

// The slider in a panel that stays open, for whoever does not drag.
export function pvTool([kind, index]) {
  const k = store.get().trial && kind === "bus" ? solarAt(index) : undefined;
  if (k === undefined) return null;
  const input = html("input", {
    type: "range",
    id: "pv-factor",
    min: 0,
    max: MOST_PV,
    step: 0.05,
    value: factor(k),
    "data-k": k,
  });
  input.addEventListener("input", () => setPv(k, Number(input.value)));
  const keep = html("button", { type: "button", class: "small" }, t("Put into the table"));
  keep.addEventListener("click", () => keepPv(k));
  return html(
    "div",
    {},
    html(
      "label",
      { class: "pv-tool" },
      html("span", {}, "PV"),
      input,
      html("output", {}, `\u00d7 ${format.number(factor(k), 2)}`),
    ),
    inOneFile() ? null : keep,
  );
}
