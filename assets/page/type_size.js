// How large the page's small type is, in px, however the style sheets reckon it.

export function smallPx() {
  const root = document.documentElement;
  const value = getComputedStyle(root).getPropertyValue("--small").trim();
  if (/^[\d.]+px$/.test(value)) return parseFloat(value);
  const probe = root.appendChild(document.createElement("i"));
  probe.style.cssText = "position: absolute; width: var(--small)";
  const { width } = probe.getBoundingClientRect();
  probe.remove();
  return width || 12;
}
