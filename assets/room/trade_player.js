// Playing *trade*: one's own home, large controls for what it offers, and the move that is sent.

import { html } from "../page/elements.js";
import { format } from "../page/format.js";
import { dayChart } from "./day_chart.js";
import { batteryDay, limitsOf, withMargin } from "./pure.js";
import { t } from "./speech.js";

const BLOCKS = 6;
const cents = (value) => format.number(value, 1);

// A large slider with its value in words; `set` moves it.
function slider(id, name, { min, max, step, value }, words, changed) {
  const told = html("output", { for: id }, words(value));
  const input = html("input", { type: "range", id, min, max, step });
  const set = (now) => {
    input.value = String(now);
    told.textContent = words(now);
  };
  set(value);
  input.addEventListener("input", () => {
    told.textContent = words(Number(input.value));
    changed(Number(input.value));
  });
  return { node: html("div", { class: "room-slider" }, html("label", { for: id }, name), told, input), set };
}

const percent = (value) => `${format.number(100 * value)} %`;

function shares(home, about, move, changed) {
  const has = { battery_share: Boolean(home.battery), flexible_share: home.flexible_share > 0 };
  return ["battery_share", "flexible_share"]
    .filter((name) => about.controls.includes(name) && has[name])
    .map(
      (name) =>
        slider(`room-${name}`, t(name), { min: 0, max: 1, step: 0.05, value: move[name] }, percent, (value) =>
          changed(name, value),
        ).node,
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
    ).node;
  return [html("div", { class: "room-plan" }, ...move.battery_plan.map(one))];
}

// The highest price to buy from neighbours at and the lowest to sell at, as the retailer's of noon less and more.
const MOST = 0.3;
function limits(about, move, changed) {
  const noon = Math.floor(about.hours / 2);
  const words = {
    buy_margin_eur_per_kwh: (value) =>
      t("buy_words", { buy: cents(limitsOf(about, { ...move, buy_margin_eur_per_kwh: value }, noon).buy) }),
    sell_margin_eur_per_kwh: (value) =>
      t("sell_words", { sell: cents(limitsOf(about, { ...move, sell_margin_eur_per_kwh: value }, noon).sell) }),
  };
  const names = Object.keys(words);
  const sliders = names.map((name) =>
    slider(`room-${name}`, t(name), { min: 0, max: MOST, step: 0.005, value: move[name] }, words[name], (value) => {
      const next = withMargin(move, name, value, about);
      names.forEach((one, i) => {
        changed(one, next[one]);
        if (one !== name) sliders[i].set(next[one]);
      });
    }),
  );
  const id = "room-limits";
  return html(
    "div",
    { class: "room-limits", role: "group", "aria-labelledby": id },
    html("p", { id, class: "quiet" }, t("limits")),
    ...sliders.map(({ node }) => node),
  );
}

// What is sent where nothing is changed: everything offered, or a battery at rest.
const first = (about) => ({
  ...(about.controls.includes("battery_share") ? { battery_share: 1 } : {}),
  ...(about.controls.includes("flexible_share") ? { flexible_share: 1 } : {}),
  ...(about.controls.includes("battery_plan") ? { battery_plan: new Array(BLOCKS).fill(0) } : {}),
  buy_margin_eur_per_kwh: 0,
  sell_margin_eur_per_kwh: 0,
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
  const draw = () => {
    const day =
      move.battery_plan && home.battery ? batteryDay(move.battery_plan, home.battery, about.hours, about.step_h) : null;
    chart.replaceChildren(dayChart(home, about, day && day.plan_kw));
  };
  const changed = (name, value) => {
    move[name] = value;
    if (name === "battery_plan") draw();
  };
  holder.replaceChildren(
    chart,
    ...(home.battery ? [] : [html("p", { class: "quiet" }, t("no_battery"))]),
    ...shares(home, about, move, changed),
    ...plan(home, about, move, changed),
    limits(about, move, changed),
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
