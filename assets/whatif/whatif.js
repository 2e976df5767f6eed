// Trying things by hand: other switch positions, more or less PV, at injections and trades held as they were
// negotiated. Makes of a payload and a trial a payload of the same shape, so that all that draws a result draws a
// trial. Pure.

import { numberList } from "../page/format.js";
import { t } from "../page/language.js";
import { gridFor, takenIn } from "../powerflow/payload_grid.js";
import { flowOf, orient, workspace } from "../powerflow/powerflow.js";
import { loopOf } from "../powerflow/topologies.js";

const LONG = 70;
// What is wrong with closed lines: loops as lists of lines in order, and buses that nothing supplies.
/** @param {Grid} grid */
export function faults(grid, closed) {
  const room = workspace(grid);
  orient(grid, closed, room);
  const inTree = new Set(room.line.filter((line, k) => room.place[room.order[k]] === k && line >= 0));
  const lit = (line) => room.place[grid.from[line]] >= 0;
  const tree = Uint8Array.from(closed, (value, line) => (value && inTree.has(line) ? 1 : 0));
  const extra = Array.from(closed.keys()).filter((line) => closed[line] && lit(line) && !inTree.has(line));
  return {
    loops: extra.map((line) => loopOf(grid, tree, line)),
    dark: Array.from(room.place.keys()).filter((bus) => room.place[bus] < 0),
  };
}

// Open lines that would bring supply to a dark bus.
/** @param {Grid} grid */
export function suppliers(grid, closed, dark) {
  const off = new Set(dark);
  return Array.from(closed.keys()).filter(
    (line) => !closed[line] && grid.switchable[line] && off.has(grid.from[line]) !== off.has(grid.to[line]),
  );
}

/** @param {Payload} payload */
function scaledDay(payload, pv) {
  const changed = Object.keys(pv);
  if (!changed.length) return payload.prosumers;
  const day = { ...payload.prosumers.day };
  const replace = (name, k, values) => {
    day[name] = day[name].slice();
    day[name][k] = values;
  };
  changed.forEach((k) => {
    const more = day.pv_kw[k].map((kw) => (pv[k] - 1) * kw);
    const net = more.map((kw, hour) => day.export_kw[k][hour] - day.import_kw[k][hour] + kw);
    ["pv_kw", "pv_available_kw"].forEach((name) =>
      replace(
        name,
        k,
        day[name][k].map((kw) => pv[k] * kw),
      ),
    );
    replace(
      "injection_kw",
      k,
      day.injection_kw[k].map((kw, hour) => kw + more[hour]),
    );
    replace(
      "export_kw",
      k,
      net.map((kw) => Math.max(0, kw)),
    );
    replace(
      "import_kw",
      k,
      net.map((kw) => Math.max(0, -kw)),
    );
  });
  return { ...payload.prosumers, day };
}

const extreme = (values, pick) => {
  const known = values.filter((value) => value !== null);
  return known.length ? pick(...known) : null;
};

// The day of a trial in the shape of its payload; `state` tells what is wrong, `costs` what each hour costs (EUR).
/**
 * @param {Payload} payload
 * @param {Pick<Trial, "closed" | "pv">} trial
 * @returns {TrialDay}
 */
export function trialDay(payload, { closed, pv }) {
  const grid = gridFor(payload);
  const { hours } = payload;
  const state = closed ? faults(grid, closed) : { loops: [], dark: [] };
  const rows = Array.from({ length: hours }, (_, hour) => {
    const own = closed || Uint8Array.from(payload.lines.closed[hour]);
    const flow = state.loops.length
      ? { solved: false }
      : flowOf(gridFor(payload, hour), takenIn(payload, pv, hour), own);
    return { own, flow: flow.solved ? flow : null };
  });
  const day = dayFrom({ ...payload, prosumers: scaledDay(payload, pv) }, rows, state);
  return closed ? day : { ...day, series: { ...day.series, switched: payload.series.switched } };
}

// A day from the closed lines and the power flow of each hour (null: there is none).
/**
 * @param {Payload} payload
 * @param {{own: Uint8Array, flow: any}[]} rows
 * @param {Faults} state
 * @returns {TrialDay}
 */
export function dayFrom(payload, rows, state) {
  const { network } = payload;
  const of = (read, nothing) => rows.map(({ flow, own }) => (flow ? read(flow, own) : nothing));
  const loading = of(
    ({ amperes }, own) =>
      amperes.map((value, line) =>
        network.limit_a[line] === null || !own[line]
          ? network.limit_a[line] === null
            ? null
            : 0
          : (100 * value) / network.limit_a[line],
      ),
    new Array(network.lines).fill(null),
  );
  const none = new Array(network.lines).fill(0);
  const volts = of(({ vm }) => vm, new Array(network.buses).fill(null));
  const openLines = rows.map(({ own }) =>
    Array.from(own.keys())
      .filter((line) => !own[line])
      .map((line) => line + 1),
  );
  return {
    ...payload,
    state,
    costs: rows.map(({ flow }) => (flow ? flow.cost : null)),
    whole: !state.loops.length && !state.dark.length,
    solvedAt: rows.map(({ flow }) => Boolean(flow)),
    breach: rows.map(({ flow }) => (flow ? flow.breach : null)),
    lines: {
      closed: rows.map(({ own }) => Array.from(own)),
      p_kw: of(({ p }) => p, none),
      q_kvar: of(({ q }) => q, none),
      i_a: of(({ amperes }) => amperes, none),
      loss_kw: of(({ lost }) => lost, none),
      loading_percent: loading,
    },
    buses: { ...payload.buses, vm_pu: volts },
    series: {
      ...payload.series,
      open_lines: openLines,
      switched: rows.map(() => []),
      rank: rows.map(() => null),
      loss_kw: of(({ loss }) => loss, null),
      vm_min_pu: volts.map((row) => extreme(row, Math.min)),
      vm_max_pu: volts.map((row) => extreme(row, Math.max)),
      max_loading_percent: loading.map((row) => extreme(row, Math.max)),
    },
  };
}

function darkText(dark) {
  const list = numberList(dark);
  if (list.length > LONG) return t`${dark.length} buses have no power.`;
  return dark.length > 1 ? t`Buses ${list} have no power.` : t`Bus ${list} has no power.`;
}

const reconnectText = (lines, several) =>
  several ? t` Close line ${lines} to reconnect them.` : t` Close line ${lines} to reconnect it.`;

// What is wrong with a trial and what mends it, as [what, remedy]; null when it is radial.
/**
 * @param {Payload} payload
 * @param {Faults} faults
 * @param {Uint8Array} closed
 */
export function faultText(payload, { loops, dark }, closed) {
  const grid = gridFor(payload);
  if (loops.length) {
    const loop = loops[0];
    const ring = loop.filter((line) => grid.switchable[line]);
    const what = loops.length > 1 ? t`${loops.length} loops. ` : "";
    if (numberList(loop).length > LONG)
      return [
        t`${what}The ${loop.length} marked lines form a loop.`,
        ring.length < loop.length
          ? t(" A radial grid has none: open one of them that has a switch.")
          : t(" A radial grid has none: open one of them."),
      ];
    return [
      t`${what}Lines ${numberList(loop)} form a loop.`,
      ring.length === loop.length
        ? t(" A radial grid has none: open one of them.")
        : t` A radial grid has none: open one of lines ${numberList(ring)}.`,
    ];
  }
  if (dark.length) {
    const ways = suppliers(grid, closed, dark);
    return [darkText(dark), ways.length ? reconnectText(numberList(ways, t("or")), dark.length > 1) : ""];
  }
  return null;
}
