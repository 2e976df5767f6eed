// The records that the parts of the page share, for `tsc` and for readers; nothing of this is served.
// What a payload holds, its shapes and units: p2pdnr/results/payload.py. Hours count from 0, buses and lines are numbered
// from 1, prosumers are indices from 0.

type Texts = Record<string, string>;
/** One value per hour. */
type Hourly = (number | null)[];
/** (hours, lines) or (hours, buses). */
type ByHour = (number | null)[][];
type Mode = "hourly" | "static" | "fixed";

interface Claim {
    value: number | null;
    limit: number | null;
    holds: boolean;
    state?: "holds" | "does not hold" | "not shown";
    reason?: string;
}

interface Summary {
    mode: Mode;
    p2p: boolean;
    scenario_sha256: string;
    objective_eur: number;
    losses_kwh: number;
    curtailed_kwh: number;
    community_saving_eur: number;
    operations: number;
    vm_min_pu: number;
    vm_max_pu: number;
    topologies: number | null;
    above_tariff?: number;
    charges_collected_eur?: number;
    above_tariff_ids?: string[];
    refunded_eur?: number;
    role?: Record<string, any>;
    secure?: SecureFigures;
    /** Those that hold their voltages in the day. */
    generators?: object[];
    /** Lines on loops that nothing can open, by number; none where there are no loops. */
    meshed_lines?: number[];
    costs_eur: Record<string, number>;
    certificates?: Record<string, Claim>;
    remarks?: string[];
}

/** Transformer ratios, line charging and shunts; null where a network has none. */
interface Shunts {
    ratio: number[];
    g_from_pu: number[];
    b_from_pu: number[];
    g_to_pu: number[];
    b_to_pu: number[];
    opened_at: number[];
    shunt_g_pu: number[];
    shunt_b_pu: number[];
}

interface PayloadNetwork {
    name: string;
    buses: number;
    lines: number;
    from: number[];
    to: number[];
    limit_a: (number | null)[];
    r_pu: number[];
    x_pu: number[];
    base_current_a: number[];
    base_kw: number;
    substation_vm_pu?: number[];
    earth: Shunts | null;
    switchable: (0 | 1)[];
    initially_open: number[];
    bus_ids?: string[] | null;
    line_ids?: string[] | null;
    substations: number[];
    vm_min_pu: number;
    vm_max_pu: number;
}

/** Places of buses that somebody moved, by number: x to the right, y upwards from the lowest bus of the drawing. */
type Places = Readonly<Record<string, [number, number]>>;

interface Diagram {
    x: number[];
    y: number[];
    routes: [number, number][][];
    prosumer_buses: number[];
    /** Whether it is a plan of the area. */
    plan?: boolean;
    places?: Places;
}

interface Levers {
    kind: ("substation tap" | "line tap" | "capacitor")[];
    number: number[];
    min: number[];
    max: number[];
    position: number[][];
    steps: number[][];
    which: number[];
    networks: Pick<PayloadNetwork, "r_pu" | "x_pu" | "substation_vm_pu" | "earth">[];
}

interface Trades {
    seller: number[];
    buyer: number[];
    power_kw: number[];
    price_eur_per_kwh: number[];
}

/** What has hours, and time stamps of them where it has a date. */
interface Dated {
    hours: number;
    step_h: number;
    times?: string[] | null;
}

/** A solved day; `state` only where it is one that someone tries. */
interface Payload {
    state?: Faults;
    /** Whether an hour of it stands as it did in a turn of the negotiation. */
    turn?: boolean;
    format: number;
    name: string;
    mode: Mode;
    p2p: boolean;
    hours: number;
    step_h: number;
    times: string[] | null;
    worst_hour: number;
    summary: Summary;
    network: PayloadNetwork;
    diagram: Diagram;
    series: {
        loss_kw: Hourly;
        vm_min_pu: Hourly;
        vm_max_pu: Hourly;
        max_loading_percent: Hourly;
        operations: Hourly;
        rank: Hourly;
        open_lines: number[][];
        switched: number[][];
    };
    lines: Record<"closed" | "p_kw" | "q_kvar" | "i_a" | "loading_percent" | "loss_kw", ByHour>;
    buses: Record<"vm_pu" | "charge_eur_per_kwh" | "charge_loss" | "charge_congestion" | "charge_voltage", ByHour>;
    prosumers: { id: string[]; bus: number[]; day: Record<string, number[][]> };
    secure?: { fans: Record<string, Record<string, Hourly>>; limited: number[]; days_violated: number[] } | null;
    dso: Record<string, number>;
    tariff: Record<string, number[]>;
    partners: [number, number][];
    trades: Trades[];
    bills: Record<string, number[]>;
    convergence: Record<string, unknown[]>;
    operations: { hour: number[]; step: number[]; line: number[]; action: ("close" | "open")[] };
    levers?: Levers | null;
}

