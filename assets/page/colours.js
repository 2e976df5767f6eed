// Colours come from styles/colours.css alone.

export const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
export function mix(first, second, share) {
  const [a, b] = [channels(first), channels(second)];
  const at = Math.min(1, Math.max(0, share));
  return `rgb(${a.map((value, i) => Math.round(value + at * (b[i] - value))).join(",")})`;
}
// Colours that tell areas apart, as maps do.
const AREAS = ["area-1", "area-2", "area-3", "area-4", "area-5", "area-6", "area-7", "area-8"];
// The ramps of the diagram, 65 steps each, made once per theme.
export function ramps(token) {
  const ramp = (from, to) => Array.from({ length: 65 }, (_, step) => mix(from, to, step / 64));
  return {
    over: token("over"),
    load: ramp(token("load-low"), token("load-high")),
    low: ramp(token("mid"), token("low")),
    high: ramp(token("mid"), token("high")),
    price: ramp(token("trade-low"), token("trade-high")),
    areas: AREAS.map(token),
  };
}
export const colours = () => ramps(token);
