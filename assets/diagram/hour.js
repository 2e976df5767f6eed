// One hour of the diagram: attributes only, and only those that change.

import { ringOf } from "./diagram.js";
import { feeders, tintsOf } from "./feeding.js";
import { updateLevers } from "./lever_labels.js";
import { paintBuses, paintLines } from "./painted.js";

// Sets one property of what is drawn, unless it already is so: comparing is cheap, touching the document is not.
function put(parts, name, value, set) {
  if (parts[name] === value) return;
  parts[name] = value;
  set(value);
}

const quarter = (value) => Math.round(4 * value) / 4;

function updateLine(parts, closed, colour, width) {
  put(parts, "closed", closed, () => {
    parts.wire.setAttribute("class", closed ? "wire" : "wire open");
  });
  put(parts, "colour", colour, () => {
    parts.wire.style.stroke = colour;
  });
  put(parts, "width", width, () => {
    parts.wire.style.strokeWidth = width && `${width}px`;
  });
}

function updateArrow(parts, flows, kw, scales) {
  const size = parts.grow * (0.75 + quarter(0.45 * Math.sqrt(Math.abs(kw) / scales.flow) * 4) / 4);
  put(parts, "flows", flows, () => {
    parts.arrow.style.opacity = flows ? 1 : 0;
  });
  if (flows)
    put(parts, "turned", `rotate(${kw >= 0 ? parts.angle : parts.back}) scale(${size})`, (turn) =>
      parts.arrow.setAttribute("transform", `${parts.spot} ${turn}`),
    );
}

function busLook(volts, { vm_min_pu: low, vm_max_pu: high }, source) {
  if (volts === null) return "mark dark";
  return (volts < low - 1e-5 || volts > high + 1e-5) && !source ? "mark violated" : "mark";
}

function updateBus(bus, volts, look, colour) {
  put(bus, "colour", volts === null ? "" : colour, (fill) => {
    bus.mark.style.fill = fill;
  });
  put(bus, "look", look, () => bus.mark.setAttribute("class", look));
}

// Hours that follow each other faster than a transition takes (scrubbing, a key held down) are drawn without any.
function pace(drawing) {
  const now = performance.now();
  drawing.root.classList.toggle("quick", now - drawing.drawn < 250);
  drawing.drawn = now;
}

// Colours of lines and buses in an hour: loading and voltage, or the substation that feeds. Limits stay red.
function inks(payload, hour, scales, colours, colouring) {
  const [power, loading, volts] = [
    payload.lines.p_kw[hour],
    payload.lines.loading_percent[hour],
    payload.buses.vm_pu[hour],
  ];
  const load = (line) => scales.load(loading[line], power[line], colours);
  if (colouring !== "substation") return { line: load, bus: (bus) => scales.voltage(volts[bus], colours) };
  const { network } = payload;
  const fed = feeders(network, payload.lines.closed[hour]);
  const tints = tintsOf(network, colours.areas.length).map((tint) => colours.areas[tint]);
  const area = (bus) => (fed[bus] < 0 ? "" : tints[fed[bus]]);
  const over = (line) => loading[line] !== null && loading[line] > 100.05;
  return { line: (line) => (over(line) ? colours.over : area(network.from[line] - 1)), bus: area };
}

const widthOf = (kw, scales, scale) => quarter(Math.max(1, scale * scales.width(kw)));

// A large grid: one path for each look.
function paintHour(drawing, payload, hour, scales, ink) {
  const { painted, at, sources } = drawing;
  const [closed, power, volts] = [payload.lines.closed[hour], payload.lines.p_kw[hour], payload.buses.vm_pu[hour]];
  paintLines(
    painted,
    closed.map((on, i) => (on === 1 ? `${ink.line(i)}|${widthOf(power[i], scales, drawing.fit.scale)}` : "open")),
  );
  const looks = volts.map((value, bus) =>
    at[bus] ? null : `${busLook(value, payload.network, sources.has(bus))}|${value === null ? "" : ink.bus(bus)}`,
  );
  paintBuses(painted, looks);
}

function updateRings(drawing, payload, hour) {
  const switched = new Set(payload.series.switched[hour]);
  drawing.lines.forEach((parts, i) => {
    const ringed = switched.has(i + 1);
    if (!ringed && !parts.ring) return;
    put(parts, "ringed", ringed, () => {
      ringOf(parts).style.display = ringed ? "" : "none";
    });
  });
  return switched;
}

// Draws one hour: attributes only, and only those that change; `drawing.colouring` says what colours tell.
/**
 * @param {any} drawing
 * @param {Payload} payload
 * @param {number} hour
 * @param {any} scales
 * @param {any} colours
 */
export function updateDiagram(drawing, payload, hour, scales, colours) {
  pace(drawing);
  const { lines, network } = payload;
  const [closed, power, volts] = [lines.closed[hour], lines.p_kw[hour], payload.buses.vm_pu[hour]];
  const ink = inks(payload, hour, scales, colours, drawing.colouring);
  const switched = updateRings(drawing, payload, hour);
  if (drawing.painted) paintHour(drawing, payload, hour, scales, ink);
  else
    drawing.lines.forEach((parts, i) => {
      const on = closed[i] === 1;
      updateLine(parts, on, on ? ink.line(i) : "", on ? widthOf(power[i], scales, drawing.fit.scale) : "");
    });
  if (!drawing.small)
    drawing.lines.forEach((parts, i) => {
      const flows = closed[i] === 1 && !switched.has(i + 1) && Math.abs(power[i]) > 0.01 * scales.flow;
      updateArrow(parts, flows, power[i], scales);
      put(parts, "signed", closed[i] === 1, (on) => {
        parts.sign.style.display = on ? "none" : "";
      });
    });
  drawing.buses.forEach((bus, i) => {
    if (bus.mark) updateBus(bus, volts[i], busLook(volts[i], network, drawing.sources.has(i)), ink.bus(i));
  });
  put(drawing, "leversAt", hour, () => updateLevers(drawing.levers.labels, drawing.payload, hour));
}