/** A scenario that is not solved yet: what `unsolved` of p2pdnr/results/payload.py makes of it. */
type Unsolved = Pick<
    Payload,
    "format" | "name" | "mode" | "p2p" | "hours" | "step_h" | "times" | "network" | "diagram" | "dso" | "prosumers"
> & {
    withdrawn: Record<"p_kw" | "q_kvar", number[][]>;
};

/** What is wrong with closed lines: loops as lists of lines in order, and buses that nothing supplies; from 0. */
interface Faults {
    loops: number[][];
    dark: number[];
}

/** The day of a trial in the shape of a payload; costs and broken limits in EUR by hour, null without a power flow. */
interface TrialDay extends Payload {
    state: Faults;
    costs: Hourly;
    breach: Hourly;
    whole: boolean;
    solvedAt: boolean[];
}

/** What someone tries by hand: closed lines (null: those of the plan), factors on PV by prosumer, and steps back. */
interface Trial {
    readonly closed: Uint8Array | null;
    readonly pv: Readonly<Record<string, number>>;
    readonly past: readonly (Uint8Array | null)[];
    /** When somebody began from the grid as built, ms of the page's clock. */
    readonly since: number | null;
    readonly mine: { closed: Uint8Array; proved: boolean; cost: number | null; loss: number | null } | null;
}

/** A battery with its defaults; powers in kW, energies in kWh, wear in EUR/kWh, cycle in steps. */
interface BatteryTerms {
    kwh: number;
    kw: number;
    efficiency: number;
    least: number;
    start: number;
    cycle: number;
    wear: number;
}

/** What a scenario says about a prosumer (preview/terms.js): kW, EUR/kWh, EUR/kW2h; one value per hour in lists. */
interface Terms {
    id: string;
    load: number[];
    sun: number[];
    kvarPerKw: number;
    buy: number[];
    sell: number[];
    ownTariff: boolean;
    mostImport: number;
    mostExport: number;
    flexible: number;
    discomfort: number;
    battery: BatteryTerms | null;
    elastic: { kw: number; utility: number; slope: number } | null;
    generator: { kw: number; cost: number; slope: number } | null;
}

/** Who may trade with whom, and what both pay per kWh traded. */
interface LinkTerms {
    k: number;
    l: number;
    limit: number;
    fees: [number, number];
}

interface MarketTerms {
    hours: number;
    step: number;
    /** Steps within which load is shifted. */
    window: number;
    terms: Terms[];
    links: LinkTerms[];
    lossPrice: number;
    violationPrice: number;
    /** Whether somebody could gain by passing the retailer's power on. */
    resale: boolean;
}

/** A number on the move (preview/session.js): the solved day it began with, what it would bring, what it brought. */
interface Preview {
    readonly base: Payload;
    readonly day: Payload | null;
    /** Why there is no predicted day; empty where there is one. */
    readonly why: string;
    readonly phase: "moving" | "kept" | "solved";
    /** Steps that stand in the table. */
    readonly kept: number;
    /** Previews drawn, and what the last took. */
    readonly moved: number;
    readonly ms: number;
    readonly solved: Payload | null;
}

/** A single fault, as the server tells it (docs/formats.md). */
interface Outage {
    line: number;
    hour: number;
    lost_kw: number;
    buses_lost: number;
    shed_kw: number;
    buses_dark: number;
    operations: number;
    sequence: string;
    not_supplied_kwh: number;
    limits: string;
    shown: string;
    open_lines: string;
}

