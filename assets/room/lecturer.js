// The lecturer's page, for the projector: opens a room, leads its rounds, shows what the class has reached.

import { byId, html } from "../page/elements.js";
import { saveFile } from "../io/saving.js";
import { button, frame, showClock, showLost, stage, where } from "./frame.js";
import { lecturerKey, lecturerRoom } from "./kept.js";
import { asked, openLine, words } from "./line.js";
import { lobby, replayed, revealed, running, update, waitingFor } from "./lecturer_views.js";
import { leftMs, onward } from "./pure.js";
import { said, t } from "./speech.js";

const TICK_MS = 250;
let line = null;
let state = null;
let scene = "";

const key = () => lecturerKey.get();

function complain(text) {
  byId("room-problem").textContent = text;
}

async function command(what, more = {}) {
  if (what === "end" && !window.confirm(t("really_end"))) return;
  const answer = await line.command({ do: what, ...more });
  complain(answer.status === 200 ? "" : words(answer) || t("server"));
  if (answer.body && answer.body.state) line.heard(answer.body.state);
}

async function saveResults() {
  const answer = await fetch(`/rooms/${encodeURIComponent(state.code)}/results.csv`, {
    headers: { Authorization: `Bearer ${key()}` },
  });
  if (answer.ok) saveFile(await answer.blob(), `${state.code}.csv`);
  else complain(t("server"));
}

// The buttons of a phase, the next step first.
function acts({ phase, next, replaying }) {
  const one = (what, text, attributes = {}) => button(text, () => command(what), { id: `room-${what}`, ...attributes });
  const main = { class: "primary" };
  const end = one("end", t("end"));
  const csv = button(t("csv"), () => saveResults().catch(() => complain(t("server"))), { id: "room-csv" });
  const onwards = next ? [one("next", t("next"), main)] : [];
  const extend = button(t("extend"), () => command("extend", { seconds: 30 }), { id: "room-extend" });
  return {
    lobby: [one("start", t("start"), main), end],
    preparing: [],
    running: [one("close", t("close"), main), one("pause", t("pause")), extend],
    paused: [one("resume", t("resume"), main), one("close", t("close")), extend],
    settling: [],
    closed: [one("reveal", t("reveal"), main)],
    revealed: [...onwards, one("replay", t(replaying ? "replay_end" : "replay")), csv, end],
    ended: [csv, button(t("open_room"), choose, main)],
  }[phase];
}

function showActs(now) {
  const shown = { phase: now.phase, next: now.next, replaying: Boolean(now.reveal && now.reveal.replay) };
  const bar = byId("room-controls");
  const same = JSON.stringify([shown.phase, Boolean(shown.next), shown.replaying]);
  if (bar.dataset.same === same) return;
  const focused = bar.contains(document.activeElement);
  bar.dataset.same = same;
  bar.replaceChildren(...acts(shown), html("p", { class: "quiet room-keys" }, t("keys")));
  if (focused && bar.querySelector("button")) bar.querySelector("button").focus();
}

const sceneOf = ({ phase, round, reveal }) => {
  const part = phase === "paused" ? "running" : phase;
  const replay = reveal && reveal.replay ? `replay ${reveal.replay.moves.length}` : "";
  return `${part} ${round ? round.number : 0} ${replay}`;
};

async function render(now) {
  where(`${now.code}${now.round ? ` \u00b7 ${t("round", { n: now.round.number, all: now.rounds })}` : ""}`);
  showActs(now);
  const wanted = sceneOf(now);
  if (scene === wanted) {
    update(now, remove);
    return;
  }
  scene = wanted;
  const views = { lobby, running, paused: running, revealed, ended: revealed };
  const view = now.reveal && now.reveal.replay ? replayed : views[now.phase] || waitingFor;
  const made = await view(now, key());
  if (scene !== wanted) return;
  stage().replaceChildren(made.node);
  (made.drawn || []).forEach(({ draw }) => draw());
  update(state, remove);
}

const remove = (player) => command("remove", { player });

const hear = {
  state(now) {
    state = now;
    render(now);
  },
  lost: showLost,
  move() {},
  gone(kind) {
    lecturerRoom.set(null);
    line.end();
    line = null;
    if (kind === "NotAllowed")
      stage().replaceChildren(html("div", { class: "card room-wait" }, html("h2", {}, t("key_wrong"))));
    else choose();
  },
};

function enter(code, first) {
  lecturerRoom.set(code);
  scene = "";
  line = openLine({ code, secret: key() }, hear);
  if (first) line.heard(first);
}

async function open(set) {
  const answer = await asked("/rooms", key(), { set });
  if (answer.status === 201) enter(answer.body.code, answer.body.state);
  else complain(words(answer) || t("server"));
}

function setCard(item) {
  const rounds = item.rounds.map(({ game, title, seconds }) =>
    html("li", {}, said(title), html("small", {}, `${t(`game_${game}`)}, ${t("seconds", { n: seconds })}`)),
  );
  return html(
    "section",
    { class: "card room-set", "data-set": item.key },
    html("h3", {}, said(item.title)),
    html("p", { class: "quiet" }, `${t("minutes", { n: item.minutes })}, ${t("rounds", { n: item.rounds.length })}`),
    html("p", {}, said(item.description)),
    html("ol", {}, ...rounds),
    button(t("open_room"), () => open(item.key), { class: "primary" }),
  );
}

// Sets of rounds to choose from, and rooms that are open already.
async function choose() {
  if (line) line.end();
  [line, state, scene] = [null, null, ""];
  where("");
  byId("room-controls").replaceChildren();
  delete byId("room-controls").dataset.same;
  const [sets, rooms] = await Promise.all([asked("/rooms/sets", key()), asked("/rooms", key())]);
  if (sets.status !== 200) {
    const text = sets.status === 403 ? t("key_wrong") : t("server");
    stage().replaceChildren(html("div", { class: "card room-wait" }, html("h2", {}, text), button("\u21bb", choose)));
    return;
  }
  const backs = ((rooms.body && rooms.body.rooms) || [])
    .filter(({ phase }) => phase !== "ended")
    .map(({ code }) => button(t("come_back", { code }), () => enter(code, null)));
  stage().replaceChildren(
    html("h2", { class: "room-title" }, t("choose_set")),
    html("div", { class: "room-sets" }, ...sets.body.sets.map(setCard)),
    ...(backs.length ? [html("h3", {}, t("open_rooms")), html("div", { class: "room-acts" }, ...backs)] : []),
  );
}

// A clicker's keys: onward; P pauses, R replays.
function pressed(event) {
  if (!state || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select")) return;
  const next = state.phase === "revealed" && !state.next ? null : onward(state.phase);
  const wanted = {
    ArrowRight: next,
    PageDown: next,
    p: state.phase === "running" ? "pause" : state.phase === "paused" ? "resume" : null,
    r: state.phase === "revealed" ? "replay" : null,
  }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!wanted) return;
  event.preventDefault();
  command(wanted);
}

function again() {
  frame(again);
  scene = "";
  delete byId("room-controls").dataset.same;
  if (state) render(state);
  else choose();
}

export function startLecturer() {
  document.body.classList.add("lecturer");
  frame(again);
  window.setInterval(() => {
    if (state && line) showClock(leftMs(state, line.offset(), Date.now()), state.phase === "paused");
  }, TICK_MS);
  document.addEventListener("keydown", pressed);
  const code = lecturerRoom.get();
  if (code) enter(code, null);
  else choose();
}
