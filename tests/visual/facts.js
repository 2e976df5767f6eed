// What the page shows, as lines of text: everything that is painted, in the order of the document, with its text,
// place, colours and state. Reads the document alone. Places are in whole pixels from the corner of their region.
//
// Body of a function; `facts(root)` gives {region: [line, ...]} of an element and all that it holds, inside of
// `whenMet`.
const REGIONS = ["#diagram", "#timeline", "#legend", "#grid-card", "#story", "#headlines", "#questions", "#tabs", "#charts",
  "#drawer-tabs", "#drawer"];
const SHAPES = new Set(["path", "line", "rect", "circle", "ellipse", "polygon", "polyline", "use"]);
const SAMPLES = 5, MOST_CORNERS = 60;

// -- words for values ------------------------------------------------------------------------------------------------

const whole = (number) => String(Math.round(number));
const place = (x, y) => `${whole(x)},${whole(y)}`;

function colour(value) {
  const parts = value.match(/[\d.]+(e-\d+)?/g);
  if (!value.startsWith("rgb") || !parts) return value;
  const alpha = parts[3] === undefined ? 1 : Number(parts[3]);
  const hex = parts.slice(0, 3).map((part) => Math.round(Number(part)).toString(16).padStart(2, "0")).join("");
  return alpha === 0 ? "" : `#${hex}${alpha === 1 ? "" : `/${alpha}`}`;
}

function name(element) {
  const column = element.getAttribute("col-id");
  const id = /^[a-z-]+$/.test(element.id) ? `#${element.id}` : "";
  const known = [...element.classList].find((item) => !/^(js-|ag-|quick$)|[0-9a-f]{6}/.test(item)); // quick: drawn twice just now
  const number = element.closest("[data-bus],[data-line]");
  const own = number ? `[${number.dataset.bus ? "bus" : "line"}-${number.dataset.bus || number.dataset.line}]` : "";
  return element.tagName.toLowerCase() + (column ? `[${column}]` : id || (known ? `.${known}` : "")) + own;
}

// -- what is painted -------------------------------------------------------------------------------------------------

/** Colour stops of a gradient, or what else a reference points to. */
function paint(value) {
  const reference = value.startsWith("url(") ? value.slice(4, value.indexOf(")")).replace(/"/g, "") : "";
  const target = reference && document.querySelector(reference);
  if (!target) return value === "none" ? "" : colour(value);
  return [...target.children].map((stop) => colour(getComputedStyle(stop).stopColor)).join("..");
}

function edges(style) {
  const sides = ["Top", "Right", "Bottom", "Left"].map((side) => {
    const line = colour(style[`border${side}Color`]);
    return style[`border${side}Style`] === "none" || style[`border${side}Width`] === "0px" || !line
      ? "" : `${parseFloat(style[`border${side}Width`])} ${line}`;
  });
  if (!sides.some(Boolean)) return "";
  return new Set(sides).size === 1 ? `border ${sides[0]}` : `border ${sides.map((side) => side || "-").join(" | ")}`;
}

function box(style) {
  const found = [], back = colour(style.backgroundColor);
  if (back) found.push(`on ${back}`);
  if (style.backgroundImage !== "none") found.push(style.backgroundImage.replace(/rgba?\([^)]*\)/g, colour));
  if (edges(style)) found.push(edges(style));
  if (style.boxShadow !== "none") found.push(`shadow ${style.boxShadow.replace(/rgba?\([^)]*\)/g, colour)}`);
  if (style.outlineStyle !== "none" && style.outlineWidth !== "0px") {
    found.push(`outline ${style.outlineWidth} ${colour(style.outlineColor)}`);
  }
  if (found.length && style.borderRadius !== "0px") found.push(`round ${style.borderRadius}`);
  return found;
}

function strokes(style) {
  const line = paint(style.stroke);
  if (!line || style.strokeWidth === "0px" || style.strokeOpacity === "0") return [];
  const found = [`stroke ${line} ${parseFloat(style.strokeWidth)}`];
  if (style.strokeOpacity !== "1") found.push(`at ${style.strokeOpacity}`);
  if (style.strokeDasharray !== "none") found.push(`dash ${style.strokeDasharray.replace(/px|,/g, "")}`);
  if (style.strokeLinecap !== "butt") found.push(style.strokeLinecap);
  if (style.markerEnd !== "none" || style.markerStart !== "none") found.push("marker");
  return found;
}

function fills(style) {
  const inside = paint(style.fill);
  if (!inside || style.fillOpacity === "0") return [];
  return [`fill ${inside}${style.fillOpacity === "1" ? "" : ` at ${style.fillOpacity}`}`];
}

function letters(style, drawn) {
  const found = drawn ? [...fills(style), ...strokes(style)] : [colour(style.color)];
  found.push(`${parseFloat(style.fontSize)}px`);
  if (style.fontWeight !== "400") found.push(style.fontWeight);
  if (style.fontStyle !== "normal") found.push(style.fontStyle);
  if (style.textDecorationLine !== "none") found.push(style.textDecorationLine);
  if (!style.fontFamily.startsWith('"Hanken Grotesk"')) found.push(style.fontFamily.split(",")[0]);
  return found;
}

