// The page of a room: the lecturer's where the address or this window has the key, else a player's.

import { lecturerKey } from "./kept.js";
import { startLecturer } from "./lecturer.js";
import { startPlayer } from "./player.js";

function start() {
  const { code } = document.body.dataset;
  const given = new URLSearchParams(window.location.hash.slice(1)).get("key");
  if (given) {
    lecturerKey.set(given);
    window.history.replaceState(null, "", window.location.pathname);
  }
  if (!code && lecturerKey.get()) startLecturer();
  else startPlayer(code);
  document.documentElement.dataset.ready = "1";
}
start();
