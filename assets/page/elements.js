// Elements of the page: found by id, made with attributes and children, rebuilt without taking a keystroke.

// Which kind of element has an id stands in page.html.
/** @type {(id: string) => any} */
export const byId = (id) => document.getElementById(id);

// Element in the SVG or HTML name space with attributes; children are nodes or text.
export function svg(name, attributes, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}
export function html(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}
function fill(node, attributes, children) {
  Object.entries(attributes || {}).forEach(([key, value]) => {
    if (value !== null && value !== undefined) node.setAttribute(key, value);
  });
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// Builds a part of the page anew without taking a keystroke: what somebody is typing there stands until it is left, and
// the focus goes to the field that find(part, field) says is the same.
export function rebuilt(part, build, find) {
  const field = part.contains(document.activeElement) ? document.activeElement : null;
  const text = Boolean(field) && field.matches("input[type=text]");
  if (text && field.value !== field.defaultValue) {
    field.addEventListener("blur", () => window.setTimeout(() => rebuilt(part, build, find)), { once: true });
    return;
  }
  const whole = text && field.value !== "" && field.selectionStart === 0 && field.selectionEnd === field.value.length;
  const same = field && find(field);
  build();
  const now = same && same();
  if (!now) return;
  now.focus();
  if (whole) now.select();
}

// What has been taken over is no longer being typed.
export function wireTyping() {
  document.addEventListener(
    "change",
    ({ target }) => {
      if (target.matches("input[type=text]")) target.defaultValue = target.value;
    },
    true,
  );
}
