// Languages: every sentence of the scripts goes through t(...), English lists them all, and each is whole elsewhere.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { format } from "../../assets/page/format.js";
import { inside, marked, named, t } from "../../assets/page/language.js";
import { sentences, untold } from "./page_texts.js";

const FOLDER = new URL("../../data/languages/", import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
const BOOKS = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
const ENGLISH = read("en.json");

// Texts that look like words and are names of classes, states of certificates, keys or a line to be typed. Whoever adds
// one to the page shows it with t(...) instead: this list only gets shorter.
const FOR_MACHINES = [
  "charts/figure_tools.js: scenario sha256 \u25a1",
  "charts/reports.js: does not hold",
  "charts/reports.js: not shown",
  "charts/reports.js: n shown",
  "charts/security_curve.js: live-label middle",
  "charts/security_curve.js: live-label middle price",
  "charts/security_curve.js: live-label first",
  "charts/security_words.js: does not hold",
  "charts/security_words.js: not shown",
  "diagram/hour.js: mark dark",
  "diagram/hour.js: mark violated",
  "drawer/imports.js: file-problems notes",
  "drawer/imports.js: file-problems notes",
  "preview/linear_grid.js: line \u25a1",
  "whatif/manual_switching.js: hit inloop",
  "whatif/manual_switching.js: hit supplier",
];
const MOST_FOR_MACHINES = 16;

test("every text that a person sees is a sentence of the page", () => {
  assert.deepEqual(untold(), FOR_MACHINES);
  assert.ok(FOR_MACHINES.length <= MOST_FOR_MACHINES);
});

test("English lists what the scripts say, no more and no less", () => {
  const found = sentences();
  assert.deepEqual(
    found.filter(([text]) => text === null),
    [],
    "t(...) takes a text as it stands, so that it can be found",
  );
  const wanted = [...new Set(found.map(([text]) => text))];
  assert.deepEqual(Object.keys(ENGLISH.script), wanted, "python -m scripts.languages");
});

const places = (text) => (text.match(/\{\d+\}/g) || []).sort();
const forms = (told) => (typeof told === "string" ? [told] : Object.values(told));
const edges = (text) => [/^\s/.test(text), /\s$/.test(text)];

for (const name of BOOKS)
  test(`${name} says every sentence, with its values and its edges`, () => {
    const { script, locale } = read(name);
    assert.deepEqual(Object.keys(script).sort(), Object.keys(ENGLISH.script).sort());
    assert.equal(Intl.getCanonicalLocales(locale)[0], locale);
    const { pluralCategories } = new Intl.PluralRules(locale).resolvedOptions();
    Object.entries(script).forEach(([text, told]) => {
      const [plain] = text.split("|");
      if (typeof told !== "string")
        assert.ok(
          pluralCategories.every((one) => told[one] || told.other),
          text,
        );
      forms(told).forEach((form) => {
        assert.ok(form.trim(), text);
        assert.deepEqual(places(form), places(text), text);
        assert.deepEqual(edges(form), edges(plain), text);
      });
    });
  });

test("English is the sentence itself, with its values and without what tells it from others", () => {
  assert.equal(t("Solve"), "Solve");
  assert.equal(t`line ${7} of ${"{0}"}, ${null}`, "line 7 of {0}, null");
  assert.equal(t("line {1} of {0}", 37, 7), "line 7 of 37");
  assert.equal(t("open|state"), "open");
  assert.equal(named("Beat the optimiser"), "Beat the optimiser");
  assert.equal(inside("Best fixed"), "best fixed");
  assert.equal(marked("-1.5e-7"), "\u22121.5e\u22127");
});

// The module reads the language where it is imported, so another one needs a copy of its own.
async function spokenIn(book, job) {
  globalThis.document = /** @type {any} */ ({ getElementById: () => ({ textContent: JSON.stringify(book) }) });
  try {
    return await job(await import(`../../assets/page/language.js?${book.key}`));
  } finally {
    delete globalThis.document;
  }
}

test("another language takes its sentences, its order of values, its plural and its marks", async () => {
  const script = {
    "line {0} of {1}": "von {1} Leitung {0}",
    "{0} lines": { one: "{0} linia", few: "{0} linie", many: "{0} linii", other: "{0} linii" },
    "open|state": "otwarta",
  };
  const server = { "Beat the optimiser": "Pokonaj" };
  await spokenIn({ key: "pl", locale: "pl-PL", capitals: true, script, server }, (other) => {
    assert.equal(other.t`line ${1} of ${2}`, "von 2 Leitung 1");
    assert.deepEqual(
      [1, 3, 5].map((count) => other.t`${count} lines`),
      ["1 linia", "3 linie", "5 linii"],
    );
    assert.equal(other.t("open|state"), "otwarta");
    assert.equal(other.t("unknown {0}", 1), "unknown 1");
    assert.equal(other.named("Beat the optimiser"), "Pokonaj");
    assert.equal(other.inside("Best fixed"), "Best fixed");
    assert.equal(other.marked("-1.5"), "\u22121,5");
    assert.equal(other.language, "pl");
  });
  assert.equal(format.number(1234.5, 1), "1,234.5");
});
