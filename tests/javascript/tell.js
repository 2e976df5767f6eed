// Texts of the server in a language of the page: node tests/javascript/tell.js de < texts.json
import { readFileSync } from "node:fs";

import { tellingBy } from "../../assets/page/told.js";

const [language] = process.argv.slice(2);
const book = JSON.parse(readFileSync(new URL(`../../data/languages/${language}.json`, import.meta.url), "utf8"));
const told = tellingBy(book.told);
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map((text) => told(text))));