/** Every single fault of an hour of a result (its id in `of`): of the plan's topology, and of the next best one. */
interface Faulted {
    of: string | null;
    hour: number | null;
    found: { name: string; open: number[]; loss: number; faults: Outage[] }[] | null;
    busy: boolean;
    note: string;
}

/** A plan of a long horizon (horizon.json of docs/formats.md): `open` has the numbers of the lines that are open, by row. */
interface PlanOfYear {
    name: string;
    cost_eur: number;
    losses_kwh: number;
    violations_eur: number;
    switching_eur: number;
    operations: number;
    proved: boolean;
    loss_kw: number[];
    changes: [number, number[]][];
    open: number[][];
}

/** Plans over `rows` of `step` hours each, by how often lines may be switched, the most often first. */
interface YearOfPlans {
    network: string;
    rows: number;
    step: number;
    initial: PlanOfYear | null;
    plans: PlanOfYear[];
    names: Map<number, string>;
}

/** A day that came (docs/rolling.md): costs in EUR, powers in kW. */
interface RolledDay {
    turns: { step: number; seen_eur: number; came_eur: number; operations: number; balanced_kwh: number }[];
    rolled_eur: number;
    once_eur: number;
    foresight_eur: number;
    regret_eur: number;
    regret_of_once_eur: number;
    balancing_eur: number;
    foresight_proved: boolean;
    market?: {
        prosumers: string[];
        hourly: { [quantity: string]: number[][] };
        trades: [number, string, string, number, number][];
        costs_eur: { [way: string]: { [part: string]: number } };
    };
    hours: {
        hour: number;
        open_lines: number[];
        seen_kw: number;
        came_kw: number;
        seen_eur: number;
        came_eur: number;
        once_eur: number;
    }[];
}

/** A day of a result (its id in `of`) that is asked for, or came. */
interface Rolled {
    of: string | null;
    every: number;
    market: boolean;
    seed: number;
    found: RolledDay | null;
    busy: boolean;
    note: string;
}

interface DraftTexts {
    rows: Texts[];
    settings: Texts;
    profiles: Texts;
    preferences: Texts;
    trading: string;
}

/** What is edited, as texts: the cells of the table, the settings, the profiles. */
interface Draft extends DraftTexts {
    solved: DraftTexts;
    base: object;
    places?: Places;
    origin?: string;
    imported?: boolean;
    case: string | null;
    name: string;
    mode: Mode;
    next: number;
    hours: number;
    step_h: number;
    stamp?: number;
}

/** Something that is wrong with a draft: the row and column of its cell, or the column of a setting. */
interface Fault {
    row?: string;
    column?: string;
    where?: string;
    message: string;
}

/** What the server says of a draft. */
interface Verdict {
    scenario: string | null;
    problems: Fault[];
    notes: string[];
    changes: number;
    mode: Mode;
    p2p: boolean;
    stamp?: number;
    edited: boolean;
    moved?: boolean;
}

/** A solve of this session. */
interface Run {
    number: number;
    ids: Record<string, string>;
    mode: Mode;
    name: string;
    p2p: boolean;
    at: string;
    what: string[];
    draft: Draft | null;
    origin: string;
    cost: string;
}

/** What a running solve tells of itself. */
interface Progress {
    stage: string;
    iteration?: number;
    primal_kw?: number | null;
    free_binaries?: number | null;
    seconds?: number;
    offer?: Offer;
}

/** A plan that a solve could already run: open lines (from 1) and what every bus takes in every hour, if that is told. */
interface Offer {
    mode: string;
    objective_eur: number;
    open_lines?: number[][];
    net_kw?: ByHour;
    net_kvar?: ByHour;
}

/** A turn of the negotiation as it is replayed. */
interface Frame {
    iteration: number;
    phase: string;
    power_kw: number[][];
    price_eur_per_kwh: (number | null)[];
    kept: number[] | null;
    undecided: number[][] | null;
    /** Lines open in the turn, and what prosumers wanted to inject; results of before have neither. */
    open?: number[][] | null;
    injection_kw?: number[][];
    primal_kw: number | null;
}