/** What lies on everything below an element: it is told where it begins. */
function layer(style) {
  const found = [];
  if (style.opacity !== "1") found.push(`opacity ${style.opacity}`);
  if (style.zIndex !== "auto") found.push(`z ${style.zIndex}`);
  if (style.filter !== "none") found.push(style.filter);
  if (style.mixBlendMode !== "normal") found.push(style.mixBlendMode);
  if (style.maskImage !== "none") found.push("mask");
  return found;
}

function added(element) {
  return ["::before", "::after"].flatMap((part) => {
    const style = getComputedStyle(element, part);
    if (style.content === "none" || style.content === "normal" || style.display === "none") return [];
    const size = `${parseFloat(style.width) || 0}x${parseFloat(style.height) || 0}`;
    return [[part.slice(2), style.content, size, ...letters(style), ...box(style)].join(" ")];
  });
}

// -- state of controls -----------------------------------------------------------------------------------------------

const STATES = ["aria-pressed", "aria-selected", "aria-checked", "aria-expanded", "aria-current", "aria-invalid",
  "aria-valuenow"];

function states(element) {
  const found = STATES.filter((key) => element.hasAttribute(key) && element.getAttribute("role") !== "gridcell")
    .map((key) => `${key.slice(5)}=${element.getAttribute(key)}`);
  if (element.matches("input[type=checkbox], input[type=radio]")) found.push(element.checked ? "checked" : "unchecked");
  else if (element.matches("input, textarea")) found.push(`value ${JSON.stringify(element.value)}`);
  if (element.placeholder && !element.value) found.push(`placeholder ${JSON.stringify(element.placeholder)}`);
  if (element.matches("select")) found.push(`value ${JSON.stringify(element.selectedOptions[0]?.text)}`);
  if (element.disabled) found.push("disabled");
  if (element === document.activeElement && element !== document.body) found.push("focus");
  if (element.scrollLeft || element.scrollTop) found.push(`scrolled ${place(element.scrollLeft, element.scrollTop)}`);
  return found;
}

// -- places ----------------------------------------------------------------------------------------------------------

/** The part of a rectangle that no scrolling or clipping ancestor cuts away, or null. */
function cut(rect, clip) {
  const left = Math.max(rect.left, clip.left), top = Math.max(rect.top, clip.top);
  const right = Math.min(rect.right, clip.right), bottom = Math.min(rect.bottom, clip.bottom);
  return right < left || bottom < top ? null : { left, top, right, bottom };
}

const textNodes = (element) => [...element.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());

function textOf(element) {
  return textNodes(element).map((node) => node.data).join(" ").replace(/\s+/g, " ").trim();
}

function textRect(element) {
  const range = document.createRange(), nodes = textNodes(element);
  range.setStart(nodes[0], 0);
  range.setEnd(nodes[nodes.length - 1], nodes[nodes.length - 1].length);
  return range.getBoundingClientRect();
}

/** The corners of a path of straight lines, else points along it; null where there are few. */
function corners(element, total) {
  const drawn = element.tagName === "path" ? element.getAttribute("d") : "";
  if (drawn.length < 40) return [];
  const numbers = drawn.match(/-?[\d.]+(e-?\d+)?/g).map(Number);
  if (/^M[-\d.,LMe\s]*Z?$/.test(drawn) && numbers.length <= 2 * MOST_CORNERS) {
    return Array.from({ length: numbers.length / 2 }, (_, i) => new DOMPoint(numbers[2 * i], numbers[2 * i + 1]));
  }
  return Array.from({ length: SAMPLES }, (_, i) => element.getPointAtLength((i / (SAMPLES - 1)) * total));
}

/** Where a path leads, as text, and the point at its middle. */
function course(element, origin) {
  if (!element.getTotalLength) return { text: "", middle: null };
  const total = element.getTotalLength(), matrix = element.getScreenCTM();
  const found = corners(element, total).map((point) => new DOMPoint(point.x, point.y).matrixTransform(matrix));
  const by = found.map((point) => place(point.x - origin.x, point.y - origin.y)).join(" ");
  const middle = element.getPointAtLength(total / 2).matrixTransform(matrix);
  return { text: by ? `length ${total.toFixed(1)} by ${by}` : "", middle };
}

const pixels = new Map();

/** Size and a checksum of what a picture shows. */
async function image(href) {
  if (!pixels.has(href)) {
    const held = new Image();
    held.src = href;
    await held.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: held.width, height: held.height });
    const pen = canvas.getContext("2d");
    pen.drawImage(held, 0, 0);
    const data = pen.getImageData(0, 0, held.width, held.height).data;
    let sum = 2166136261;
    for (const value of data) sum = Math.imul(sum ^ value, 16777619) >>> 0;
    pixels.set(href, `image ${held.width}x${held.height} ${sum.toString(16)}`);
  }
  return pixels.get(href);
}

// -- the walk --------------------------------------------------------------------------------------------------------

