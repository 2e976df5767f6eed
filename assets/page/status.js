// The line of the bar that says what goes on.

import { byId } from "./elements.js";

export function say(text, kind) {
  byId("status").textContent = text || "";
  byId("status").dataset.kind = kind || "";
  byId("status").title = text || "";
}
