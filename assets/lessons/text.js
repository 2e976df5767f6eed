// The text of a lesson as elements: *names of the page* and `what is typed`, nothing else.

import { html } from "../page/elements.js";

export const told = (text) =>
  text
    .split(/(\*[^*]+\*|`[^`]+`)/)
    .filter(Boolean)
    .map((part) => {
      if (/^\*.+\*$/.test(part)) return html("em", {}, part.slice(1, -1));
      return /^`.+`$/.test(part) ? html("code", {}, part.slice(1, -1)) : part;
    });
