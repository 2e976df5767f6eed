// The language of a room's pages: the one that was chosen, else that of the browser, else English.

import { worded } from "./pure.js";
import { DE } from "./words_de.js";
import { EN } from "./words_en.js";

const KEY = "p2pdnr-room-language";
const BOOKS = { en: EN, de: DE };
export const LANGUAGES = Object.entries(BOOKS).map(([key, { language }]) => [key, language]);

function chosen() {
  try {
    return window.localStorage.getItem(KEY);
  } catch (error) {
    return null;
  }
}

let language = [chosen(), (navigator.language || "").slice(0, 2)].find((key) => key && BOOKS[key]) || "en";
document.documentElement.lang = language;

export function speak(key) {
  language = key;
  document.documentElement.lang = key;
  try {
    window.localStorage.setItem(KEY, key);
  } catch (error) {
    /* lasts for the page */
  }
}

export const spoken = () => language;
// A sentence of the page, with values in its places.
export const t = (key, values = {}) => worded(BOOKS[language][key], values);
// A text that the server has in several languages.
export const said = (texts) => (texts ? texts[language] || texts.en : "");
