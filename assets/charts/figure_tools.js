// Beside the diagram and every chart: its numbers as a table with a sentence on top, and where it comes from.

import { copyField, copyText, showDialog } from "../page/dialog.js";
import { byId, html } from "../page/elements.js";
import { format } from "../page/format.js";
import { shownPayload, store } from "../page/store.js";
import { t } from "../page/language.js";
import { isTable } from "./charts.js";

// Columns and rows of a Plotly figure's traces: one row per x and one column per trace, or one row per y of a heat map.
export function figureTable(traces) {
  const text = (value) =>
    typeof value === "number"
      ? Number(value.toPrecision(6))
      : value === null || value === undefined
        ? ""
        : String(value).replace(/<[^>]*>/g, "");
  const heat = traces.find((trace) => trace.z && trace.z.length && Array.isArray(Array.from(trace.z)[0]));
  if (heat) {
    const x = Array.from(heat.x || Array.from(heat.z[0]).map((_, i) => i));
    return {
      head: ["", ...x.map(text)],
      rows: Array.from(heat.z).map((row, i) => [text(heat.y ? heat.y[i] : i), ...Array.from(row).map(text)]),
    };
  }
  const drawn = traces.filter(
    (trace) => trace.x && trace.y && trace.x.length === trace.y.length && (trace.name || traces.length === 1),
  );
  const keys = [...new Set(drawn.flatMap((trace) => Array.from(trace.x).map(text)))];
  const columns = drawn.map((trace) => new Map(Array.from(trace.x).map((x, i) => [text(x), text(trace.y[i])])));
  const names = drawn.map((trace, i) =>
    drawn.findIndex((other) => other.name === trace.name) === i
      ? trace.name || t("value")
      : `${trace.name} (${trace.yaxis || "y"})`,
  );
  return {
    head: ["", ...names.map(text)],
    rows: keys.map((key) => [key, ...columns.map((column) => (column.has(key) ? column.get(key) : ""))]),
  };
}

// The hour on the diagram in one sentence.
/**
 * @param {Payload} payload
 * @param {number} hour
 */
export function diagramSentence(payload, hour) {
  const { series, lines } = payload;
  const loading = lines.loading_percent[hour];
  const most = loading.reduce(
    (best, value, i) => (value !== null && (best < 0 || value > loading[best]) ? i : best),
    -1,
  );
  const open = series.open_lines[hour];
  const traded = payload.trades[hour].power_kw.reduce((sum, value) => sum + value, 0);
  const [low, high] = [series.vm_min_pu[hour], series.vm_max_pu[hour]].map((volts) => format.number(volts, 3));
  const loaded = most < 0 ? "" : t`, line ${most + 1} is loaded most, to ${format.number(loading[most])} %`;
  const [when, lost] = [format.at(payload, hour), format.kw(series.loss_kw[hour])];
  const state = open.length ? t`open: ${open.join(", ")}` : t("no line is open");
  const values = [when, lost, low, high, loaded, state, format.kw(traded)];
  return t("At {0} the grid loses {1}, voltages lie between {2} and {3} p.u.{4}; {5}; {6} are traded.", ...values);
}

const table = (label, { head, rows }) =>
  html(
    "div",
    { class: "compare-table", tabindex: 0, role: "region", "aria-label": label },
    html(
      "table",
      { class: "plain tight" },
      html(
        "thead",
        {},
        html("tr", {}, ...head.map((text, i) => html("th", { class: i ? "n" : null, scope: "col" }, String(text)))),
      ),
      html(
        "tbody",
        {},
        ...rows.map((row) =>
          html(
            "tr",
            {},
            ...row.map((text, i) =>
              html(i ? "td" : "th", { class: i ? "n" : null, scope: i ? null : "row" }, String(text)),
            ),
          ),
        ),
      ),
    ),
  );

/**
 * @param {Payload} payload
 * @param {number} hour
 */
function diagramTables(payload, hour) {
  const { buses, lines, network } = payload;
  const round = (value, digits) => (value === null || value === undefined ? "" : Number(value.toFixed(digits)));
  return [
    [
      t("Lines"),
      {
        head: [t("Line"), t("from"), t("to"), t("state"), "kW", "A", t("loading, %")],
        rows: network.from.map((from, i) => [
          i + 1,
          from,
          network.to[i],
          lines.closed[hour][i] ? t("closed") : t("open|state"),
          round(lines.p_kw[hour][i], 1),
          round(lines.i_a[hour][i], 1),
          round(lines.loading_percent[hour][i], 1),
        ]),
      },
    ],
    [
      t("Buses"),
      {
        head: [t("Bus"), t("voltage, p.u."), t("charge, \u20ac/kWh")],
        rows: buses.vm_pu[hour].map((value, i) => [
          i + 1,
          round(value, 4),
          round(buses.charge_eur_per_kwh[hour][i], 4),
        ]),
      },
    ],
  ];
}

