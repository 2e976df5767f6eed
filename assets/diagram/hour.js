// One hour of the diagram: attributes only, and only those that change.

import { updateLevers } from "./lever_labels.js";

// Sets one property of what is drawn, unless it already is so: comparing is cheap, touching the document is not.
function put(parts, name, value, set) {
  if (parts[name] === value) return;
  parts[name] = value;
  set(value);
}

const quarter = (value) => Math.round(4 * value) / 4;

function updateLine(parts, closed, kw, colour, scales, scale) {
  put(parts, "closed", closed, () => {
    parts.wire.setAttribute("class", closed ? "wire" : "wire open");
    parts.sign.style.display = closed ? "none" : "";
  });
  put(parts, "colour", colour, () => {
    parts.wire.style.stroke = colour;
  });
  put(parts, "width", closed ? quarter(Math.max(1, scale * scales.width(kw))) : "", (width) => {
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

function updateBus(bus, volts, { vm_min_pu: low, vm_max_pu: high }, colour, source) {
  const look =
    volts === null ? "mark dark" : (volts < low - 1e-5 || volts > high + 1e-5) && !source ? "mark violated" : "mark";
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

// Draws one hour: attributes only, and only those that change.
/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function updateDiagram(drawing, payload, hour, scales, colours) {
  pace(drawing);
  const { lines, network } = payload;
  const [closed, power, loading, volts] = [
    lines.closed[hour],
    lines.p_kw[hour],
    lines.loading_percent[hour],
    payload.buses.vm_pu[hour],
  ];
  const switched = new Set(payload.series.switched[hour]);
  drawing.lines.forEach((parts, i) => {
    const [on, ringed] = [closed[i] === 1, switched.has(i + 1)];
    updateLine(parts, on, power[i], on ? scales.load(loading[i], power[i], colours) : "", scales, drawing.fit.scale);
    if (!drawing.small) updateArrow(parts, on && !ringed && Math.abs(power[i]) > 0.01 * scales.flow, power[i], scales);
    put(parts, "ringed", ringed, () => {
      parts.ring.style.display = ringed ? "" : "none";
    });
  });
  drawing.buses.forEach((bus, i) =>
    updateBus(bus, volts[i], network, scales.voltage(volts[i], colours), drawing.sources.has(i)),
  );
  put(drawing, "leversAt", hour, () => updateLevers(drawing.levers.labels, drawing.payload, hour));
}
