// A draft that is told to a server that has gone: said, and told again once it is back.
import assert from "node:assert/strict";
import { test } from "node:test";

const status = { dataset: {}, textContent: "", title: "" };
const told = [];
let later = null;
let alive = false;
const root = { lang: "en", dataset: {} };
globalThis.document = /** @type {any} */ ({
  getElementById: (id) => (id === "status" ? status : null),
  documentElement: root,
  body: { dataset: {} },
});
globalThis.window = /** @type {any} */ ({
  setTimeout: (act) => {
    later = act;
  },
  clearTimeout: () => {},
  dash_clientside: {
    p2pdnr: { whenAttached: (act) => act() },
    set_props: (id, { data }) => told.push([id, data.stamp]),
  },
});
globalThis.fetch = async () => {
  if (!alive) throw new TypeError("refused");
  return new Response("{}");
};
const { put, stamped } = await import("../../assets/drawer/draft.js");
const { store } = await import("../../assets/page/store.js");
const { wireUnheard } = await import("../../assets/drawer/unheard.js");

test("a draft that no server reads is told again when there is one", async () => {
  wireUnheard();
  put(stamped({ rows: [], settings: {}, origin: "a" }));
  await later();
  assert.match(status.textContent, /^The server does not answer/);
  const [[, first]] = told;
  alive = true;
  await later();
  assert.equal(status.textContent, "The server is back.");
  assert.deepEqual(told.at(-1), ["draft", first + 1]);
  store.set({ verdict: /** @type {any} */ ({ problems: [] }) });
  const count = told.length;
  await later();
  assert.equal(told.length, count);
});

test("a server that is busy gets its time", async () => {
  put(stamped({ rows: [], settings: {}, origin: "a" }));
  const count = told.length;
  await later();
  await later();
  assert.equal(told.length, count);
});
