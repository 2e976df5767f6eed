// The sentences of the page's scripts, read from their syntax: what t(...) is given, and texts that it is not given.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const { parse } = createRequire(import.meta.url)("espree");

const ASSETS = fileURLToPath(new URL("../../assets/", import.meta.url));
// Rooms and lessons have books of their own; what runs before the modules says nothing.
const ELSEWHERE = /^(room\/|app\/(theme|dash_callbacks|door)\.js)/;

export const files = readdirSync(ASSETS, { recursive: true })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => name.endsWith(".js") && !ELSEWHERE.test(name))
  .sort();

const isNode = (value) => Boolean(value) && typeof value.type === "string";
const children = (node) =>
  Object.entries(node).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).filter(isNode).map((child) => ({ key, child })),
  );

// Every node with those above it, the nearest first.
function* walk(node, above = []) {
  yield { node, above };
  for (const { key, child } of children(node)) yield* walk(child, [{ node, key, child }, ...above]);
}

const isText = (node) =>
  node.type === "Literal"
    ? typeof node.value === "string"
    : node.type === "BinaryExpression" && node.operator === "+" && isText(node.left) && isText(node.right);
const textOf = (node) => (node.type === "Literal" ? node.value : textOf(node.left) + textOf(node.right));
const sentenceOf = ({ quasis }) =>
  quasis.map(({ value }) => value.cooked).reduce((before, part, i) => `${before}{${i - 1}}${part}`);

const isTold = ({ type, callee, tag }) =>
  (type === "CallExpression" && callee.name === "t") || (type === "TaggedTemplateExpression" && tag.name === "t");

function told(node) {
  if (node.type === "TaggedTemplateExpression") return sentenceOf(node.quasi);
  const [text] = node.arguments;
  return isText(text) ? textOf(text) : null;
}

const read = (name) =>
  parse(readFileSync(ASSETS + name, "utf8"), { ecmaVersion: 2022, sourceType: "module", loc: true });

// [sentence, place], in the order of the files; a sentence is null where t(...) is given what is no text.
export function sentences() {
  return files.flatMap((name) =>
    [...walk(read(name))]
      .filter(({ node }) => isTold(node))
      .map(({ node }) => [told(node), `${name}:${node.loc.start.line}`]),
  );
}

// -- texts that a person sees and t(...) is not given --------------------------------------------------------------

const oneOf = (words) => new RegExp(`^(${words.trim().split(/\s+/).join("|")})$`);
// Attributes, properties and functions whose texts are for machines.
const MACHINE_KEYS = oneOf(`
  class className id role type for href src viewBox d transform style key method headers data-.*
  aria-(controls|labelledby|live|hidden|describedby) fill stroke accept rel cssText font token kind
`);
const MACHINE_CALLS = oneOf(`
  byId querySelector querySelectorAll closest matches on token getAttribute removeAttribute addEventListener
  removeEventListener get set has delete contains toggle add remove createElement createElementNS
  getPropertyValue removeProperty setProperty fetchJson ask fetch load includes startsWith endsWith split
  replace matchMedia dispatchEvent execCommand getData setData tellDash put sideJob scrollIntoView URL
  URLSearchParams Event CustomEvent Worker RegExp Set Map Blob Response DecompressionStream
  IntersectionObserver
`);
const THROUGH =
  /^(ConditionalExpression|LogicalExpression|TemplateLiteral|ArrayExpression|SpreadElement|BinaryExpression)$/;
const COMPARED = /^([!=]==?|in|instanceof)$/;

function isForMachines(above) {
  let inside = false;
  for (const { node, key, child } of above) {
    if (isTold(node)) return !inside;
    if (node.type === "TemplateLiteral" && key === "expressions") inside = true;
    if (node.type === "ConditionalExpression" && key === "test") return true;
    if (node.type === "BinaryExpression" && COMPARED.test(node.operator)) return true;
    if (node.type === "Property") return key === "key" || MACHINE_KEYS.test(node.key.name || node.key.value);
    if (node.type === "MemberExpression") return key === "property";
    if (node.type === "AssignmentExpression") return key === "left" || isMachinePlace(node.left);
    if (node.type === "CallExpression" || node.type === "NewExpression") return isMachineArgument(node, child);
    if (/^(Import|Export.*From|SwitchCase)/.test(node.type)) return true;
    if (!THROUGH.test(node.type)) return false;
  }
  return false;
}

const isMachinePlace = ({ type, property, object }) =>
  type === "MemberExpression" &&
  (MACHINE_KEYS.test(property.name) ||
    (isNode(object.property) && /^(style|dataset)$/.test(object.property.name)) ||
    property.name === "value");

function isMachineArgument({ callee, arguments: given }, child) {
  const name = callee.type === "MemberExpression" ? callee.property.name : callee.name;
  const at = given.indexOf(child);
  if (name === "setAttribute")
    return at === 0 || MACHINE_KEYS.test(given[0].value) || !/^(aria-label|aria-valuetext|title)$/.test(given[0].value);
  if (name === "html" || name === "svg") return at === 0;
  return at < 0 || MACHINE_CALLS.test(name);
}

// Words, and not the name of a class, an address, a path or a rule of style.
const UNITS = /\b(kWh|kW|kvar|kVA|MB|ct|PV|p\.u|px|EUR|Volt-VAR)\b/g;
const MACHINE_TEXT = [
  /^[#.[(:/?]/,
  /^(translate|rotate|scale|calc|var|rgb|color-mix|url|data:|@font|text \{|python -m|p2pdnr|use strict|M\d?)/,
  /px$/,
  /^[\w\u25a1]+([-.:/][\w\u25a1]*)+$/,
  /[?&]\w+=/,
];
function isWords(text) {
  const [all, bare] = [text.trim(), text.trim().replace(UNITS, "")];
  const words = /[A-Za-z]{2,}/.test(bare) && (/\S\s+\S/.test(all) || /^[A-Z][a-z]/.test(bare));
  return words && !MACHINE_TEXT.some((form) => form.test(all));
}

// Where even one word in lower case is seen: as a child of an element, or as a part of a sentence.
function isSeen(above) {
  const at = above.findIndex(
    ({ node }) => !/^(ConditionalExpression|LogicalExpression|SpreadElement)$/.test(node.type),
  );
  if (at < 0 || (at && above[at - 1].key === "test")) return false;
  const { node, key, child } = above[at];
  if (node.type === "TemplateLiteral") return key === "expressions" && above[at + 1] && isTold(above[at + 1].node);
  const element = node.type === "CallExpression" && /^(html|svg)$/.test(node.callee.name);
  return element && node.arguments.indexOf(child) > 1;
}
const isWord = (text) => /[a-z]{2,}/i.test(text.replace(UNITS, ""));

// "place: text" of every text of words that goes to nobody's t(...).
export function untold() {
  return files.flatMap((name) =>
    [...walk(read(name))].flatMap(({ node, above }) => {
      const text =
        node.type === "Literal" && typeof node.value === "string"
          ? node.value
          : node.type === "TemplateLiteral"
            ? node.quasis.map(({ value }) => value.cooked).join("\u25a1")
            : "";
      const directive = above.length && above[0].node.directive;
      const words = isWords(text) || (isWord(text) && isSeen(above));
      return text && !directive && words && !isForMachines(above) ? [`${name}: ${text.trim()}`] : [];
    }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [what] = process.argv.slice(2);
  console.log(JSON.stringify(what === "untold" ? untold() : sentences().map(([text]) => text)));
}
