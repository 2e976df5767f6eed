// The page of a player: joins, plays on, and comes back after the phone was asleep.

import { html } from "../page/elements.js";
import { button, frame, showClock, showLost, stage, where } from "./frame.js";
import { tokenOf } from "./kept.js";
import { asked, openLine, words } from "./line.js";
import { leftMs } from "./pure.js";
import { showRevealed } from "./revealed.js";
import { said, t } from "./speech.js";
import { playSwitch } from "./switch_player.js";
import { playTrade } from "./trade_player.js";

const TICK_MS = 250;
let line = null;
let state = null;
let scene = { key: "", game: null };

function field(id, name, attributes) {
  const input = html("input", { id, type: "text", autocomplete: "off", ...attributes });
  return [html("label", { for: id }, name), input];
}

async function join(code, name, problem) {
  const answer = await asked(`/rooms/${encodeURIComponent(code)}/players`, "", { name });
  if (answer.status !== 201) {
    problem.textContent =
      answer.status === 404 ? t("gone") : words(answer) || t(navigator.onLine ? "server" : "offline");
    return;
  }
  tokenOf(code).set(answer.body.token);
  const at = `/room/${encodeURIComponent(code)}`;
  if (window.location.pathname !== at) window.history.replaceState(null, "", at);
  enter(code, answer.body.token, answer.body.state);
}

function showJoin(code, told = "") {
  const problem = html("p", { id: "join-problem", class: "room-word bad", role: "alert" }, told);
  const form = html(
    "form",
    { class: "card room-join", novalidate: "" },
    html("h2", {}, t("join")),
    ...field("join-code", t("code"), { value: code, maxlength: 8, autocapitalize: "characters", spellcheck: "false" }),
    ...field("join-name", t("nickname"), { maxlength: 20, enterkeyhint: "go" }),
    html("button", { type: "submit", class: "primary", id: "join-send" }, t("join")),
    problem,
    html("p", { class: "quiet" }, t("join_hint")),
    ...(code ? [] : [html("p", { class: "quiet" }, t("lecturer_hint"))]),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = (id) => form.querySelector(`#${id}`).value.trim();
    join(value("join-code").toUpperCase(), value("join-name"), problem);
  });
  stage().replaceChildren(form);
  form.querySelector(code ? "#join-name" : "#join-code").focus();
}

const waiting = (text, ...more) =>
  stage().replaceChildren(html("div", { class: "card room-wait", role: "status" }, html("h2", {}, text), ...more));

const count = ({ players }) => (players === 1 ? t("one_player") : t("players", { n: players }));

// The head of a round that is played.
function taskOf({ round, rounds }) {
  return html(
    "div",
    { class: "room-task" },
    html("p", { class: "quiet" }, t("round", { n: round.number, all: rounds })),
    html("h2", {}, said(round.title)),
    html("p", {}, said(round.task)),
  );
}

async function play(now) {
  const holder = html("section", { class: "room-play", "aria-label": said(now.round.title) });
  stage().replaceChildren(taskOf(now), holder);
  const acts = { secret: line.secret, send };
  if (now.round.game === "switch") return playSwitch(holder, now, acts);
  if (!now.me.playing || !now.me.home) {
    holder.replaceChildren(html("p", {}, t("watching")));
    return { update() {}, told() {} };
  }
  return playTrade(holder, now, acts);
}

function send(move) {
  line.send(state.round.number, move);
  if (scene.game) scene.game.told(t("sending"), "");
}

function heardMove(fate, answer) {
  if (!scene.game) return;
  const text = { taken: t("sent"), late: t("late"), again: t("queued"), refused: t("refused", { why: words(answer) }) };
  scene.game.told(text[fate], fate === "taken" || fate === "again" ? "" : "bad");
}

// What is on the stage belongs to a phase of a round; within it only numbers change.
const sceneKey = ({ phase, round }) => {
  const part = phase === "paused" ? "running" : phase;
  return `${part} ${round ? round.number : 0}`;
};

const SCENES = {
  lobby: (now) => waiting(t("waiting"), html("p", { id: "room-count" }, count(now))),
  preparing: () => waiting(t("preparing")),
  settling: () => waiting(t("settling")),
  closed: (now) => waiting(now.round && now.round.error ? t("failed", { why: now.round.error.message }) : t("closed")),
};

async function render(now) {
  where(`${now.code} \u00b7 ${now.me.name}`);
  const key = sceneKey(now);
  if (scene.key === key) {
    if (scene.game) scene.game.update(now);
    const counted = document.getElementById("room-count");
    if (counted) counted.textContent = count(now);
    return;
  }
  const mine = { key, game: null };
  scene = mine;
  if (SCENES[now.phase]) SCENES[now.phase](now);
  else if (now.phase === "running" || now.phase === "paused") {
    const game = await play(now);
    if (scene !== mine) return;
    mine.game = game;
    if (!game) scene = { key: "", game: null };
    else if (state !== now) game.update(state);
  } else {
    const holder = html("section", { class: "room-revealed" });
    await showRevealed(holder, now, line.secret);
    if (scene === mine) stage().replaceChildren(holder);
  }
}

const hear = {
  state(now) {
    state = now;
    render(now);
  },
  lost: showLost,
  move: heardMove,
  gone(kind) {
    tokenOf(line.code).set(null);
    line.end();
    showLost(null);
    scene = { key: "gone", game: null };
    if (kind === "Removed") waiting(t("removed"));
    else if (kind === "NotAllowed") showJoin(line.code);
    else
      waiting(
        t("gone"),
        button(t("join"), () => showJoin("")),
      );
  },
};

function enter(code, token, first) {
  line = { code, secret: token, ...openLine({ code, secret: token }, hear) };
  if (first) line.heard(first);
}

function again() {
  frame(again);
  scene = { key: "", game: null };
  if (state) render(state);
  else if (!line) showJoin(document.body.dataset.code || "");
}

export function startPlayer(code) {
  frame(again);
  window.setInterval(() => {
    if (state && line) showClock(leftMs(state, line.offset(), Date.now()), state.phase === "paused");
  }, TICK_MS);
  const token = code ? tokenOf(code).get() : null;
  if (token) enter(code, token, null);
  else showJoin(code);
}
