// Profiles and tariff as curves: points to drag or to move by arrow keys, the same numbers as text and as a table.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { byId, html, svg, format } = p2pdnr;
  const SIZE = { width: 760, height: 260, left: 36, right: 4, top: 14, bottom: 28 };
  const [PREFIX, OWN] = ["profile:", "own:"];
  const SIDES = { own_buy: "retailer sells at", own_sell: "retailer buys at" };
  let current = null;
  let wrong = {};
  // While points move: the values as they are drawn; null when none do.
  let held = null;

  // The step of one arrow key and the top of the axis for values of that size.
  p2pdnr.curveScale = function (values) {
    const most = Math.max(...values, 0);
    const unit = 10 ** Math.floor(Math.log10(most || 1));
    const top = most ? [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((factor) => factor * unit).find((value) => value >= most * 1.001) || 10 * unit : 1;
    const low = Math.min(...values, 0);
    return { top, low: low < 0 ? -Math.ceil(-low / unit) * unit : 0, step: unit / 100 >= 0.005 ? unit / 100 : unit / 20 };
  };

  // A prosumer's own tariff stands in its row: the key of its curves names both.
  const ownKey = (row, side) => `${OWN}${row}:${side}`;
  const ownPlace = (key) => { const [, row, side] = key.split(":"); return { row, side }; };

  function ownCurves(draft) {
    const before = Object.fromEntries(draft.solved.rows.map((row) => [row.row, row]));
    const curve = (row, side) => ({ key: ownKey(row.row, side), label: `${row.id}, ${SIDES[side]}`, unit: "\u20ac/kWh", text: row[side], before: draft.imported ? null : (before[row.row] || {})[side] });
    return draft.rows.filter((row) => row.own_buy || row.own_sell).flatMap((row) => Object.keys(SIDES).map((side) => curve(row, side)));
  }

  // Problems of own tariffs by the key of their curve.
  p2pdnr.wrongOwn = (problems) => Object.fromEntries(problems.filter(({ row, column }) => row && column in SIDES).map(({ row, column, message }) => [ownKey(row, column), message]));

  // Curves of a draft: the tariff's from the settings, own tariffs from their rows, then the profiles.
  function curvesOf(draft) {
    const tariff = p2pdnr.settingFields().filter(p2pdnr.isCurve).map(({ key, label, unit }) => ({ key, label, unit, text: draft.settings[key], before: draft.imported ? null : draft.solved.settings[key] }));
    const profiles = Object.entries(draft.profiles).map(([name, text]) => ({ key: PREFIX + name, label: name, unit: "", text, before: draft.imported ? null : draft.solved.profiles[name] }));
    return [...tariff, ...ownCurves(draft), ...profiles];
  }

  const withOwn = (draft, key, texts) => draft.rows.map((row) => (row.row === key ? { ...row, ...texts } : row));

  // What a curve says now: the pane may still show what it said before the last key.
  const textNow = ({ key }) => {
    const draft = p2pdnr.draft();
    if (key.startsWith(OWN)) return (draft.rows.find(({ row }) => row === ownPlace(key).row) || {})[ownPlace(key).side];
    return key.startsWith(PREFIX) ? draft.profiles[key.slice(PREFIX.length)] : draft.settings[key];
  };

  function commit(curve, text) {
    const draft = p2pdnr.draft();
    if (text === textNow(curve)) return;
    if (curve.key.startsWith(OWN)) p2pdnr.change({ rows: withOwn(draft, ownPlace(curve.key).row, { [ownPlace(curve.key).side]: text }) });
    else if (curve.key.startsWith(PREFIX)) p2pdnr.change({ profiles: { ...draft.profiles, [curve.key.slice(PREFIX.length)]: text } });
    else p2pdnr.change({ settings: { ...draft.settings, [curve.key]: text } });
  }

  // -- drawing -----------------------------------------------------------------------------------------------------------

  const across = (hours) => (hour) => SIZE.left + ((SIZE.width - SIZE.left - SIZE.right) * (hour + 0.5)) / hours;
  const up = ({ top, low }) => (value) => SIZE.top + ((SIZE.height - SIZE.top - SIZE.bottom) * (top - value)) / (top - low);
  const rounded = (value, step) => Number((Math.round(value / step) * step).toFixed(6));
  const clock = (hour) => format.clock(hour, p2pdnr.draft().step_h);
  const told = (curve, values, hour) => `${clock(hour)}, ${values[hour]}${curve.unit ? ` ${curve.unit}` : ""}`;

  function spark(values) {
    if (!values) return svg("svg", { viewBox: "0 0 64 20", class: "spark", "aria-hidden": "true" });
    const { top, low } = p2pdnr.curveScale(values);
    const points = values.map((value, i) => `${((64 * (i + 0.5)) / values.length).toFixed(1)},${(18 - (16 * (value - low)) / (top - low)).toFixed(1)}`);
    return svg("svg", { viewBox: "0 0 64 20", class: "spark", "aria-hidden": "true" }, svg("polyline", { points: points.join(" ") }));
  }

  function axes(scale, hours) {
    const [x, y] = [across(hours), up(scale)];
    const text = (attributes, content) => { const node = svg("text", { class: "live-label", ...attributes }); node.textContent = content; return node; };
    const levels = [scale.low, (scale.low + scale.top) / 2, scale.top];
    const least = (hours * 44) / (SIZE.width - SIZE.left);
    const every = [1, 2, 3, 4, 6, 12, 24].find((step) => step >= least) || 24;
    return [
      ...levels.flatMap((value) => [svg("line", { class: "live-grid", x1: SIZE.left, x2: SIZE.width - SIZE.right, y1: y(value), y2: y(value) }), text({ x: SIZE.left - 8, y: y(value) + 4 }, Number(value.toPrecision(3)))]),
      ...Array.from({ length: Math.ceil(hours / every) }, (_, i) => text({ x: x(i * every), y: SIZE.height - 8, style: "text-anchor:middle" }, format.clock(i * every, p2pdnr.draft().step_h).slice(-5, -3))),
    ];
  }

  function editor(curve, values) {
    const room = byId("profiles").clientWidth;
    if (room) SIZE.width = Math.min(980, room > 700 ? room - 252 : room);
    const scale = p2pdnr.curveScale(values);
    const [x, y] = [across(values.length), up(scale)];
    const before = curve.before && curve.before !== curve.text ? p2pdnr.readSeries(curve.before, values.length) : null;
    const line = (numbers) => numbers.map((value, hour) => `${x(hour).toFixed(1)},${y(Math.min(value, scale.top)).toFixed(1)}`).join(" ");
    const points = values.map((value, hour) => svg("circle", { class: "point", cx: x(hour), cy: y(value), r: values.length > 60 ? 3 : 5.5, role: "slider", tabindex: hour ? -1 : 0, "data-hour": hour, "aria-label": `${curve.label} at ${clock(hour)}`, "aria-valuemin": scale.low, "aria-valuemax": scale.top, "aria-valuenow": value, "aria-valuetext": told(curve, values, hour), "aria-orientation": "vertical" }));
    const drawing = svg("svg", { viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, class: "curve", role: "group", "aria-label": `${curve.label}: drag the points, or use the arrow keys` },
      ...axes(scale, values.length), before ? svg("polyline", { class: "before", points: line(before) }) : "", svg("polyline", { class: "line", points: line(values) }), ...points);
    const shape = { curve, drawing, scale, x, y, values, line, points };
    drawing.addEventListener("pointerdown", (event) => press(event, shape));
    drawing.addEventListener("keydown", (event) => key(event, shape));
    drawing.addEventListener("focusin", (event) => reached(event, shape));
    return drawing;
  }

  function redraw(shape, values, hour) {
    shape.drawing.querySelector(".line").setAttribute("points", shape.line(values));
    const point = shape.points[hour];
    point.setAttribute("cy", shape.y(values[hour]));
    point.setAttribute("aria-valuenow", values[hour]);
    point.setAttribute("aria-valuetext", told(shape.curve, values, hour));
    byId("curve-value").textContent = told(shape.curve, values, hour);
  }

  // -- pointer and keys --------------------------------------------------------------------------------------------------

  function press(event, shape) {
    event.preventDefault();
    const { drawing, scale, values } = shape;
    const box = drawing.getBoundingClientRect();
    let last = null;
    held = [...values];
    drawing.setPointerCapture(event.pointerId);
    // A stroke across hours sets each of them, those between two events too.
    const move = ({ clientX, clientY }) => {
      const [px, py] = [((clientX - box.left) * SIZE.width) / box.width, ((clientY - box.top) * SIZE.height) / box.height];
      const hour = Math.min(values.length - 1, Math.max(0, Math.floor(((px - SIZE.left) * values.length) / (SIZE.width - SIZE.left - SIZE.right))));
      const share = (py - SIZE.top) / (SIZE.height - SIZE.top - SIZE.bottom);
      const value = rounded(Math.min(scale.top, Math.max(scale.low, scale.top - share * (scale.top - scale.low))), scale.step);
      const from = last === null ? hour : last;
      for (let at = Math.min(from, hour); at <= Math.max(from, hour); at += 1) if (at !== from || at === hour) { held[at] = value; redraw(shape, held, at); }
      last = hour;
    };
    const done = () => {
      drawing.removeEventListener("pointermove", move);
      const text = p2pdnr.writeSeries(held);
      held = null;
      commit(shape.curve, text);
    };
    drawing.addEventListener("pointermove", move);
    drawing.addEventListener("lostpointercapture", done, { once: true });
    move(event);
  }

  // The point in focus is the one that Tab comes back to, and its value is told.
  function reached({ target }, { curve, values, points }) {
    const hour = points.indexOf(target);
    if (hour < 0) return;
    points.forEach((point, at) => point.setAttribute("tabindex", at === hour ? 0 : -1));
    byId("curve-value").textContent = told(curve, values, hour);
  }

  function key(event, shape) {
    const hour = Number(event.target.dataset.hour);
    const { scale } = shape;
    const values = p2pdnr.readSeries(textNow(shape.curve), shape.values.length) || shape.values;
    const to = { ArrowRight: hour + 1, ArrowLeft: hour - 1, Home: 0, End: values.length - 1 }[event.key];
    const by = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (Number.isNaN(hour) || (to === undefined && !by)) return;
    event.preventDefault();
    event.stopPropagation();
    if (to !== undefined) { shape.points[Math.min(values.length - 1, Math.max(0, to))].focus(); return; }
    const changed = [...values];
    changed[hour] = Math.max(scale.low, rounded(values[hour] + by * scale.step, scale.step));
    redraw(shape, changed, hour);
    commit(shape.curve, p2pdnr.writeSeries(changed));
  }

  // -- the pane ----------------------------------------------------------------------------------------------------------

  function textOf(curve) {
    const input = html("input", { type: "text", id: "curve-text", autocomplete: "off", spellcheck: "false", "aria-label": `${curve.label}, one value per hour${curve.unit ? `, ${curve.unit}` : ""}`, "aria-invalid": String(Boolean(wrong[curve.key])), value: curve.text });
    input.addEventListener("change", () => commit(curve, input.value));
    // A column of a spreadsheet comes as lines, which a browser would run together.
    input.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text/plain");
      if (!/[\r\n\t]/.test(text)) return;
      event.preventDefault();
      commit(curve, text.trim().replace(/\s+/g, " "));
    });
    return input;
  }

  function tableOf(curve, values) {
    const cell = (value, hour) => {
      const input = html("input", { type: "text", inputmode: "decimal", "aria-label": `${curve.label} at ${clock(hour)}`, value });
      input.addEventListener("change", () => { const words = (p2pdnr.readSeries(textNow(curve), values.length) || values).map(String); words[hour] = input.value.trim() || "0"; commit(curve, words.join(" ")); });
      return html("label", {}, html("span", {}, clock(hour)), input);
    };
    return html("div", { class: "hours" }, ...values.map(cell));
  }

  function addProfile(curve, name) {
    const draft = p2pdnr.draft();
    const free = p2pdnr.freeName(name.trim() || curve.label, new Set(Object.keys(draft.profiles)));
    current = PREFIX + free;
    p2pdnr.change({ profiles: { ...draft.profiles, [free]: curve.text } });
    p2pdnr.say(`Profile ${free} is there; name it in the table to use it.`);
  }

  function removeProfile(curve) {
    const profiles = { ...p2pdnr.draft().profiles };
    delete profiles[curve.key.slice(PREFIX.length)];
    current = null;
    p2pdnr.change({ profiles });
  }

  // Gives a prosumer the day's tariff as its own, to be changed.
  function addOwn(key) {
    const draft = p2pdnr.draft();
    const { buy, sell } = draft.settings;
    current = ownKey(key, "own_buy");
    p2pdnr.change({ rows: withOwn(draft, key, { own_buy: buy, own_sell: sell }) });
  }

  function removeOwn(curve) {
    const draft = p2pdnr.draft();
    current = null;
    p2pdnr.change({ rows: withOwn(draft, ownPlace(curve.key).row, { own_buy: "", own_sell: "" }) });
  }

  function tariffTools(curve) {
    if (curve.key.startsWith(OWN)) {
      const remove = html("button", { type: "button", id: "remove-own" }, "Delete this own tariff");
      remove.addEventListener("click", () => removeOwn(curve));
      return html("div", { class: "curve-tools" }, remove);
    }
    const others = p2pdnr.draft().rows.filter((row) => !row.own_buy && !row.own_sell);
    const select = html("select", { id: "own-of", "aria-label": "Give a prosumer a tariff of its own" }, html("option", { value: "" }, "own tariff for \u2026"), ...others.map((row) => html("option", { value: row.row }, row.id)));
    select.addEventListener("change", () => { if (select.value) addOwn(select.value); });
    return html("div", { class: "curve-tools" }, select);
  }

  function toolsOf(curve) {
    if (!curve.key.startsWith(PREFIX)) return tariffTools(curve);
    const name = html("input", { type: "text", "aria-label": "Name of the new profile", placeholder: "new name", maxlength: 60 });
    const copy = html("button", { type: "button", id: "copy-profile" }, "Copy as");
    const remove = html("button", { type: "button", id: "remove-profile" }, "Delete");
    copy.addEventListener("click", () => addProfile(curve, name.value));
    remove.addEventListener("click", () => removeProfile(curve));
    return html("div", { class: "curve-tools" }, copy, name, remove);
  }

  function listOf(curves, draft) {
    const button = (curve) => {
      const edited = !draft.imported && curve.before !== curve.text;
      const node = html("button", { type: "button", class: `curve-name${edited ? " edited" : ""}${wrong[curve.key] ? " wrong" : ""}`, "data-curve": curve.key, "aria-pressed": String(curve.key === current) }, html("span", {}, curve.label), spark(p2pdnr.readSeries(curve.text, draft.hours)));
      node.addEventListener("click", () => p2pdnr.openCurve(curve.key));
      return node;
    };
    return html("div", { class: "curve-list", role: "group", "aria-label": "Profiles and tariff" }, ...curves.map(button));
  }

  p2pdnr.openCurve = function (name) {
    current = name;
    p2pdnr.showProfiles(p2pdnr.draft());
  };

  function build() {
    const [pane, draft] = [byId("profiles"), p2pdnr.draft()];
    const curves = curvesOf(draft);
    const curve = curves.find((one) => one.key === current) || curves[0];
    current = curve.key;
    const open = Boolean(pane.querySelector("details[open]"));
    const values = p2pdnr.readSeries(curve.text, draft.hours);
    const unit = curve.unit || "factor on each peak";
    const numbers = values ? html("details", open ? { open: "" } : {}, html("summary", {}, "Numbers by hour"), tableOf(curve, values)) : null;
    pane.replaceChildren(listOf(curves, draft), html("div", { class: "curve-editor" },
      html("div", { class: "card-head" }, html("h3", {}, curve.label, html("span", { class: "quiet" }, ` ${unit}`)), html("output", { id: "curve-value", class: "quiet" })),
      values ? editor(curve, values) : html("p", { class: "empty" }, "These are not values for every hour; correct the text below."),
      html("div", { class: "curve-text" }, textOf(curve), html("small", { class: "quiet", id: "curve-note" }, wrong[curve.key] || "Drag the points or draw across them; arrow keys change a value. A column of a spreadsheet can be pasted here.")),
      toolsOf(curve), ...(numbers ? [numbers] : [])));
  }

  p2pdnr.showProfiles = function () {
    p2pdnr.rebuilt(byId("profiles"), build, (field) => {
      const { hour, curve } = field.dataset;
      const name = hour ? `.point[data-hour="${hour}"]` : curve ? `[data-curve="${CSS.escape(curve)}"]` : field.tagName === "SUMMARY" ? "summary" : `[aria-label="${CSS.escape(field.getAttribute("aria-label") || "")}"]`;
      return () => byId("profiles").querySelector(name);
    });
  };

  p2pdnr.store.on("pane", ({ pane }) => { if (pane === "profiles") p2pdnr.showProfiles(p2pdnr.draft()); });
  window.addEventListener("resize", () => { if (p2pdnr.store.get().pane === "profiles" && !held) p2pdnr.showProfiles(p2pdnr.draft()); });

  // Wrong curves by key, as the verdict has them.
  p2pdnr.markCurves = function (problems) {
    wrong = problems;
    const key = current;
    byId("profiles").querySelectorAll("[data-curve]").forEach((node) => node.classList.toggle("wrong", Boolean(wrong[node.dataset.curve])));
    const [text, note] = [byId("curve-text"), byId("curve-note")];
    if (!text) return;
    text.setAttribute("aria-invalid", String(Boolean(wrong[key])));
    note.className = wrong[key] ? "wrong" : "quiet";
    if (wrong[key]) note.textContent = wrong[key];
  };
}(window.p2pdnr));
