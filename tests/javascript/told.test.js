// Problems, remarks and reasons in a language of the page, found again by their patterns.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { numeral } from "../../assets/page/language.js";
import { told, tellingBy } from "../../assets/page/told.js";

const FOLDER = new URL("../../data/languages/", import.meta.url);
const BOOKS = readdirSync(FOLDER).filter((name) => name.endsWith(".json") && name !== "en.json");
const VALUES = ["7", "B12", "4.5", "X_3", "9"];
const PLACE = /\{(\d+)\}/g;
// Values side by side come as one.
const merged = (text) => text.replace(/(\{\d+\})(\{\d+\})+/g, "$1");
const filled = (text, kept) => text.replace(PLACE, (place, at) => (kept.includes(place) ? VALUES[at] : ""));

for (const name of BOOKS)
  test(`${name}: every pattern with values in it is found again, and no other`, () => {
    const book = JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")).told;
    const say = tellingBy(book);
    const whole = Object.entries(book).filter(([english]) => !/^[ ;,]| $/.test(english));
    assert.ok(whole.length > 900);
    whole.forEach(([english, local]) => {
      const kept = merged(english).match(PLACE) || [];
      assert.equal(say(filled(merged(english), kept)), filled(local, kept), english);
    });
  });

const say = tellingBy({
  "bus {0} does not exist": "Knoten {0} gibt es nicht",
  "There are buses 1 to {0}": "Es gibt die Knoten 1 bis {0}",
  "{0} is not {1}": "{0} ist nicht {1}",
  "a number": "eine Zahl",
  "Give {0}{1}": "{0}{1} angeben",
  " (in {0})": " (in {0})",
  hours: "Stunden",
  " and {0} more": " und {0} weitere",
  "{0} Name one of ({1})": "{0} Eines davon nennen ({1})",
  "Did you mean {0}?": "Ist {0} gemeint?",
  "prosumer {0}": "Prosumer {0}",
  "{0} of {1}": "{0} von {1}",
});

test("sentences stand together, behind their place, with others as their values", () => {
  assert.equal(
    say("prosumer P1 bus: bus 99 does not exist. There are buses 1 to 33"),
    "Prosumer P1 bus: Knoten 99 gibt es nicht. Es gibt die Knoten 1 bis 33",
  );
  assert.equal(
    say('"x" is not a number. Give a number (in hours)'),
    '"x" ist nicht eine Zahl. Eine Zahl angeben (in Stunden)',
  );
  assert.equal(say("Bus 5 does not exist."), "Knoten 5 gibt es nicht.");
  assert.equal(say("Name one of (a, b)"), "Eines davon nennen (a, b)");
  assert.equal(say("Did you mean ab? Name one of (a, b)"), "Ist ab gemeint? Eines davon nennen (a, b)");
  assert.equal(say("bus 3 does not exist and 4 more"), "Knoten 3 gibt es nicht und 4 weitere");
});

test("what is not known stays as it is, also where a weak pattern would fit", () => {
  assert.equal(say("the colour of this thing"), "the colour of this thing");
  assert.equal(say("Foundry"), "Foundry");
  assert.equal(say(""), "");
});

test("numbers take the marks of the language", () => {
  const german = tellingBy({ "the best {0} of {1}": "die besten {0} von {1}" }, (text) => text.replace(",", "."));
  assert.equal(german("the best 5,000 of 50,751"), "die besten 5.000 von 50.751");
  assert.equal(numeral("50,751"), "50,751");
  assert.equal(numeral("1.50.2"), "1.50.2");
});

test("in English nothing is touched", () => {
  assert.equal(told("bus 99 does not exist"), "bus 99 does not exist");
  assert.equal(told(undefined), undefined);
});