/** An unseen day of a secure plan: where and when it goes furthest beyond a limit (results of before have none). */
interface WorstDay {
    day: number;
    hour: number;
    hours: number;
    limit: "low" | "high" | "line" | "power flow";
    at: number | null;
    value: number | null;
}

/** What a secure plan comes to (docs/formats.md). */
interface SecureFigures {
    share: number;
    price_eur: number;
    limits: { vm_min_pu: number; vm_max_pu: number; limit_a: (number | null)[] };
    nominal: { objective_eur: number; violated: number };
    plan: { days: number; violated: number; expected_eur: number; nominal_expected_eur: number };
    test: {
        days: number;
        seed: number;
        violated: number;
        low: number;
        high: number;
        lines: Record<string, number>;
        worst_days: number[];
        worst?: WorstDay[];
        forgone_kwh: number;
        forgone_eur: number;
    };
}

/** A secure plan as a dot of the cost curve; shares of 1, EUR, kWh. */
interface SecurePoint {
    share: number;
    kept: number;
    days: number;
    price: number;
    mean: number;
    nominal: number;
    forgone: number;
    operations: number;
    state: string;
}

/** Several solves of one day beside the one of Solve: payloads by name, and why one is missing. */
interface SideJob {
    /** Id of the result on show when they were asked for. */
    of: string | null;
    mode: string | null;
    results: Record<string, Payload>;
    missing: Record<string, string>;
    pending: string[];
    job: string | null;
    note: string;
}

/** The state of the page (page/store.js). */
/** One thing of a talk (charts/slides.js). */
interface Slide {
    key: string;
    mode: string;
    /** The chart that is shown; without one it is the diagram. */
    tab?: string;
    arcs: string;
    /** Whether the day plays. */
    plays?: boolean;
    said: (hour: number) => any[];
}

interface State {
    hour: number;
    speed: number;
    /** Trades that are drawn: the largest, all, none. */
    arcs: string;
    mode: string;
    theme: string;
    /** By mode. */
    results: Record<string, Payload>;
    /** Result ids by mode. */
    ids: Record<string, string>;
    /** Modes still being solved. */
    pending: string[];
    /** Summary of what was on show before the last solve. */
    before: Summary | null;
    /** Prosumer. */
    chosen: number | null;
    tab: string;
    playing: boolean;
    /** What a talk shows, by its key; null where all is shown at once. */
    slide: string | null;
    trial: Trial | null;
    preview: Preview | null;
    /** How many rankings have come. */
    ranked: number;
    guess: { values: (number | null)[]; shown: boolean } | null;
    /** Whether the order of switching is told. */
    steps: boolean;
    replay: { frames: Frame[]; at: number; payload: Payload } | null;
    /** The solve that runs, and the one whose results may still come. */
    job: string | null;
    lastJob: string | null;
    verdict: Verdict | null;
    stale: boolean;
    foreign: boolean;
    /** What a running solve has told. */
    live: Progress[];
    /** The first plan of a solve that goes on, as a day that can be drawn. */
    first: Payload | null;
    pane: string;
    runs: Run[];
    /** Ids of the two results that are compared. */
    sides: { a: string; b: string; chosen?: boolean } | null;
    roles: SideJob;
    /** Secure plans for several shares of days. */
    shares: SideJob;
    /** Single faults of the hour on show. */
    faults: Faulted;
    /** A day as it came, of the result on show. */
    rolled: Rolled;
    /** What colours of the diagram tell: "loading" (and voltage), or the "substation" that feeds. */
    colouring: string;
    /** Whether buses are being moved by hand. */
    moving: boolean;
    /** Whether different lines are marked on the diagram. */
    marked: boolean;
    draft: Draft | null;
    /** The grid of a scenario that is not solved yet, drawn where there is no result. */
    sketch: Payload | null;
    /** How often the table has taken a draft over. */
    heard: number;
    /** The cell typed into last. */
    typed: { row: string; column: string } | null;
    /** The lesson and step on show, from 1; `opening`: what they speak about is on its way. */
    lesson: { number: number; step: number; opening?: boolean } | null;
    /** How often another case or an import was opened. */
    opened: number;
}