function hrefOf(element) {
  if (element.tagName === "IMG") return element.src;
  return element.tagName === "image" ? element.getAttribute("href") || element.getAttribute("xlink:href") : "";
}

/** All that an element itself shows: its words, and whether it paints anything. */
function shownBy(element, style, text) {
  const drawn = element instanceof SVGElement, shape = SHAPES.has(element.tagName);
  const marks = drawn ? (shape ? [...fills(style), ...strokes(style)] : []) : [...box(style), ...added(element)];
  const words = text ? [...letters(style, drawn), ...marks] : marks;
  const context = [...layer(style), ...states(element)];
  const paints = words.length > 0 || Boolean(hrefOf(element));
  return { boxed: !drawn && marks.length > 0, words: [...words, ...context], paints };
}

function isSeen(element) {
  if (["SCRIPT", "STYLE", "defs", "title", "NOSCRIPT", "OPTION", "TEMPLATE"].includes(element.tagName)) return false;
  if (element.getTotalLength && element.getTotalLength() === 0) return false;
  return element.checkVisibility({ opacityProperty: false, visibilityProperty: false });
}

function regionOf(element, current) {
  const isDialog = element.matches("dialog[open], #details");
  const own = REGIONS.find((region) => element.matches(region)) || (isDialog && "#dialog");
  if (!own) return current;
  const corner = element.getBoundingClientRect();
  return { name: own.slice(1), x: corner.left, y: corner.top };
}

function visit(element, region, clip, items) {
  if (!isSeen(element)) return;
  const style = getComputedStyle(element), own = regionOf(element, region);
  if (style.opacity === "0" || style.clipPath.startsWith("inset(50%")) return;
  if (own !== region) items.push({ region: own.name, heading: element.getBoundingClientRect() });
  const text = textOf(element), shown = shownBy(element, style, text);
  const rect = cut(text ? textRect(element) : element.getBoundingClientRect(), clip);
  const isNothing = !rect || (rect.right === rect.left && rect.bottom === rect.top);
  if (style.visibility === "visible" && !isNothing && (shown.words.length || shown.paints)) {
    items.push({ element, text, rect, region: own.name, origin: own, ...shown });
  }
  const inner = style.overflow === "visible" || element instanceof SVGElement ? clip
    : cut(element.getBoundingClientRect(), clip);
  if (inner) for (const child of element.children) visit(child, own, inner, items);
}

/** What lies on an element at its middle, if it is neither inside of it nor around it. */
function cover(item, painting, middle) {
  const x = middle ? middle.x : (item.rect.left + item.rect.right) / 2;
  const y = middle ? middle.y : (item.rect.top + item.rect.bottom) / 2;
  const top = document.elementsFromPoint(x, y).find((element) => painting.has(element));
  if (!top || top === item.element || top.contains(item.element) || item.element.contains(top)) return "";
  return item.paints ? `under ${name(top)}` : "";
}

/** Place and size of an element's whole box. */
function spanOf(element, origin) {
  const rect = element.getBoundingClientRect();
  return [place(rect.left - origin.x, rect.top - origin.y), `${whole(rect.width)}x${whole(rect.height)}`];
}

async function line(item, painting) {
  const { element, rect, origin } = item;
  const way = SHAPES.has(element.tagName) && item.paints ? course(element, origin) : {};
  const size = `${whole(rect.right - rect.left)}x${whole(rect.bottom - rect.top)}`;
  const href = hrefOf(element), picture = href ? await image(href) : "";
  const look = [...item.words, picture, cover(item, painting, way.middle)].filter(Boolean).join(" ");
  const text = item.text ? JSON.stringify(item.text) : "";
  const own = item.text && item.boxed ? ["in", ...spanOf(element, origin)] : [];
  const at = place(rect.left - origin.x, rect.top - origin.y);
  return { name: name(element), where: [text, at, size, ...own, way.text], look };
}

/** A look that is the one of the last line of that name is not told again. */
function told(found, last) {
  const key = found.name.replace(/\[.*/, ""), same = last.get(key) === found.look;
  last.set(key, found.look);
  return [found.name, ...found.where, same ? "" : found.look ? `· ${found.look}` : "·"].filter(Boolean).join(" ");
}

async function facts(root) {
  const items = [], page = { left: 0, top: 0, right: innerWidth, bottom: document.documentElement.scrollHeight };
  visit(root, { name: "page", x: 0, y: 0 }, page, items);
  const painting = new Set(items.filter((item) => item.paints).map((item) => item.element));
  const regions = {}, last = {};
  for (const item of items) {
    const lines = (regions[item.region] ||= []), known = (last[item.region] ||= new Map());
    const at = item.heading;
    if (at) lines.push(`at ${place(at.left, at.top)} ${whole(at.width)}x${whole(at.height)}`);
    else lines.push(told(await line(item, painting), known));
  }
  return regions;
}

/** What `act` gives while everything can be met: what ignores the pointer covers as well as anything else. */
async function whenMet(act) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("*, *::before, *::after { pointer-events: auto !important; }");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  try {
    return await act();
  } finally {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((item) => item !== sheet);
  }
}
