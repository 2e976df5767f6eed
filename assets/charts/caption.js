// The line below a chart: what it says, in bold, and what it shows.

import { byId, html } from "../page/elements.js";

export function showCaption(parts) {
  const [first, rest] = parts;
  byId("caption").replaceChildren(html("strong", {}, first), rest || "");
}
