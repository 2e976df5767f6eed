// The text of a lesson as elements: *names of the page*, as the page has them in its language, and `what is typed`.

import { html } from "../page/elements.js";
import { named } from "../page/language.js";

export const told = (text) =>
  text
    .split(/(\*[^*]+\*|`[^`]+`)/)
    .filter(Boolean)
    .map((part) => {
      if (/^\*.+\*$/.test(part)) return html("em", {}, named(part.slice(1, -1)));
      return /^`.+`$/.test(part) ? html("code", {}, part.slice(1, -1)) : part;
    });