function copyButton(tables) {
  const button = html("button", { type: "button" }, t("Copy"));
  button.addEventListener("click", () => {
    const text = tables
      .map(([, { head, rows }]) => [head, ...rows].map((row) => row.join("\t")).join("\n"))
      .join("\n\n");
    const field = html("textarea", { class: "visually-hidden", "aria-label": t("Table") });
    field.value = text;
    button.after(field);
    copyText(field).then((done) => {
      button.textContent = done ? t("Copied") : t("Press Ctrl+C");
      if (done) field.remove();
    });
  });
  return button;
}

function showTable(kind) {
  const state = store.get();
  const payload = shownPayload(state);
  const plot = document.querySelector("#chart-body .plot");
  const sentence = kind === "diagram" ? diagramSentence(payload, state.hour) : byId("caption").textContent;
  const tables =
    kind === "diagram"
      ? diagramTables(payload, state.hour)
      : [[byId(`tab-${state.tab}`).textContent, figureTable(plot.drawn.data)]];
  showDialog(
    kind === "diagram" ? byId("grid-title").textContent : tables[0][0],
    html("p", {}, sentence),
    ...tables.map(([label, content]) => table(label, content)),
    copyButton(tables),
  ).classList.add("wide-dialog");
}

// How to make the figure again: hash of the scenario, and the commands that lead to it.
/**
 * @param {Payload} payload
 * @param {{ file: string, hour: number, tab: string }} shown
 */
export function provenance(payload, { file, hour, tab }) {
  const { scenario_sha256: hash, mode, p2p } = payload.summary;
  const when = [format.day(payload, hour), format.at(payload, hour)].filter(Boolean).join(", ");
  return [
    `${payload.name}, ${mode}${p2p ? "" : t(", no trading")}, ${when}`,
    `scenario sha256 ${hash}`,
    `python -m p2pdnr solve ${file} --mode ${mode}${p2p ? "" : " --no-p2p"} --out day`,
    `python -m p2pdnr screenshot day --hour ${hour} --tab ${tab} --out figure.png`,
  ].join("\n");
}

function showSource() {
  const state = store.get();
  const payload = shownPayload(state);
  const id = Object.keys(state.results)
    .map((mode) => (state.results[mode] === payload ? state.ids[mode] : null))
    .find(Boolean);
  const run = state.runs.find((one) => Object.values(one.ids).includes(id));
  const stored = run && !run.draft && run.origin !== "given";
  const file = stored ? `data/scenarios/${run.origin}.json` : "scenario.json";
  const text = provenance(payload, { file, hour: state.hour, tab: state.tab });
  showDialog(
    t("Where this figure comes from"),
    copyField(t("Source of the figure"), text, 7),
    html(
      "p",
      {},
      stored
        ? t("The scenario is one of those in the project.")
        : t("Save the solved scenario as scenario.json under Export; its hash is the one above."),
    ),
  );
}

// -- the buttons ----------------------------------------------------------------------------------------------------

function tools(kind, name) {
  const show = html(
    "button",
    { type: "button", class: "link", "data-table": kind, "aria-label": t`${name} as a table` },
    t("Table"),
  );
  const source = html(
    "button",
    { type: "button", class: "link", "data-source": kind, "aria-label": t`Source of the ${name}` },
    t("Source"),
  );
  show.addEventListener("click", () => showTable(kind));
  source.addEventListener("click", showSource);
  return html("p", { class: "figure-tools quiet" }, show, source);
}

// Tabs that are tables need no second one; without a result there is nothing to tell.
function refresh() {
  const state = store.get();
  const none = !shownPayload(state);
  document.querySelectorAll(".figure-tools button").forEach((button) => {
    button.disabled = none;
  });
  document.querySelector("[data-table=chart]").hidden = isTable(state.tab, shownPayload(state));
}

export function wireFigureTools() {
  byId("why").after(tools("diagram", t("diagram")));
  byId("caption").after(tools("chart", t("chart")));
  store.on("tab results", refresh);
  refresh();
}
