// The state of the page: one object, replaced field by field; whoever shows a field listens for it.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";

  p2pdnr.createStore = function (initial) {
    let state = Object.freeze({ ...initial });
    const listeners = [];
    return {
      get: () => state,
      set(changes) {
        const previous = state;
        const changed = Object.keys(changes).filter((key) => changes[key] !== previous[key]);
        if (!changed.length) return;
        state = Object.freeze({ ...previous, ...changes });
        listeners.filter(({ keys }) => keys.some((key) => changed.includes(key))).forEach(({ run }) => run(state, previous));
      },
      on(keys, run) { listeners.push({ keys: keys.split(" "), run }); },
    };
  };

  // results: mode -> payload; ids: mode -> result id; pending: modes still being solved; before: summary shown before the last solve;
  // runs: the solves of this session; sides: ids of the two that are compared.
  p2pdnr.store = p2pdnr.createStore({
    hour: 0, speed: 1, arcs: "largest", mode: "hourly", theme: "light", results: {}, ids: {}, pending: [], before: null, chosen: null, tab: "losses",
    playing: false, trial: null, ranked: 0, guess: null, steps: false, replay: null, job: null, verdict: null, stale: false, foreign: false,
    pane: "prosumers", runs: [], sides: null, marked: true,
  });

  // The payload on show: of the chosen mode, else whichever is there.
  p2pdnr.shown = function (state) {
    return state.results[state.mode] || state.results.hourly || state.results.static || state.results.fixed || null;
  };

  p2pdnr.byId = (id) => document.getElementById(id);

  // Element in the SVG or HTML name space with attributes; children are nodes or text.
  p2pdnr.svg = function (name, attributes, ...children) {
    return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
  };
  p2pdnr.html = function (name, attributes, ...children) {
    return fill(document.createElement(name), attributes, children);
  };
  function fill(node, attributes, children) {
    Object.entries(attributes || {}).forEach(([key, value]) => { if (value !== null && value !== undefined) node.setAttribute(key, value); });
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  // Builds a part of the page anew without taking a keystroke: what somebody is typing there stands until it is left, and
  // the focus goes to the field that find(part, field) says is the same.
  p2pdnr.rebuilt = function (part, build, find) {
    const field = part.contains(document.activeElement) ? document.activeElement : null;
    const text = Boolean(field) && field.matches("input[type=text]");
    if (text && field.value !== field.defaultValue) {
      field.addEventListener("blur", () => window.setTimeout(() => p2pdnr.rebuilt(part, build, find)), { once: true });
      return;
    }
    const whole = text && field.value !== "" && field.selectionStart === 0 && field.selectionEnd === field.value.length;
    const same = field && find(field);
    build();
    const now = same && same();
    if (!now) return;
    now.focus();
    if (whole) now.select();
  };

  // What has been taken over is no longer being typed.
  document.addEventListener("change", ({ target }) => { if (target.matches("input[type=text]")) target.defaultValue = target.value; }, true);

  // Numbers as people read them. "\u2212" is the minus sign, "\u2013" the dash of ranges.
  const format = {
    number(value, digits) {
      if (value === null || value === undefined || !Number.isFinite(value)) return "\u2013";
      const text = Math.abs(value).toLocaleString("en-GB", { minimumFractionDigits: digits || 0, maximumFractionDigits: digits || 0 });
      return (value < 0 && Number(text.replace(/,/g, "")) !== 0 ? "\u2212" : "") + text;
    },
    signed: (value, digits) => (value > 0 ? "+" : "") + format.number(value, digits),
    share: (value) => `${format.signed(100 * value, Math.abs(value) < 0.0995 ? 1 : 0)} %`,
    kw: (value) => `${format.number(value, Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0)} kW`,
    cents: (value) => `${format.number(100 * value, 2)} ct/kWh`,
    clock(hour, step) {
      const minutes = Math.round(hour * step * 60) % 1440;
      const day = Math.floor((hour * step) / 24);
      const text = `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
      return day ? `day ${day + 1}, ${text}` : text;
    },
  };
  p2pdnr.format = format;

  // Colours come from colours.css alone.
  p2pdnr.token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  p2pdnr.mix = function (first, second, share) {
    const [a, b] = [channels(first), channels(second)];
    const at = Math.min(1, Math.max(0, share));
    return `rgb(${a.map((value, i) => Math.round(value + at * (b[i] - value))).join(",")})`;
  };
  // The ramps of the diagram, 65 steps each, made once per theme.
  p2pdnr.ramps = function (token) {
    const ramp = (from, to) => Array.from({ length: 65 }, (_, step) => p2pdnr.mix(from, to, step / 64));
    return { over: token("over"), load: ramp(token("load-low"), token("load-high")), low: ramp(token("mid"), token("low")), high: ramp(token("mid"), token("high")), price: ramp(token("trade-low"), token("trade-high")) };
  };
  p2pdnr.colours = () => p2pdnr.ramps(p2pdnr.token);
}(window.p2pdnr));
