// The diagram as a file that stands alone: styles and the font written into a copy of the drawing.

import { token } from "../page/colours.js";
import { byId, svg } from "../page/elements.js";
import { t } from "../page/language.js";

const STYLES = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "opacity",
  "visibility",
  "font-size",
  "font-weight",
  "text-anchor",
  "dominant-baseline",
  "paint-order",
];

// The address of the page's font: on the server, or the font itself where the page is one file.
function fontAddress() {
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  const [regular] = rules.filter((rule) => rule instanceof CSSFontFaceRule);
  return /url\("([^"]*)"\)/.exec(regular.cssText)[1];
}

async function fontData() {
  const address = fontAddress();
  if (address.startsWith("data:")) return address;
  const data = await (await fetch(address)).blob();
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.readAsDataURL(data);
  });
}

// The font itself, as a rule of a style sheet.
export async function fontRule() {
  const url = await fontData();
  return (
    `@font-face { font-family: "Hanken Grotesk"; src: url("${url}") format("opentype"); } ` +
    `text { font-family: "Hanken Grotesk", sans-serif; font-variant-numeric: tabular-nums; }`
  );
}

// What the page's style sheets say, written onto each element; what is not shown stays out.
function dress(from, to) {
  const style = getComputedStyle(from);
  if (style.display === "none") {
    to.remove();
    return;
  }
  STYLES.forEach((name) => {
    const value = style.getPropertyValue(name);
    if (value) to.style.setProperty(name, value);
  });
  to.style.removeProperty("transition");
  const children = [...to.children];
  [...from.children].forEach((child, i) => dress(child, children[i]));
}

// Colours that are mixed are computed as color(srgb 0.1 0.2 0.3), which few programmes beside browsers read.
export const plainColours = (text) =>
  text.replace(/color\(srgb ([\d.e-]+) ([\d.e-]+) ([\d.e-]+)(?: \/ ([\d.]+))?\)/g, (_, ...parts) => {
    const channels = parts.slice(0, 3).map((part) => Math.round(255 * Number(part)));
    return parts[3] === undefined ? `rgb(${channels.join(", ")})` : `rgba(${[...channels, parts[3]].join(", ")})`;
  });

// A drawing of the page as the text of a file that stands alone: with its styles, the font's rule and a sheet below.
/**
 * @param {Element} drawn
 * @param {string} rule
 * @param {Element} paper
 * @param {Record<string, string | number>} named attributes of the file's own
 */
function alone(drawn, rule, paper, named) {
  const copy = /** @type {Element} */ (drawn.cloneNode(true));
  dress(drawn, copy);
  const style = svg("style", {});
  style.textContent = rule;
  Object.entries({ ...named, xmlns: "http://www.w3.org/2000/svg" }).forEach(([name, value]) =>
    copy.setAttribute(name, String(value)),
  );
  copy.prepend(style, paper);
  return new XMLSerializer().serializeToString(copy);
}

// An element of the page as the text of a file that stands alone, on white, as large as `size` says.
/** @param {string[]} size width and height with their units */
export function serialised(drawn, rule, size) {
  const [width, height] = size;
  const paper = svg("rect", { width: "100%", height: "100%", fill: "#fff" });
  return plainColours(alone(drawn, rule, paper, { width, height }));
}

async function standalone() {
  const drawn = byId("diagram").querySelector("svg");
  if (!drawn) throw new Error(t("There is no diagram yet. Solve first."));
  const { width, height } = drawn.getBoundingClientRect();
  const box = (drawn.getAttribute("viewBox") || `0 0 ${width} ${height}`).split(/[\s,]+/).map(Number);
  const paper = svg("rect", { x: box[0], y: box[1], width: box[2], height: box[3], fill: token("panel") });
  const named = { width: Math.round(width), height: Math.round(height), viewBox: box.join(" ") };
  return { text: alone(drawn, await fontRule(), paper, named), width, height };
}

// The diagram of the hour as an SVG file.
export const diagramSvg = async () => new Blob([(await standalone()).text], { type: "image/svg+xml" });

// The same as PNG, twice as fine as on the screen.
export async function diagramPng() {
  const { text, width, height } = await standalone();
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(2 * width), Math.round(2 * height)];
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error(t("The picture could not be made.")))),
      "image/png",
    );
  });
}
