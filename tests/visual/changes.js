// Small changes of the page that must not go unseen, whatever the scene. Body of a function, behind facts.js;
// `tryAll()` makes each change, takes the facts of its region, takes it back, and gives {change: what came of it}.

const first = (selector, suits = () => true) => [...document.querySelectorAll(selector)].find((element) => {
  const rect = element.getBoundingClientRect();
  return element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    && (rect.width > 0 || rect.height > 0) && suits(element);
});

/** Give an element another style; how to take that back. */
function restyle(element, key, value) {
  const before = element.style.getPropertyValue(key), importance = element.style.getPropertyPriority(key);
  element.style.setProperty(key, value, "important");
  return () => element.style.setProperty(key, before, importance);
}

/** One of 255 steps of the red of a colour. */
function step(element, key) {
  const parts = getComputedStyle(element).getPropertyValue(key).match(/[\d.]+/g).map(Number);
  const red = parts[0] === 255 ? 254 : parts[0] + 1;
  return restyle(element, key, `rgb(${[red, ...parts.slice(1, 3)].join(" ")} / ${parts[3] ?? 1})`);
}

function rewrite(element) {
  const node = [...element.childNodes].find((item) => item.nodeType === 3 && /\w/.test(item.data)), before = node.data;
  const letter = (sign) => (sign === "x" ? "y" : "x");
  node.data = before.replace(/\w/, (sign) => (/\d/.test(sign) ? String((Number(sign) + 1) % 10) : letter(sign)));
  return () => { node.data = before; };
}

function setAttribute(element, key, value) {
  const before = element.getAttribute(key);
  element.setAttribute(key, value);
  return () => (before === null ? element.removeAttribute(key) : element.setAttribute(key, before));
}

/** Put an element before another one; how to put it back. */
function move(element, parent, before) {
  const home = element.parentNode, next = element.nextSibling;
  parent.insertBefore(element, before);
  return () => home.insertBefore(element, next);
}

const dashes = (element) => getComputedStyle(element).strokeDasharray.split(",").map(parseFloat);
const hasText = (element) => [...element.childNodes].some((item) => item.nodeType === 3 && /\w/.test(item.data));
const isCurve = (element) => getComputedStyle(element).stroke !== "none" && element.getBoundingClientRect().width > 20;
const ofChart = () => first("#chart-body .trace path, #chart-body .imagelayer image, #chart-body svg path", (element) =>
  element.tagName === "image" || isCurve(element)) || first("#chart-body *", hasText);
const ofPane = (suits) => first("#drawer [role=tabpanel] *", suits);

const width = (element) => parseFloat(getComputedStyle(element).strokeWidth);
const isTextOfChart = (element) => element.matches("#charts text, #charts p, #charts td") && hasText(element);

function putLidOn(element) {
  const lid = document.createElement("i"), parent = element.parentNode;
  lid.style.cssText = "position: absolute; width: 9px; height: 9px; background: #ffffff; pointer-events: none";
  parent.append(lid);
  return () => lid.remove();
}

/** By name: the region that a change is seen in, what is changed, and how. */
const CHANGES = {
  "colour of a line by one step": ["#diagram", () => [first("#diagram .wire:not(.open)"), (wire) =>
    step(wire, "stroke")]],
  "one pixel of a dash": ["#diagram", () => [first("#diagram .wire.open"), (wire) =>
    restyle(wire, "stroke-dasharray", dashes(wire).map((px, i) => px + (i === 0 ? 1 : 0)).join(" "))]],
  "a quarter of a pixel of a line's width": ["#diagram", () => [first("#diagram .wire:not(.open)"), (wire) =>
    restyle(wire, "stroke-width", `${width(wire) + 0.25}px`)]],
  "a bus moved by a pixel": ["#diagram", () => [first("#diagram [data-bus] .mark"), (bus) =>
    restyle(bus, "translate", "1px 0")]],
  "a number of a bus hidden": ["#diagram", () => [first("#diagram .number"), (label) =>
    restyle(label, "visibility", "hidden")]],
  "buses covered by lines": ["#diagram", () => [first("#diagram .wires"), (wires) =>
    move(wires, wires.parentNode, null)]],
  "a digit of a figure": ["#headlines", () => [first("#headlines *", hasText), rewrite]],
  "a figure shifted by two pixels": ["#headlines", () => [first("#headlines .figure"), (item) =>
    restyle(item, "translate", "2px 0")]],
  "a figure covered": ["#headlines", () => [first("#headlines .note, #headlines dt"), putLidOn]],
  "two figures exchanged": ["#headlines", () => [document.querySelector("#headlines > :nth-child(2)"), (item) =>
    move(item, item.parentNode, item.parentNode.firstElementChild)]],
  "a series of the chart missing": ["#charts", () => [ofChart(), (item) => restyle(item, "display", "none")]],
  "a series of the chart moved by two pixels": ["#charts", () => [ofChart(), (item) =>
    restyle(item, "translate", "0 2px")]],
  "colour of a text of the chart by one step": ["#charts", () => [first("#charts *", isTextOfChart), (item) =>
    step(item, item instanceof SVGElement ? "fill" : "color")]],
  "a text of the pane": ["#drawer", () => [ofPane(hasText), rewrite]],
  "a text of the pane hidden": ["#drawer", () => [ofPane(hasText), (item) => restyle(item, "opacity", "0")]],
  "a size of letters of the pane": ["#drawer", () => [ofPane(hasText), (item) =>
    restyle(item, "font-size", `${parseFloat(getComputedStyle(item).fontSize) + 0.5}px`)]],
  "another chart chosen": ["#tabs", () => [first("#tabs [aria-selected=false]"), (tab) =>
    setAttribute(tab, "aria-selected", "true")]],
  "a place on the timeline": ["#timeline", () => [first("#timeline .handle"), (item) =>
    restyle(item, "translate", "2px 0")]],
};

const asText = async (region) => JSON.stringify(await facts(document.querySelector(region)));

async function resultOf([target, act], region, untouched) {
  if (!target) return "nothing to change";
  const undo = act(target), changed = await asText(region);
  undo();
  return changed === untouched ? "not seen" : "seen";
}

async function tryAll() {
  const found = {}, untouched = {};
  for (const [name, [region, find]] of Object.entries(CHANGES)) {
    untouched[region] ||= await asText(region);
    found[name] = await resultOf(find(), region, untouched[region]);
  }
  for (const region of Object.keys(untouched)) {
    if ((await asText(region)) !== untouched[region]) found[region] = "not as it was";
  }
  return found;
}