// -- lessons (p2pdnr/dashboard/lesson_steps.py) -------------------------------------------------------------------------

/** A figure of solved days (lessons/measures.js). */
interface Measure {
    measure: string;
    day?: string;
    mode: string;
    /** A second day to compare with, and its mode where it is another. */
    beside?: string;
    beside_mode?: string;
    days?: [string, string];
    hour?: number;
    line?: number;
    hours?: [number, number];
}

interface LessonStep {
    key: string;
    open: { day: string; mode?: string; hour?: number; tab?: string };
    check: { kind: "number" | "name" | "choice" | "trial"; of?: Measure; within?: number; right?: number };
    do: string;
    question: string;
    unit?: string;
    options?: string[];
    hints: string[];
    why?: string;
    notes?: string;
}

interface LessonDay {
    case: string;
    results: Record<string, string> | null;
    changed: boolean;
    sha256: string;
}

interface Lesson {
    name: string;
    title: string;
    aim: string;
    closing: string;
    days: Record<string, LessonDay>;
    steps: LessonStep[];
}

interface LessonBook {
    languages: Record<string, string>;
    words: Record<string, string>;
    lessons: Lesson[];
}

interface LessonProgress {
    done: Record<string, string[]>;
    language: string | null;
    notes: boolean;
}

/** A step as the panel shows it. */
interface Told {
    words: Record<string, string>;
    languages: Record<string, string>;
    language: string;
    lesson: Lesson;
    number: number;
    step: number;
    /** Keys of the steps that are answered. */
    done: string[];
    names: string[];
    notes: boolean;
}

interface LessonActs {
    check(): void;
    hint(): void;
    next(): void;
    back(): void;
    again(): void;
    restart(): void;
    close(): void;
    fold(): void;
    notes(on: boolean): void;
    speak(language: string): void;
}

interface Store<S> {
    get(): Readonly<S>;
    set(changes: Partial<S>): void;
    /** Calls `run` with the new and the previous state whenever one of the fields (names with spaces between) changes. */
    on(fields: string, run: (state: S, previous: S) => unknown): void;
}

/** A network as arrays, zero-based, per unit on the grid side (powerflow/powerflow.js). */
interface Grid {
    n: number;
    m: number;
    step: number;
    sources: number[];
    from: Int32Array;
    to: Int32Array;
    r: Float64Array;
    x: Float64Array;
    baseA: Float64Array;
    limitA: Float64Array;
    baseKw: number;
    closed: Uint8Array;
    switchable: Uint8Array;
    low: number;
    high: number;
    lossPrice: number;
    breachPrice: number;
    start: Int32Array;
    at: Int32Array;
    shunts: {
        closed: Float64Array;
        open: Float64Array;
        alone: { g: Float64Array; b: Float64Array };
        shuntG: Float64Array;
        square: Float64Array;
    } | null;
    root: Float64Array | null;
}

/** Active and reactive power that each bus takes, and the squared voltages of the substations; per unit. */
interface Withdrawals {
    p: Float64Array;
    q: Float64Array;
    root: Float64Array;
}

/** The state of one hour by bus and line, in the payload's units; the rest only where it is `solved`. */
interface Flow {
    solved: boolean;
    loop: boolean;
    whole: boolean;
    vm?: (number | null)[];
    p?: number[];
    q?: number[];
    amperes?: number[];
    lost?: number[];
    loss?: number;
    breach?: number;
    cost?: number;
}

// -- what Dash, its table and the chart library put into the page ------------------------------------------------------

interface Window {
    dash_clientside: any;
    dash_ag_grid: any;
    Plotly: any;
}

// Selectors say of which kind an element is, and listeners which elements they hear of.
interface ParentNode {
    querySelector(selectors: string): any;
    querySelectorAll(selectors: string): NodeListOf<any>;
}

interface EventTarget {
    closest: any;
    matches: any;
    value: any;
    defaultValue: any;
    name: any;
    files: any;
}

interface Element {
    dataset: DOMStringMap;
    value: any;
    defaultValue: any;
    selectionStart: any;
    selectionEnd: any;
}
