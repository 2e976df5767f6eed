// Playing *trade*: one's own home, large controls for what it offers, and the move that is sent.

import { html } from "../page/elements.js";
import { format } from "../page/format.js";
import { dayChart } from "./day_chart.js";
import { batteryDay, limitsOf } from "./pure.js";
import { t } from "./speech.js";

const BLOCKS = 6;
const cents = (value) => format.number(value, 1);

// A large slider with its value in words.
function slider(id, name, { min, max, step, value }, words, changed) {
  const told = html("output", { for: id }, words(value));
  const input = html("input", { type: "range", id, min, max, step });
  input.value = String(value);
  input.addEventListener("input", () => {
    told.textContent = words(Number(input.value));
    changed(Number(input.value));
  });
  return html("div", { class: "room-slider" }, html("label", { for: id }, name), told, input);
}

const percent = (value) => `${format.number(100 * value)} %`;

function shares(home, about, move, changed) {
  const has = { battery_share: Boolean(home.battery), flexible_share: home.flexible_share > 0 };
  return ["battery_share", "flexible_share"]
    .filter((name) => about.controls.includes(name) && has[name])
    .map((name) =>
      slider(`room-${name}`, t(name), { min: 0, max: 1, step: 0.05, value: move[name] }, percent, (value) =>
        changed(name, value),
      ),
    );
}

function plan(home, about, move, changed) {
  if (!about.controls.includes("battery_plan") || !home.battery) return [];
  const hours = (about.hours * about.step_h) / BLOCKS;
  const words = (value) =>
    Math.abs(value) < 0.01 ? t("rests") : `${t(value > 0 ? "charges" : "discharges")} ${percent(Math.abs(value))}`;
  const one = (value, i) =>
    slider(
      `room-plan-${i}`,
      t("battery_plan", { from: i * hours, to: (i + 1) * hours }),
      { min: -1, max: 1, step: 0.1, value },
      words,
      (next) =>
        changed(
          "battery_plan",
          move.battery_plan.map((old, k) => (k === i ? next : old)),
          i,
        ),
    );
  return [html("div", { class: "room-plan" }, ...move.battery_plan.map(one))];
}

// What is sent where nothing is changed: everything offered, or a battery at rest.
const first = (about) => ({
  ...(about.controls.includes("battery_share") ? { battery_share: 1 } : {}),
  ...(about.controls.includes("flexible_share") ? { flexible_share: 1 } : {}),
  ...(about.controls.includes("battery_plan") ? { battery_plan: new Array(BLOCKS).fill(0) } : {}),
  margin_eur_per_kwh: 0,
});

/**
 * @param {HTMLElement} holder
 * @param {any} state
 * @param {{send: (move: any) => void}} acts
 */
export function playTrade(holder, state, { send }) {
  const { home } = state.me;
  const { about } = state.round;
  const move = state.me.last ? { ...state.me.last.move } : first(about);
  const chart = html("div", { class: "chart-place" });
  const word = html("p", { class: "quiet room-word", role: "status" });
  const post = html("button", { type: "button", id: "room-send", class: "primary" }, t("send"));
  post.addEventListener("click", () => send({ ...move }));
  const noon = Math.floor(about.hours / 2);
  const marginWords = (value) => {
    const { buy, sell } = limitsOf(about, value, noon);
    return t("margin_words", { buy: cents(buy), sell: cents(sell) });
  };
  const draw = () => {
    const day =
      move.battery_plan && home.battery ? batteryDay(move.battery_plan, home.battery, about.hours, about.step_h) : null;
    chart.replaceChildren(dayChart(home, about, day && day.plan_kw));
  };
  const changed = (name, value) => {
    move[name] = value;
    if (name === "battery_plan") draw();
  };
  const most = 0.3;
  holder.replaceChildren(
    chart,
    ...(home.battery ? [] : [html("p", { class: "quiet" }, t("no_battery"))]),
    ...shares(home, about, move, changed),
    ...plan(home, about, move, changed),
    slider(
      "room-margin",
      t("margin"),
      { min: 0, max: most, step: 0.005, value: move.margin_eur_per_kwh },
      marginWords,
      (value) => changed("margin_eur_per_kwh", value),
    ),
    html("div", { class: "room-acts" }, post),
    word,
  );
  draw();
  const update = ({ phase, me }) => {
    post.disabled = phase !== "running";
    holder.classList.toggle("held", phase !== "running");
    if (!word.textContent) word.textContent = me.last ? t("sent") : t("no_move");
  };
  update(state);
  return {
    update,
    told(text, kind) {
      word.textContent = text;
      word.classList.toggle("bad", kind === "bad");
    },
  };
}
